/** The relay server, with the client's frames made by hand. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { instant, type Instant } from '../../time/instant.ts';
import { DERP, DERP_MAGIC, DerpReader, DerpWriter } from '../../wire/derp.ts';
import { RelayServer, type RelayServerInit } from './relay-server.ts';

const crypto = createSodiumCrypto();
const secret = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const publicOf = (n: number): Uint8Array => {
  const out = new Uint8Array(32);
  crypto.x25519Base(secret(n), out);
  return out;
};
const DISCO_PING = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac, ...new Uint8Array(100));

interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

class Bench {
  now: Instant = instant(1_000);
  readonly server: RelayServer;
  readonly closed: number[] = [];
  readonly #readers = new Map<number, DerpReader>();
  readonly #frames = new Map<number, Frame[]>();
  /** What connections take; the rest waits. */
  takes = true;

  constructor(init: Partial<RelayServerInit> = {}) {
    this.server = new RelayServer({ crypto, rng: createSeededRng(5), ...init });
  }

  connect(connection: number): void {
    this.#readers.set(connection, new DerpReader());
    this.#frames.set(connection, []);
    this.server.handle({ kind: 'connected', connection }, this.now);
    this.drain();
  }

  write(connection: number, write: (writer: DerpWriter) => void): void {
    const writer = new DerpWriter();
    write(writer);
    this.server.handle({ kind: 'data', connection, bytes: writer.take()! }, this.now);
    this.drain();
  }

  join(connection: number, n: number): void {
    this.connect(connection);
    const key = new Uint8Array(32);
    crypto.boxKey(secret(n), this.server.publicKey, key);
    const json = new TextEncoder().encode('{"version":2,"can_ack_pings":true}');
    const box = new Uint8Array(json.length + 16);
    crypto.boxSeal(key, new Uint8Array(24), json, box);
    this.write(connection, (writer) => writer.frame(DERP.clientInfo, publicOf(n), new Uint8Array(24), box));
  }

  drain(): void {
    for (let output = this.server.poll(); output !== undefined; output = this.server.poll()) {
      const { connection } = output;
      if (output.kind === 'close') {
        this.closed.push(connection);
        continue;
      }
      this.#readers.get(connection)!.read(output.bytes, (type, payload) => this.#frames.get(connection)!.push({ type, payload: payload.slice() }) > 0);
      if (this.takes) this.server.handle({ kind: 'written', connection, bytes: output.bytes.length }, this.now);
    }
  }

  frames(connection: number): Frame[] {
    return this.#frames.get(connection)!.splice(0);
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let next = this.server.nextDeadline(); next !== undefined && next.at <= end; next = this.server.nextDeadline()) {
      this.now = instant(Math.max(this.now, next.at));
      this.server.expire(this.now);
      this.drain();
    }
    this.now = instant(end);
  }
}

describe('the relay server', () => {
  it('greets with its key, and answers a client it knows with a box', () => {
    const bench = new Bench({ limit: { bytesPerSecond: 1_000, burstBytes: 2_000 } });
    bench.join(1, 7);
    const [greeting, info] = bench.frames(1);
    expect(greeting).toEqual({ type: DERP.serverKey, payload: Uint8Array.of(...DERP_MAGIC, ...bench.server.publicKey) });
    const key = new Uint8Array(32);
    crypto.boxKey(secret(7), bench.server.publicKey, key);
    const json = new Uint8Array(info!.payload.length - 24 - 16);
    expect(crypto.boxOpen(key, info!.payload.subarray(0, 24), info!.payload.subarray(24), json)).toBe(true);
    expect(JSON.parse(new TextDecoder().decode(json))).toEqual({ version: 2, TokenBucketBytesPerSecond: 1_000, TokenBucketBytesBurst: 2_000 });
  });

  it('forwards by key, and tells who is gone: at once to those who wrote to it, of an absent one for disco only and not often', () => {
    const bench = new Bench();
    bench.join(1, 7);
    bench.join(2, 8);
    bench.frames(1);
    bench.frames(2);
    bench.write(1, (writer) => writer.frame(DERP.sendPacket, publicOf(8), Uint8Array.of(4, 1)));
    expect(bench.frames(2)).toEqual([{ type: DERP.recvPacket, payload: Uint8Array.of(...publicOf(7), 4, 1) }]);
    bench.server.handle({ kind: 'closed', connection: 2 }, bench.now);
    bench.drain();
    expect(bench.frames(1)).toEqual([{ type: DERP.peerGone, payload: Uint8Array.of(...publicOf(8), 0) }]);
    bench.write(1, (writer) => writer.frame(DERP.sendPacket, publicOf(8), Uint8Array.of(4, 1)));
    expect(bench.frames(1)).toEqual([]);
    for (let i = 0; i < 20; i++) bench.write(1, (writer) => writer.frame(DERP.sendPacket, publicOf(8), DISCO_PING));
    expect(bench.frames(1)).toEqual(Array.from({ length: 3 }, () => ({ type: DERP.peerGone, payload: Uint8Array.of(...publicOf(8), 1) })));
  });

  it('gives a node with two connections its packets where it wrote last, and tells the other', () => {
    const bench = new Bench();
    bench.join(1, 7);
    bench.join(2, 7);
    bench.join(3, 8);
    expect(bench.frames(1).at(-1)).toMatchObject({ type: DERP.health });
    bench.frames(2);
    bench.write(3, (writer) => writer.frame(DERP.sendPacket, publicOf(7), Uint8Array.of(1)));
    expect(bench.frames(2)).toHaveLength(1);
    bench.write(1, (writer) => writer.frame(DERP.sendPacket, publicOf(8), Uint8Array.of(1)));
    bench.frames(1);
    bench.write(3, (writer) => writer.frame(DERP.sendPacket, publicOf(7), Uint8Array.of(1)));
    expect(bench.frames(1)).toHaveLength(1);
  });

  it('keeps 32 packets for a slow client, drops the oldest beyond, and cuts off one that takes nothing for 2 s', () => {
    const bench = new Bench();
    bench.join(1, 7);
    bench.join(2, 8);
    bench.frames(2);
    bench.takes = false;
    bench.write(1, (writer) => {
      for (let i = 0; i < 100; i++) writer.frame(DERP.sendPacket, publicOf(8), new Uint8Array(1_400).fill(i));
    });
    const direct = bench.frames(2).length;
    expect(bench.server.counts.queueFull).toBe(100 - direct - 32);
    bench.run(1_900);
    expect(bench.closed).toEqual([]);
    bench.run(200);
    expect(bench.closed).toEqual([2]);
  });

  it('keeps connections alive, answers pings, and drops what breaks the protocol', () => {
    const bench = new Bench();
    bench.join(1, 7);
    bench.frames(1);
    bench.run(65_000);
    expect(bench.frames(1).map(({ type }) => type)).toEqual([DERP.keepAlive]);
    bench.write(1, (writer) => writer.frame(DERP.ping, new Uint8Array(8).fill(3)));
    expect(bench.frames(1)).toEqual([{ type: DERP.pong, payload: new Uint8Array(8).fill(3) }]);
    bench.write(1, (writer) => writer.frame(DERP.ping, new Uint8Array(1_001)));
    expect(bench.closed).toEqual([1]);
    bench.connect(2);
    bench.write(2, (writer) => writer.frame(DERP.clientInfo, new Uint8Array(100)));
    bench.connect(3);
    bench.run(10_000);
    expect(bench.closed).toEqual([1, 2, 3]);
  });

  it('lets in whom it is told to', () => {
    const bench = new Bench({ admits: (key) => key[0] === publicOf(7)[0] });
    bench.join(1, 7);
    bench.join(2, 8);
    expect(bench.closed).toEqual([2]);
    expect(bench.server.connectionsOf(publicOf(7))).toEqual([1]);
    expect(bench.server.counts.refused).toBe(1);
  });

  it('takes any bytes, in or out of turn, without throwing', () => {
    const chunk = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.tuple(fc.constantFrom(...Object.values(DERP)), fc.uint8Array({ maxLength: 200 })));
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 30 }), (chunks) => {
        const bench = new Bench();
        bench.join(1, 7);
        bench.connect(2);
        for (const each of chunks) {
          for (const connection of [1, 2]) {
            if (each instanceof Uint8Array) bench.server.handle({ kind: 'data', connection, bytes: each }, bench.now);
            else bench.write(connection, (writer) => writer.frame(each[0], each[1]));
          }
          bench.drain();
        }
        bench.run(70_000);
        expect(bench.server.connections).toBeLessThanOrEqual(1);
      }),
    );
  });
});
