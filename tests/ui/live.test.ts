/** The product's own bundle over a real WebSocket that speaks the schema: first snapshot, patches, a lost socket, a return. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { diffSnapshots } from '../../app/api/patch.ts';
import { check, RequestFrame, type Snapshot } from '../../app/api/schema.ts';
import { scenes } from '../../renderer/src/fake-scene-list.ts';
import { Overview } from './pages.ts';
import { Stage } from './window.ts';

/** The smallest engine behind /ws. */
class SocketEngine {
  snapshot: Snapshot = scenes.connected();
  readonly commands: string[] = [];
  readonly #server: WebSocketServer;
  readonly #sockets = new Set<WebSocket>();

  constructor(stage: Stage) {
    this.#server = new WebSocketServer({ server: stage.served.server, path: '/ws' });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('message', (data) => this.#answer(socket, String(data)));
    });
  }

  #answer(socket: WebSocket, text: string): void {
    const frame = check(RequestFrame, JSON.parse(text), 'frame');
    if (!frame.ok) throw new Error(frame.error.message);
    const { id, command } = frame.value;
    this.commands.push(command);
    const reply = command === 'snapshot' ? { id, ok: true, result: this.snapshot } : { id, ok: false, error: { code: 'busy', message: 'The engine is busy with another check.' } };
    socket.send(JSON.stringify(reply));
  }

  change(change: Partial<Snapshot>): void {
    const next = { ...this.snapshot, ...change, revision: this.snapshot.revision + 1 };
    const patch = diffSnapshots(this.snapshot, next);
    this.snapshot = next;
    for (const socket of this.#sockets) socket.send(JSON.stringify({ event: 'patch', data: patch }));
  }

  say(text: string): void {
    for (const socket of this.#sockets) socket.send(text);
  }

  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}

let stage: Stage;
let engine: SocketEngine;
beforeAll(async () => {
  stage = await Stage.open('renderer');
  engine = new SocketEngine(stage);
});
afterAll(() => stage.close());

describe('the product over a WebSocket', () => {
  it('shows the snapshot, follows patches, survives nonsense, tells a lost engine and comes back by itself', async () => {
    const view = await stage.window('/');
    const overview = new Overview(view);
    await overview.hero.waitFor();
    expect(await overview.sentence()).toBe('Connected. All 3 devices answer.');

    for (const nonsense of ['', '{', 'null', '{"event":"patch","data":{}}', '{"id":-1,"ok":true,"result":1}']) engine.say(nonsense);
    engine.change({ overall: scenes.attention().overall, peers: scenes.attention().peers });
    await view.page.getByText('1 of 3 devices does not answer.').waitFor();

    engine.drop();
    await view.page.getByTestId('gone').waitFor();
    engine.snapshot = { ...scenes.connected(), revision: 90 };
    await view.page.getByTestId('overview').waitFor();
    expect(await overview.sentence()).toBe('Connected. All 3 devices answer.');
    expect(engine.commands.filter((command) => command === 'snapshot').length).toBeGreaterThanOrEqual(2);
    await view.close();
  });

  it('an error of the engine stands where it was asked', async () => {
    const view = await stage.window('/#/health');
    await view.page.getByTestId('check-all').click();
    await view.page.getByText('Not done: The engine is busy with another check.').waitFor();
    await view.close();
  });

  it('holds nothing of the fake engine and loads its font itself', async () => {
    const view = await stage.window('/');
    const addresses = await view.page.evaluate(() => [...document.scripts].map((script) => script.src));
    // By the test: the policy lets the page fetch nothing.
    const scripts = await Promise.all(addresses.map(async (address) => (await fetch(address)).text()));
    expect(scripts.join('').length).toBeGreaterThan(100_000);
    expect(scripts.join('')).not.toMatch(/fakeEngine|FakeEngine/);
    expect(await view.page.evaluate(() => document.fonts.check('13px "Inter Variable"'))).toBe(true);
    await view.close();
  });
});
