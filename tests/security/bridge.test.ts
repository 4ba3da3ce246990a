/** The preload, with a stand-in for Electron: what the page is given, and what each function of it can make Electron do. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CHANNELS, type PreloadApi } from '../../main/bridge.ts';
import { serveIpc } from '../../main/ipc.ts';
import { FakeEngine, FakeLog } from '../doubles/fake-app-engine.ts';
import { FakeElectron } from '../doubles/fake-electron.ts';

const { exposed, invoked, listeners } = vi.hoisted(() => ({ exposed: [] as [string, unknown][], invoked: [] as unknown[][], listeners: [] as [string, (...args: unknown[]) => void][] }));

vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (key: string, api: unknown) => void exposed.push([key, api]) },
  ipcRenderer: {
    invoke: (...args: unknown[]) => Promise.resolve(void invoked.push(args)),
    on: (channel: string, listener: () => void) => void listeners.push([channel, listener]),
    off: (channel: string, listener: () => void) => void listeners.splice(listeners.findIndex(([name, kept]) => name === channel && kept === listener), 1),
  },
}));

await import('../../main/preload.ts');
const [[, api]] = exposed as [[string, PreloadApi]];

/** As the type has them: one that is added to it has to be judged here. */
const FUNCTIONS = Object.keys({ request: 1, onPatch: 1, onConnection: 1 } satisfies Record<keyof PreloadApi, 1>);

describe('the bridge', () => {
  beforeEach(() => {
    invoked.length = 0;
    listeners.length = 0;
  });

  it('gives the page one key, with the functions of its type and nothing of Electron', () => {
    expect(exposed.map(([key]) => key)).toEqual(['bowline']);
    expect(Object.keys(api).toSorted()).toEqual(FUNCTIONS.toSorted());
    expect(Object.values(api).map((value) => typeof value)).toEqual(FUNCTIONS.map(() => 'function'));
  });

  it('asks on its own channel, whatever the page calls the command', async () => {
    for (const command of ['snapshot', CHANNELS.patch, 'ELECTRON_BROWSER_REQUIRE', '']) await api.request(command as 'snapshot', {});
    expect(invoked.map(([channel]) => channel)).toEqual(Array(4).fill(CHANNELS.request));
  });

  it('hands on the data of a message without its event, on its own channels, until it is told to stop', () => {
    const heard: unknown[][] = [];
    const stops = [api.onPatch((...args) => heard.push(args)), api.onConnection((...args) => heard.push(args))];
    expect(listeners.map(([channel]) => channel)).toEqual([CHANNELS.patch, CHANNELS.connection]);
    heard.length = 0;
    for (const [, listener] of listeners) listener({ sender: 'electron' }, 'data', 'more');
    expect(heard).toEqual([['data'], ['data']]);
    for (const stop of stops) expect(stop()).toBeUndefined();
    expect(listeners).toEqual([]);
  });

  it('main listens on the one channel for requests, and on no other', () => {
    const electron = new FakeElectron();
    const engine = new FakeEngine();
    serveIpc({ electron, engine, log: new FakeLog(), isOurs: () => true });
    expect([...electron.handlers.keys()]).toEqual([CHANNELS.request]);
  });
});
