/** The start of the app with the fake ports and a real engine: how soon there is a tray, and an engine that answers. */
import { startEngine } from '../../app/host/engine.ts';
import { HostClock } from '../../app/host/clock.ts';
import { createOsRng } from '../../app/host/crypto/os-rng.ts';
import { createSodiumCrypto } from '../../app/host/crypto/sodium-crypto.ts';
import { createPortTun } from '../../app/host/portable/port-tun.ts';
import { VERSION } from '../../app/host/version.ts';
import { PrivateKey, PublicKey } from '../../app/keys/keys.ts';
import type { StaticNodeConfig } from '../../app/node/types.ts';
import { runApp } from '../../main/app.ts';
import { FakeClock, FakeElectron } from '../../tests/doubles/fake-electron.ts';
import { createMemoryStore } from '../../tests/doubles/memory-store.ts';
import { compare, type Row } from '../bench.ts';

const MTU = 1_280;

/** A node without peers: all that starts is the engine itself. */
function lonely(): StaticNodeConfig {
  const secret = new Uint8Array(32);
  createOsRng().fill(secret);
  const point = new Uint8Array(32);
  createSodiumCrypto().x25519Base(secret, point);
  return { kind: 'static', name: 'bench', privateKey: new PrivateKey(secret), publicKey: new PublicKey(point), addresses: [], mtu: MTU, peers: [] };
}

/** ms from the call of `runApp` to the first image of the tray, and to the window that a running engine opens. */
async function once(): Promise<{ readonly tray: number; readonly engine: number }> {
  const electron = new FakeElectron();
  const log = { write: (): void => undefined };
  const seen: { tray?: number; stop?: () => Promise<void> } = {};
  const began = performance.now();
  await runApp({
    electron,
    openLog: () => log,
    openStore: () => createMemoryStore(),
    async startEngine() {
      seen.tray = electron.tray.image === undefined ? Number.NaN : performance.now() - began;
      const engine = await startEngine({ config: lonely(), listenPort: 0, tun: createPortTun(MTU), log, clock: new HostClock(), packetThread: 'worker', version: VERSION });
      seen.stop = () => engine.stop();
      return { engine, stop: () => engine.stop() };
    },
    answerPage: () => ({ status: 404, headers: {}, body: new Uint8Array() }),
    preloadFile: 'preload.cjs',
    clock: new FakeClock(),
  });
  const engine = electron.windows.length === 0 ? Number.NaN : performance.now() - began;
  await seen.stop?.();
  return { tray: seen.tray ?? Number.NaN, engine };
}

export async function mainStart(rounds: number): Promise<Row[]> {
  const samples = [];
  for (let round = 0; round <= rounds; round++) samples.push(await once());
  const counted = samples.slice(1);
  return [
    compare('main: tray shows a state', 'ms', counted.map(({ tray }) => tray), []),
    compare('main: a real engine answers', 'ms', counted.map(({ engine }) => engine), []),
  ];
}
