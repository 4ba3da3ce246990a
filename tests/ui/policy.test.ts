/** The policy of contents that the tray app sends, in Chromium: every page works under it, and what it forbids fails. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NOWHERE } from '../../main/nowhere.ts';
import { POLICY } from '../../main/page-files.ts';
import { openChromium, Stage } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open('renderer-fake', POLICY);
});
afterAll(() => stage.close());

it('every page is drawn under it, without a complaint', async () => {
  const view = await stage.scene('attention');
  for (const route of ['#/peers', '#/peers/beacon', '#/history', '#/health', '#/accounts', '#/settings', '#/diagnostics', '#/about', '#/']) {
    await view.page.evaluate((hash) => void (location.hash = hash), route);
    await view.page.waitForSelector('.screen');
  }
  await view.close();
});

it('text becomes neither markup nor script, and no policy can be made that lets it', async () => {
  const { page, context } = await stage.scene('attention');
  const refused = await page.evaluate(() => {
    type Policies = { readonly trustedTypes: { createPolicy(name: string, rules: object): unknown } };
    const tries: Readonly<Record<string, () => unknown>> = {
      innerHTML: () => (document.createElement('div').innerHTML = '<b>x</b>'),
      'script address': () => (document.createElement('script').src = '/x.js'),
      worker: () => new Worker('/x.js'),
      policy: () => (globalThis as unknown as Policies).trustedTypes.createPolicy('mine', {}),
    };
    return Object.entries(tries).flatMap(([name, attempt]) => {
      try {
        attempt();
        return [];
      } catch (error) {
        return error instanceof TypeError ? [name] : [`${name}: ${String(error)}`];
      }
    });
  });
  expect(refused).toEqual(['innerHTML', 'script address', 'worker', 'policy']);
  await context.close();
});

it('the page reaches nothing: no request, socket, stream, foreign picture or frame', async () => {
  const { page, context } = await stage.scene('attention');
  const blocked = await page.evaluate(async () => {
    const seen = new Set<string>();
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, disposition }) => disposition === 'enforce' && seen.add(`${effectiveDirective} ${new URL(blockedURI).protocol}`));
    const attempt = (act: () => unknown): void => {
      try {
        act();
      } catch {
        // Refused at once: the violation is told all the same.
      }
    };
    void fetch('https://example.org/').catch(() => undefined);
    attempt(() => new WebSocket('wss://example.org/'));
    attempt(() => new EventSource('http://example.org/'));
    new Image().src = 'https://example.org/x.png';
    const frame = document.createElement('iframe');
    frame.src = 'https://example.org/';
    document.body.append(frame);
    while (seen.size < 5) await new Promise((later) => setTimeout(later, 20));
    return [...seen].toSorted();
  });
  expect(blocked).toEqual(['connect-src http:', 'connect-src https:', 'connect-src wss:', 'frame-src https:', 'img-src https:']);
  await context.close();
});

it('the page has nothing of Node, and sends no form', async () => {
  const { page, context } = await stage.scene('attention');
  expect(await page.evaluate(() => ['require', 'process', 'Buffer', 'module', 'global'].filter((name) => name in globalThis))).toEqual([]);
  const stays = await page.evaluate(() => {
    const form = document.createElement('form');
    form.action = 'https://example.org/';
    const refused = new Promise((resolve) => document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective)));
    document.body.append(form);
    form.submit();
    return refused;
  });
  expect(stays).toBe('form-action');
  await context.close();
});

/** What main sets through Electron's interface, by Chromium's own switches. The page comes from the test: the proxy that is not there lets nothing through. */
it('WebRTC sends nothing, over UDP or over TCP, also to this computer', async () => {
  const heard: string[] = [];
  const udp = createSocket('udp4').on('message', () => heard.push('udp'));
  await new Promise<void>((resolve) => void udp.bind(0, '127.0.0.1', resolve));
  const tcp = createServer((socket) => {
    socket.on('error', () => {});
    heard.push('tcp');
  });
  await new Promise<void>((resolve) => void tcp.listen(0, '127.0.0.1', resolve));
  const browser = await openChromium(['--webrtc-ip-handling-policy=disable_non_proxied_udp', `--proxy-server=${NOWHERE.proxyRules}`, `--proxy-bypass-list=${NOWHERE.proxyBypassRules}`]);
  try {
    const page = await browser.newPage();
    await page.route('**', (route) => route.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': POLICY }, body: '<p>x' }));
    await page.goto('http://bowline.invalid/');
    const gathered = await page.evaluate(
      async ([udpPort, tcpPort]) => {
        const connection = new RTCPeerConnection({ iceServers: [{ urls: `stun:127.0.0.1:${udpPort}` }, { urls: `turn:127.0.0.1:${tcpPort}?transport=tcp`, username: 'a', credential: 'b' }] });
        connection.createDataChannel('x');
        await connection.setLocalDescription(await connection.createOffer());
        if (connection.iceGatheringState !== 'complete') await new Promise((done) => connection.addEventListener('icegatheringstatechange', () => connection.iceGatheringState === 'complete' && done(undefined)));
        return connection.localDescription!.sdp.match(/a=candidate.*/g);
      },
      [udp.address().port, (tcp.address() as { port: number }).port] as const,
    );
    expect({ gathered, heard }).toEqual({ gathered: null, heard: [] });
  } finally {
    await browser.close();
    udp.close();
    tcp.close();
  }
});
