/**
 * Checks 3, 9, 10 and 11 in Electron itself: what a page of the real main and the real preload can reach. It drives Electron by its
 * debugger, which a packaged app refuses (environment.mjs), so it runs the built tree: `npm run build && node tests/packaged/renderer.mjs`,
 * on a desktop, after `npx install-electron`.
 */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { _electron } from 'playwright-core';
import { verdict } from './packaged-app.mjs';

const faults = [];
const heard = [];
const server = createServer((request, response) => {
  heard.push(request.url);
  response.end();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const outside = `127.0.0.1:${server.address().port}`;
const app = await _electron.launch({ args: [fileURLToPath(new URL('../..', import.meta.url))] });
try {
  const page = await app.firstWindow();
  await page.waitForSelector('.app');
  const address = page.url();
  const found = await page.evaluate(() => ({ node: ['require', 'process', 'Buffer', 'module', 'global'].filter((name) => name in globalThis), bridge: Object.keys(globalThis.bowline ?? {}) }));
  if (found.node.length > 0) faults.push(`the page has ${found.node.join(', ')}`);
  if (found.bridge.toSorted().join() !== 'onConnection,onPatch,request') faults.push(`the bridge has ${found.bridge.join(', ')}`);
  await page.evaluate(async (there) => {
    const attempts = [
      () => fetch(`http://${there}/fetch`),
      () => new WebSocket(`ws://${there}/socket`),
      () => new EventSource(`http://${there}/events`),
      () => navigator.sendBeacon(`http://${there}/beacon`),
      () => (new Image().src = `http://${there}/picture`),
      () => document.body.append(Object.assign(document.createElement('iframe'), { src: `http://${there}/frame` })),
      () => window.open(`http://${there}/window`),
      () => {
        const connection = new RTCPeerConnection({ iceServers: [{ urls: `turn:${there}?transport=tcp`, username: 'a', credential: 'b' }] });
        connection.createDataChannel('x');
        return connection.createOffer().then((offer) => connection.setLocalDescription(offer));
      },
      () => (location.href = `http://${there}/location`),
    ];
    for (const attempt of attempts) {
      try {
        await attempt();
      } catch {
        // Refused at once, as it should be.
      }
    }
  }, outside);
  await page.waitForTimeout(3_000);
  if (heard.length > 0) faults.push(`the page reached ${heard.join(', ')}`);
  if (page.url() !== address) faults.push(`the page is at ${page.url()}`);
  if (app.windows().length !== 1) faults.push(`${app.windows().length} windows are open`);
} finally {
  await app.close();
  server.close();
}
verdict(faults, 'the page has one bridge, reaches nothing and goes nowhere');
