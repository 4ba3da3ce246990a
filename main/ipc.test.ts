import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { api, PAGE_COMMANDS, type ReplyFrame } from '../app/api/schema.ts';
import { CHANNELS, PAGE_URL } from './bridge.ts';
import { FakeElectron } from '../tests/doubles/fake-electron.ts';
import { FakeEngine, FakeLog } from '../tests/doubles/fake-app-engine.ts';
import { serveIpc } from './ipc.ts';
import type { Sender } from './ports.ts';

const OURS = 1;
const page: Sender = { windowId: OURS, frame: { url: PAGE_URL, isMain: true } };

let engine: FakeEngine;
let log: FakeLog;
let ask: (sender: Sender, ...args: unknown[]) => Promise<ReplyFrame>;

beforeEach(() => {
  const electron = new FakeElectron();
  engine = new FakeEngine();
  log = new FakeLog();
  serveIpc({ electron, engine, sandbox: engine, log, isOurs: (id) => id === OURS });
  ask = (sender, ...args) => electron.handlers.get(CHANNELS.request)!(sender, args) as Promise<ReplyFrame>;
});

describe('requests of the page', () => {
  it('are answered for each page command', async () => {
    expect(await ask(page, 'snapshot', {})).toEqual({ id: 0, ok: true, result: engine.state });
    expect(await ask(page, 'ping', { peer: 'nas', seq: 2 })).toEqual({ id: 0, ok: true, result: { peer: 'nas', reply: null } });
    expect(await ask(page, 'check', { peer: null })).toEqual({ id: 0, ok: true, result: { asked: 3 } });
    expect(await ask(page, 'breakIt', { fault: 'cut-cable' })).toEqual({ id: 0, ok: true, result: { done: true, peer: null } });
    expect(engine.calls).toEqual(['ping nas 2', 'check all', 'break cut-cable']);
  });

  const strangers: readonly (readonly [who: string, sender: Sender])[] = [
    ['another window', { ...page, windowId: 2 }],
    ['no window', { ...page, windowId: undefined }],
    ['a frame that is gone', { ...page, frame: null }],
    ['a frame inside the page', { ...page, frame: { url: PAGE_URL, isMain: false } }],
    ['another origin', { ...page, frame: { url: 'https://example.org/index.html', isMain: true } }],
    ['another host of our scheme', { ...page, frame: { url: 'app://other/index.html', isMain: true } }],
    ['a host that only begins like ours', { ...page, frame: { url: 'app://bowline.example.org/', isMain: true } }],
    ['a file', { ...page, frame: { url: 'file:///index.html', isMain: true } }],
    ['no address', { ...page, frame: { url: '', isMain: true } }],
  ];
  it.each(strangers)('are refused from %s, logged, and nothing is called', async (_who, sender) => {
    for (const command of PAGE_COMMANDS) expect(await ask(sender, command, { peer: null })).toMatchObject({ ok: false, error: { code: 'refused' } });
    expect(engine.calls).toEqual([]);
    expect(log.lines).toHaveLength(PAGE_COMMANDS.length);
  });

  it('for commands of the local socket are refused', async () => {
    const others = Object.keys(api.commands).filter((name) => !(PAGE_COMMANDS as readonly string[]).includes(name));
    expect(others).toContain('shutdown');
    for (const name of [...others, 'toString', '__proto__', 'constructor', 3, undefined]) {
      expect(await ask(page, name, {})).toMatchObject({ ok: false });
    }
    expect(engine.calls).toEqual([]);
  });

  it('with any parameters at all never throw, and reach the engine only when they fit the schema', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PAGE_COMMANDS), fc.anything(), async (command, params) => {
        engine.calls.length = 0;
        const reply = await ask(page, command, params);
        expect(reply.ok || engine.calls.length === 0).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('that hit a bug of ours say so, in the reply and in the log', async () => {
    expect(await ask(page, 'ping', { peer: 'throw', seq: 0 })).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatch(/^error commands: ping failed: .*a bug/);
  });

  it('for faults outside a sandbox are refused in words', async () => {
    const electron = new FakeElectron();
    serveIpc({ electron, engine, log, isOurs: () => true });
    const reply = await electron.handlers.get(CHANNELS.request)!(page, ['breakIt', { fault: 'suspend' }]);
    expect(reply).toMatchObject({ ok: false, error: { code: 'no-sandbox' } });
  });
});
