/** A relay that sends mad frames all day fills no memory of ours. */
import { expect, it } from 'vitest';
import { bytesKeptBy } from '../../tests/kit/heap.ts';
import { publicOf, RelayBench } from '../../tests/kit/relay-kit.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { DERP } from '../wire/derp.ts';
import { LEARNED_NODES } from './constants.ts';

const FRAMES = 200_000;
const MIB = 1_048_576;
/** A key and a way each, and what a Map needs of its own. */
const LEARNED_BYTES = LEARNED_NODES * 512;

it('keeps less than 2 MiB of 200,000 frames of strange senders, strange types and strange news', () => {
  const rng = createSeededRng(5);
  const bench = new RelayBench();
  bench.join(1);
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    rng.fill(bytes);
    return bytes;
  };
  const attack = (i: number): void => {
    switch (i % 8) {
      case 0:
        return bench.frame(1, DERP.recvPacket, random(32), random(rng.uint32() % 1_500));
      case 1:
        return bench.frame(1, DERP.peerGone, random(32), random(1));
      case 2:
        return bench.frame(1, DERP.ping, random(8));
      case 3:
        return bench.frame(1, DERP.health, random(2_000));
      case 4:
        return bench.frame(1, 0x40 + (rng.uint32() % 64), random(100));
      case 5:
        return bench.frame(1, DERP.pong, random(8));
      case 6:
        return bench.frame(1, DERP.recvPacket, random(rng.uint32() % 32));
      default:
        bench.send(1, random(100), random(32));
        return bench.frame(1, DERP.recvPacket, publicOf(2), random(60));
    }
  };
  const storm = (frames: number): void => {
    for (let i = 0; i < frames; i++) {
      attack(i);
      if (i % 100 !== 0) continue;
      bench.run(10);
      bench.frames(1);
      bench.packets.length = 0;
      bench.gone.length = 0;
      if (bench.relays.state(1).kind === 'connecting') bench.join(bench.last);
    }
  };

  storm(FRAMES / 10);
  const most = 2 * MIB + LEARNED_BYTES;
  expect(bytesKeptBy(() => storm(FRAMES), most)).toBeLessThan(most);
  expect(bench.relays.state(1).kind).toBe('up');
  expect(bench.relays.teardowns).toBe(0);
}, 60_000);
