/**
 * Every state over the very server and WebSocket of a computer without a desktop: each page of it says what it says on the fake
 * bridge, without a complaint, a failed request, or a request elsewhere.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../app/api/schema.ts';
import { startHeadless, type Headless } from '../../app/host/headless/server.ts';
import { scenes, type SceneName } from '../../renderer/src/fake-scene-list.ts';
import { shellScenes } from '../../renderer/src/fake-shell-scenes.ts';
import { FakeEngine, FakeLog } from '../doubles/fake-app-engine.ts';
import { Stage, type UiWindow } from './window.ts';

/** The host's engine: it is in the state that it is put in, and tells so by a gap, after which a page asks for all of it. */
class SceneEngine extends FakeEngine {
  override state: Snapshot = scenes.connected();

  become(scene: Snapshot): void {
    const revision = this.state.revision + 10;
    this.state = { ...scene, revision };
    this.tell({ from: revision - 1, revision, now: scene.now, wall: scene.wall });
  }
}

/** What surrounds the engine is told on two pages only. */
const routesOf = (name: SceneName): readonly string[] => (name in shellScenes ? ['#/', '#/settings'] : ['#/', '#/peers', '#/peers/beacon', '#/history', '#/health', '#/accounts']);

let stage: Stage;
let engine: SceneEngine;
let headless: Headless;
let log: FakeLog;
let fake: UiWindow;
let real: UiWindow;
beforeAll(async () => {
  stage = await Stage.open();
  engine = new SceneEngine();
  log = new FakeLog();
  headless = await startHeadless({ host: { engine, sandbox: undefined, ui: () => undefined, shutdown: () => {}, log }, directory: fileURLToPath(new URL('../../dist/renderer/', import.meta.url)) });
  fake = await stage.still('connected', '#/');
  real = await stage.visit(headless.url());
});
afterAll(async () => {
  await fake.close();
  await real.close();
  await headless.close();
  await stage.close();
});

/** What each page of the window says, ages aside. */
const says = (view: UiWindow, name: SceneName): Promise<readonly string[]> =>
  view.page.evaluate(async (routes) => {
    const turn = (): Promise<void> =>
      new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done();
        port2.postMessage(null);
      });
    const said: string[] = [];
    for (const route of routes) {
      if (window.location.hash !== route) {
        const changed = new Promise((done) => window.addEventListener('hashchange', done, { once: true }));
        window.location.hash = route;
        await changed;
        await turn();
      }
      said.push(`${route} ${document.querySelector('main')?.innerText ?? ''}`.replaceAll(/\s+/g, ' ').replaceAll(/(\d[\d.,:]*( (ms|s|m|h|d|min)\b)? ?)+/g, '0 '));
    }
    return said;
  }, routesOf(name));

const states = (Object.keys(scenes) as SceneName[]).filter((name) => name !== 'thousand' && name !== 'ten-thousand');

/** As above, on the fake bridge. */
const fakeBecomes = (scene: Snapshot): Promise<void> =>
  fake.page.evaluate((next) => {
    const { fakeEngine } = window;
    fakeEngine.change(() => ({ tunnelLack: undefined, ...next }));
    const { revision, now, wall } = fakeEngine.snapshot;
    fakeEngine.send({ from: revision + 5, revision: revision + 6, now, wall });
  }, scene);

describe('the page of a computer without a desktop', () => {
  it('says in every state, on each page, what the fake bridge makes it say', async () => {
    for (const name of states) {
      engine.become(scenes[name]());
      await fakeBecomes(scenes[name]());
      const expected = await says(fake, name);
      await expect.poll(() => says(real, name), { timeout: 15_000, message: name }).toEqual(expected);
      expect(expected.every((text) => text.length > 60), name).toBe(true);
    }
    expect(log.lines).toEqual([]);
  }, 240_000);
});
