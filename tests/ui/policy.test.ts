/** The policy of contents that the tray app sends, in Chromium: every page works under it, and what it forbids fails. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { POLICY } from '../../main/page-files.ts';
import { Stage } from './window.ts';

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
