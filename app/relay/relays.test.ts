/** The relay machine alone, with the other end's frames made by hand. */
import { describe, expect, it } from 'vitest';
import { createSeededRng } from '../base/seeded-rng.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { PrivateKey } from '../keys/keys.ts';
import { instant, type Instant } from '../time/instant.ts';
import { DERP, DERP_MAGIC, DerpReader, DerpWriter } from '../wire/derp.ts';
import type { RelayNode } from '../wire/netmap/types.ts';
import { Relays } from './relays.ts';
import type { RelayOutput, RelaySink } from './types.ts';

const crypto = createSodiumCrypto();
const secret = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const publicOf = (n: number): Uint8Array => {
  const out = new Uint8Array(32);
  crypto.x25519Base(secret(n), out);
  return out;
};
const node: RelayNode = { name: '1a', hostName: 'derp.example.org', certName: '', ipv4: 'dns', ipv6: 'off', stunPort: 3_478, stunOnly: false, relayPort: 443, canPort80: false, insecureForTests: false };
const map = { regions: new Map([1, 2].map((id) => [id, { id, code: `r${id}`, name: `R${id}`, avoid: false, noMeasureNoHome: false, nodes: [node] }])), scores: new Map(), omitDefaultRegions: true };

class Bench {
  now: Instant = instant(1_000);
  readonly relays = new Relays({ crypto, rng: createSeededRng(3) });
  readonly outputs: RelayOutput[] = [];
  readonly packets: { region: number; source: Uint8Array; bytes: Uint8Array }[] = [];
  readonly #sink: RelaySink = { packet: (region, source, bytes) => void this.packets.push({ region, source: source.slice(), bytes: bytes.slice() }), peerGone: () => undefined };

  constructor() {
    this.relays.handle({ kind: 'identity', nodeKey: new PrivateKey(secret(7)) }, this.now);
    this.relays.handle({ kind: 'map', map }, this.now);
    this.relays.handle({ kind: 'home', region: 1 }, this.now);
    this.drain();
  }

  drain(): void {
    for (let output = this.relays.poll(); output !== undefined; output = this.relays.poll()) this.outputs.push(output);
  }

  opens(): number[] {
    return this.outputs.flatMap((output) => (output.kind === 'link' && output.command.kind === 'open' ? [output.command.generation] : []));
  }

  data(generation: number, write: (writer: DerpWriter) => void): void {
    const writer = new DerpWriter();
    write(writer);
    this.relays.receive({ kind: 'data', generation, bytes: writer.take()! }, this.now, this.#sink);
    this.drain();
  }

  join(generation: number): void {
    this.relays.receive({ kind: 'opened', generation, node: '1a', localAddress: undefined }, this.now, this.#sink);
    this.data(generation, (writer) => writer.frame(DERP.serverKey, DERP_MAGIC, publicOf(9)));
  }

  lose(generation: number): void {
    this.relays.receive({ kind: 'lost', generation, failure: { kind: 'closed', host: 'derp.example.org', code: undefined } }, this.now, this.#sink);
    this.drain();
  }

  /** Frames written on this connection since the last time. */
  written(generation: number): { type: number; payload: Uint8Array }[] {
    const frames: { type: number; payload: Uint8Array }[] = [];
    const reader = new DerpReader();
    for (const output of this.outputs.splice(0)) {
      if (output.kind !== 'link' || output.command.kind !== 'write' || output.command.generation !== generation) continue;
      reader.read(output.command.bytes, (type, payload) => frames.push({ type, payload: payload.slice() }) > 0);
    }
    return frames;
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let next = this.relays.nextDeadline(); next !== undefined && next.at <= end; next = this.relays.nextDeadline()) {
      this.now = instant(Math.max(this.now, next.at));
      this.relays.expire(this.now);
      this.drain();
    }
    this.now = instant(end);
  }
}

describe('the home relay', () => {
  it('is greeted with our key, a box that it can open, and that it is home; packets go at once', () => {
    const bench = new Bench();
    expect(bench.relays.state(1).kind).toBe('connecting');
    bench.join(1);
    expect(bench.relays.state(1).kind).toBe('up');
    expect(bench.relays.send(1, publicOf(2), Uint8Array.of(4, 0, 0, 0), bench.now)).toBe('sent');
    bench.drain();
    const [info, preferred, packet] = bench.written(1);
    expect(info).toMatchObject({ type: DERP.clientInfo });
    expect(info!.payload.subarray(0, 32)).toEqual(publicOf(7));
    const key = new Uint8Array(32);
    crypto.boxKey(secret(9), publicOf(7), key);
    const json = new Uint8Array(info!.payload.length - 32 - 24 - 16);
    expect(crypto.boxOpen(key, info!.payload.subarray(32, 56), info!.payload.subarray(56), json)).toBe(true);
    expect(JSON.parse(new TextDecoder().decode(json))).toEqual({ version: 2, CanAckPings: true });
    expect(preferred).toEqual({ type: DERP.notePreferred, payload: Uint8Array.of(1) });
    expect(packet).toEqual({ type: DERP.sendPacket, payload: Uint8Array.of(...publicOf(2), 4, 0, 0, 0) });
  });

  it('hands on what nodes send, and answers pings', () => {
    const bench = new Bench();
    bench.join(1);
    bench.written(1);
    bench.data(1, (writer) => {
      writer.frame(DERP.recvPacket, publicOf(2), Uint8Array.of(1, 2, 3));
      writer.frame(DERP.ping, new Uint8Array(8).fill(5));
    });
    expect(bench.packets).toEqual([{ region: 1, source: publicOf(2), bytes: Uint8Array.of(1, 2, 3) }]);
    expect(bench.written(1)).toEqual([{ type: DERP.pong, payload: new Uint8Array(8).fill(5) }]);
  });

  it('that is lost is connected anew, as another generation that an old event does not touch', () => {
    const bench = new Bench();
    bench.join(1);
    bench.lose(1);
    bench.run(1_000);
    expect(bench.opens()).toEqual([1, 2]);
    bench.lose(1);
    bench.join(2);
    bench.lose(1);
    expect(bench.relays.state(1).kind).toBe('up');
    expect(bench.relays.teardowns).toBe(0);
  });

  it('that is open and dead is found out by a doubt, once', () => {
    const bench = new Bench();
    bench.join(1);
    bench.run(2_000);
    for (let i = 0; i < 10; i++) bench.relays.handle({ kind: 'doubt', region: 1 }, bench.now);
    bench.drain();
    expect(bench.written(1).filter(({ type }) => type === DERP.ping)).toHaveLength(1);
    bench.run(6_000);
    expect(bench.relays.teardowns).toBe(1);
    expect(bench.opens()).toEqual([2]);
  });
});

describe('a region that is not home', () => {
  it('opens for a packet, which waits meanwhile, and closes when it is not used', () => {
    const bench = new Bench();
    bench.join(1);
    expect(bench.relays.send(2, publicOf(2), Uint8Array.of(9), bench.now)).toBe('sent');
    bench.drain();
    bench.join(2);
    expect(bench.written(2).map(({ type }) => type)).toEqual([DERP.clientInfo, DERP.sendPacket]);
    bench.run(61_000);
    expect(bench.relays.state(2).kind).toBe('idle');
    expect(bench.relays.teardowns).toBe(0);
  });
});
