/** The rings between two real threads, from the build: nothing lost, nothing twice, nothing torn, and no wake-up missed. */
import fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { PeerId } from '../../base/brand.ts';
import { RELAY_RING_BYTES, RelayRing } from '../../ports/relay-ring.ts';

const built = new URL('../../../dist/app/ports/relay-ring.js', import.meta.url);
if (!fs.existsSync(built)) throw new Error('dist/ is missing: the other thread runs from the build. Run `npm run build:node` first; `npm test` does.');

/** Hands back what it takes, in its own order of turns; sleeps when there is nothing, as a packet worker does. */
const ECHO = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.built).then(({ RelayRing }) => {
    const [input, output] = workerData.rings.map((buffer) => new RelayRing(buffer));
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const turn = () => {
      do {
        while (input.take(64, (region, peer, bytes) => {
          while (!output.push(region, peer, bytes)) {
            if (output.mustWake()) parentPort.postMessage('waits');
            Atomics.wait(pause, 0, 0, 1);
          }
        }) > 0);
        if (output.mustWake()) parentPort.postMessage('waits');
      } while (!input.sleep());
    };
    parentPort.on('message', turn);
    turn();
    parentPort.postMessage('ready');
  });
`;
const PACKETS = 60_000;
const closing: Worker[] = [];
afterEach(async () => {
  for (const worker of closing.splice(0)) await worker.terminate();
});

const sizeOf = (n: number): number => 1 + ((n * 7_919) % 1_400);
const byteOf = (n: number, at: number): number => (n * 31 + at * 7) & 255;

describe('the rings between two threads', () => {
  it('carry each packet once, whole and in order, while both sides sleep and wake', async () => {
    const buffers = [new SharedArrayBuffer(RELAY_RING_BYTES), new SharedArrayBuffer(RELAY_RING_BYTES)];
    const [there, back] = buffers.map((buffer) => new RelayRing(buffer)) as [RelayRing, RelayRing];
    const worker = new Worker(ECHO, { eval: true, workerData: { built: built.href, rings: buffers } });
    closing.push(worker);
    const packet = new Uint8Array(1_500);
    let [sent, received, wrong, woken] = [0, 0, 0, 0];
    await new Promise<void>((done, failed) => {
      const take = (): void => {
        do {
          while (
            back.take(256, (region, peer, bytes) => {
              const n = received++;
              const right = region === n % 900 && peer === n % 10_000 && bytes.length === sizeOf(n) && bytes.every((byte, at) => at % 97 !== 0 || byte === byteOf(n, at));
              if (!right) wrong++;
            }) > 0
          );
        } while (!back.sleep());
        if (received === PACKETS) done();
      };
      /** Bursts with pauses between them, so that the other side sleeps now and then. */
      const burst = (): void => {
        for (let i = 0; i < 700 && sent < PACKETS; i++) {
          const size = sizeOf(sent);
          for (let at = 0; at < size; at++) packet[at] = byteOf(sent, at);
          if (!there.push(sent % 900, (sent % 10_000) as PeerId, packet, 0, size)) break;
          sent++;
        }
        if (there.mustWake()) {
          woken++;
          worker.postMessage('waits', []);
        }
        if (sent < PACKETS) setImmediate(burst);
      };
      worker.on('error', failed);
      worker.on('message', (message) => {
        take();
        if (message === 'ready') burst();
      });
    });
    expect([received, wrong]).toEqual([PACKETS, 0]);
    expect(woken).toBeLessThan(PACKETS / 10);
  }, 60_000);
});
