/** The relay machine on a bench: the other end's frames are made by hand, and time passes when the test says so. */
import { createSeededRng } from '../../app/base/seeded-rng.ts';
import { createSodiumCrypto } from '../../app/host/crypto/sodium-crypto.ts';
import { PrivateKey } from '../../app/keys/keys.ts';
import type { RelayFailure } from '../../app/ports/relay-link.ts';
import { Relays } from '../../app/relay/relays.ts';
import type { RelayOutput, RelaySink } from '../../app/relay/types.ts';
import { instant, type Instant } from '../../app/time/instant.ts';
import { DERP, DERP_MAGIC, DerpReader, DerpWriter } from '../../app/wire/derp.ts';
import type { RelayMap, RelayNode } from '../../app/wire/netmap/types.ts';

export const crypto = createSodiumCrypto();
export const secretOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);
export function publicOf(n: number): Uint8Array {
  const out = new Uint8Array(32);
  crypto.x25519Base(secretOf(n), out);
  return out;
}

export const OUR_KEY = 7;
export const RELAY_KEY = 9;
export const CLOSED: RelayFailure = { kind: 'closed', host: 'derp.example.org', code: undefined };

export function relayNode(name: string, change: Partial<RelayNode> = {}): RelayNode {
  return { name, hostName: 'derp.example.org', certName: '', ipv4: 'dns', ipv6: 'off', stunPort: 3_478, stunOnly: false, relayPort: 443, canPort80: false, insecureForTests: false, ...change };
}

/** Regions by number; each has the nodes given, or one of its own. */
export function relayMap(regions: Readonly<Record<number, readonly RelayNode[]>>): RelayMap {
  const entries = Object.entries(regions).map(([id, nodes]) => [Number(id), { id: Number(id), code: `r${id}`, name: `Region ${id}`, avoid: false, noMeasureNoHome: false, nodes }] as const);
  return { regions: new Map(entries), scores: new Map(), omitDefaultRegions: true };
}

export interface SeenFrame {
  readonly type: number;
  readonly payload: Uint8Array;
}

export class RelayBench {
  now: Instant = instant(1_000.1);
  readonly relays = new Relays({ crypto, rng: createSeededRng(3) });
  /** Since the last `frames`. */
  readonly #writes: { generation: number; bytes: Uint8Array }[] = [];
  /** Generations that were opened, and closed by us, in order. */
  readonly opened: number[] = [];
  readonly closed: number[] = [];
  readonly incidents: Extract<RelayOutput, { kind: 'incident-began' | 'incident-ended' }>[] = [];
  readonly packets: { region: number; source: Uint8Array; bytes: Uint8Array }[] = [];
  readonly gone: { region: number; peer: Uint8Array; dropped: boolean }[] = [];
  wakes = 0;
  /** What the link takes at once. */
  writes = true;
  readonly #sink: RelaySink = {
    packet: (region, source, bytes) => void this.packets.push({ region, source: source.slice(), bytes: bytes.slice() }),
    peerGone: (region, peer, dropped) => void this.gone.push({ region, peer: peer.slice(), dropped }),
  };

  /** Regions 1 and 2, home 1, its connection under way. */
  constructor() {
    this.tell({ kind: 'identity', nodeKey: new PrivateKey(secretOf(OUR_KEY)) });
    this.tell({ kind: 'map', map: relayMap({ 1: [relayNode('1a')], 2: [relayNode('2a')] }) });
    this.tell({ kind: 'home', region: 1 });
  }

  tell(input: Parameters<Relays['handle']>[0]): void {
    this.relays.handle(input, this.now);
    this.drain();
  }

  send(region: number, packet: Uint8Array, to = publicOf(2)): ReturnType<Relays['send']> {
    return this.relays.send(region, to, packet, this.now);
  }

  readonly carries: { readonly generation: number; readonly on: boolean }[] = [];

  drain(): void {
    for (let output = this.relays.poll(); output !== undefined; output = this.relays.poll()) {
      if (output.kind === 'incident-began' || output.kind === 'incident-ended') this.incidents.push(output);
      if (output.kind !== 'link') continue;
      const { command } = output;
      if (command.kind === 'open') this.opened.push(command.generation);
      else if (command.kind === 'close') this.closed.push(command.generation);
      else if (command.kind === 'carry') this.carries.push(command);
      else {
        this.#writes.push(command);
        if (this.writes) this.written(command.generation, command.bytes.length);
      }
    }
  }

  /** The generation opened last. */
  get last(): number {
    return this.opened.at(-1) ?? 0;
  }

  written(generation: number, bytes: number): void {
    this.relays.receive({ kind: 'written', generation, bytes }, this.now, this.#sink);
  }

  carried(generation: number, sent: boolean, ...heard: readonly Uint8Array[]): void {
    this.relays.receive({ kind: 'carried', generation, sent, heard }, this.now, this.#sink);
    this.drain();
  }

  bytes(generation: number, bytes: Uint8Array): void {
    this.relays.receive({ kind: 'data', generation, bytes }, this.now, this.#sink);
    this.drain();
  }

  frame(generation: number, type: number, ...parts: Uint8Array[]): void {
    const writer = new DerpWriter();
    writer.frame(type, ...parts);
    this.bytes(generation, writer.take()!);
  }

  greet(generation: number, node = '1a'): void {
    this.relays.receive({ kind: 'opened', generation, node, localAddress: undefined }, this.now, this.#sink);
    this.frame(generation, DERP.serverKey, DERP_MAGIC, publicOf(RELAY_KEY));
  }

  /** The relay's answer to our name, which lets us in. */
  serverInfo(generation: number, info: object = { version: 2 }, key = OUR_KEY): void {
    const boxKey = new Uint8Array(32);
    crypto.boxKey(secretOf(RELAY_KEY), publicOf(key), boxKey);
    const json = new TextEncoder().encode(JSON.stringify(info));
    const box = new Uint8Array(json.length + 16);
    crypto.boxSeal(boxKey, new Uint8Array(24), json, box);
    this.frame(generation, DERP.serverInfo, new Uint8Array(24), box);
  }

  join(generation: number, node = '1a', key = OUR_KEY): void {
    this.greet(generation, node);
    this.serverInfo(generation, undefined, key);
  }

  lose(generation: number, failure = CLOSED): void {
    this.relays.receive({ kind: 'lost', generation, failure }, this.now, this.#sink);
    this.drain();
  }

  /** What was written on this connection since the last time. */
  frames(generation: number): SeenFrame[] {
    const frames: SeenFrame[] = [];
    const reader = new DerpReader();
    for (const write of this.#writes.splice(0)) {
      if (write.generation === generation) reader.read(write.bytes, (type, payload) => frames.push({ type, payload: payload.slice() }) > 0);
    }
    return frames;
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let next = this.relays.nextDeadline(); next !== undefined && next.at <= end; next = this.relays.nextDeadline()) {
      this.now = instant(Math.max(this.now, next.at));
      this.wakes++;
      if (this.wakes > 1_000_000) throw new Error(`${next.why} wakes for nothing`);
      this.relays.expire(this.now);
      this.drain();
    }
    this.now = instant(end);
  }

  /** Time passes, and nobody looks. */
  freeze(ms: number): void {
    this.now = instant(this.now + ms);
  }

  /** Time passes while the relay keeps the connection alive. */
  keepAlive(generation: number, ms: number): void {
    for (let left = ms; left > 0; left -= 30_000) {
      this.run(Math.min(left, 30_000));
      this.frame(generation, DERP.keepAlive);
    }
  }
}
