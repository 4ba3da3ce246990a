/**
 * A DERP relay as a pure machine, from the server's side: greets, opens who is there, forwards packets by key, tells who is
 * gone, answers pings, keeps connections alive. For the simulator and the sandbox; it is no product: one server, no mesh.
 * Time comes in; randomness is injected. How it errs on purpose is set from outside. Facts: docs of Tailscale's derp package.
 */
import { bytesText } from '../../base/bytes.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Rng } from '../../ports/rng.ts';
import { DeadlineHeap } from '../../time/deadline-heap.ts';
import { earlier, type Deadline, type Machine } from '../../time/deadline.ts';
import { after, age, seconds, type Duration, type Instant } from '../../time/instant.ts';
import { DERP, DERP_KEY, DERP_MAGIC, DERP_NONCE, DERP_PACKET, DERP_VERSION } from '../../wire/derp.ts';
import { isDisco } from '../../wire/disco.ts';
import { RelayClient } from './relay-client.ts';
import type { RelayMisbehaviour, RelayServerInput, RelayServerOutput } from './types.ts';

const KEEP_ALIVE = { least: seconds(60), spread: seconds(5) } as const;
const TAG = 16;
const PING = 8;
const PING_MOST = 1_000;
const CLIENT_INFO_MOST = 262_144;
/** Further connections are closed at once. */
const CONNECTIONS_MOST = 8_192;
/** Who is told when a client leaves: at most so many that wrote to it. */
const WRITERS_MOST = 1_024;
const DUPLICATE = 'another connection of this node is in use';
const PACKET_COST = 5 + DERP_KEY;

export interface RelayServerInit {
  readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen' | 'x25519Base'>;
  readonly rng: Rng;
  /** Whether this node may use the relay. Absent: everyone may. */
  readonly admits?: (nodeKey: Uint8Array) => boolean;
  /** What a client is asked to keep to. Absent: no limit. */
  readonly limit?: { readonly bytesPerSecond: number; readonly burstBytes: number };
}

/** Connections of one node key. */
interface Station {
  readonly connections: Set<RelayClient>;
  /** The one that wrote last: it gets the packets. */
  current: RelayClient;
  /** Keys that wrote to it, to be told when it leaves. */
  readonly writers: Set<string>;
}

export class RelayServer implements Machine<RelayServerInput, RelayServerOutput> {
  readonly publicKey = new Uint8Array(DERP_KEY);
  misbehaviour: RelayMisbehaviour = { kind: 'none' };
  /** Since it was made. `overLimit`: packets of clients that did not keep to the limit; dropped. */
  readonly counts = { connected: 0, forwarded: 0, forwardedBytes: 0, absent: 0, queueFull: 0, overLimit: 0, refused: 0, protocol: 0, pings: 0 };
  readonly #init: RelayServerInit;
  readonly #secret = new Uint8Array(DERP_KEY);
  readonly #clients = new Map<number, RelayClient>();
  readonly #stations = new Map<string, Station>();
  readonly #outputs: RelayServerOutput[] = [];
  /** Clients with something to write. */
  readonly #touched = new Set<RelayClient>();
  readonly #deadlines = new DeadlineHeap();

  constructor(init: RelayServerInit) {
    this.#init = init;
    init.rng.fill(this.#secret);
    init.crypto.x25519Base(this.#secret, this.publicKey);
  }

  // ---- whoever runs it

  /** Connections of this node that are let in. */
  connectionsOf(nodeKey: Uint8Array): number[] {
    return [...(this.#stations.get(bytesText(nodeKey))?.connections ?? [])].map(({ connection }) => connection);
  }

  isHomeOf(nodeKey: Uint8Array): boolean {
    return this.#stations.get(bytesText(nodeKey))?.current.home === true;
  }

  get connections(): number {
    return this.#clients.size;
  }

  /** Tells everyone of a restart; `restart` is to follow. */
  announceRestart(inMs: Duration, forMs: Duration): void {
    const payload = new Uint8Array(8);
    const view = new DataView(payload.buffer);
    view.setUint32(0, inMs);
    view.setUint32(4, forMs);
    this.#tellAll((client) => client.writer.frame(DERP.restarting, payload));
  }

  /** Closes all; keys and counts stay. */
  restart(): void {
    for (const client of this.#clients.values()) this.#cutOff(client);
  }

  /** Words about a problem, for everyone; empty: solved. */
  tellHealth(text: string): void {
    this.#tellAll((client) => client.writer.frame(DERP.health, new TextEncoder().encode(text)));
  }

  /** Puts a frame, of any type and content, on the connections of this node. For hostile relays. */
  inject(nodeKey: Uint8Array, type: number, payload: Uint8Array): void {
    for (const client of this.#stations.get(bytesText(nodeKey))?.connections ?? []) {
      client.writer.frame(type, payload);
      this.#touched.add(client);
    }
  }

  /** Bytes that are no frames. */
  injectGarbage(nodeKey: Uint8Array, bytes: number): void {
    for (const { connection } of this.#stations.get(bytesText(nodeKey))?.connections ?? []) {
      const garbage = new Uint8Array(bytes);
      this.#init.rng.fill(garbage);
      this.#outputs.push({ kind: 'write', connection, bytes: garbage });
    }
  }

  // ---- the machine

  handle(input: RelayServerInput, now: Instant): void {
    if (input.kind === 'connected') {
      this.#connected(input.connection, now);
      return;
    }
    const client = this.#clients.get(input.connection);
    if (client === undefined) return;
    switch (input.kind) {
      case 'data':
        this.#data(client, input.bytes, now);
        break;
      case 'written':
        client.written(input.bytes, now);
        this.#touched.add(client);
        break;
      case 'closed':
        this.#left(client);
        return;
      default:
        return input satisfies never;
    }
    if (this.#clients.has(input.connection)) this.#schedule(client);
  }

  poll(): RelayServerOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    for (const client of this.#touched) {
      this.#touched.delete(client);
      const bytes = this.#take(client);
      if (bytes !== undefined) return { kind: 'write', connection: client.connection, bytes };
    }
    return undefined;
  }

  nextDeadline(): Deadline | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    for (let connection = this.#deadlines.takeDue(now); connection !== undefined; connection = this.#deadlines.takeDue(now)) {
      const client = this.#clients.get(connection);
      if (client === undefined) continue;
      if (client.cutOffAt !== undefined && client.cutOffAt <= now) {
        this.#cutOff(client);
        continue;
      }
      if (client.keepAliveAt <= now) {
        client.keepAliveAt = this.#nextKeepAlive(now);
        if (client.key !== undefined) client.writer.frame(DERP.keepAlive);
        this.#touched.add(client);
      }
      this.#schedule(client);
    }
  }

  #connected(connection: number, now: Instant): void {
    if (this.#clients.size >= CONNECTIONS_MOST) {
      this.#outputs.push({ kind: 'close', connection });
      return;
    }
    const client = new RelayClient(connection, this.#nextKeepAlive(now), now);
    client.tokens = this.#init.limit?.burstBytes ?? 0;
    this.#clients.set(connection, client);
    this.counts.connected++;
    client.writer.frame(DERP.serverKey, DERP_MAGIC, this.publicKey);
    this.#touched.add(client);
    this.#schedule(client);
  }

  #data(client: RelayClient, bytes: Uint8Array, now: Instant): void {
    if (this.misbehaviour.kind === 'silent') {
      client.missed = true;
      return;
    }
    if (client.missed) {
      this.#cutOff(client);
      return;
    }
    const refused = client.reader.read(bytes, (type, payload) => {
      const goesOn = client.key === undefined ? this.#clientInfo(client, type, payload) : this.#frame(client, type, payload, now);
      if (!goesOn) this.#cutOff(client);
      return goesOn;
    });
    if (refused === undefined) return;
    this.counts.protocol++;
    this.#cutOff(client);
  }

  /** False: the connection ends. */
  #clientInfo(client: RelayClient, type: number, payload: Uint8Array): boolean {
    const { crypto, admits, rng, limit } = this.#init;
    const key = payload.slice(0, DERP_KEY);
    const sealed = payload.subarray(DERP_KEY + DERP_NONCE);
    const json = new Uint8Array(Math.max(0, sealed.length - TAG));
    const isReadable =
      type === DERP.clientInfo && payload.length <= CLIENT_INFO_MOST && sealed.length >= TAG && crypto.boxKey(this.#secret, key, client.boxKey) && crypto.boxOpen(client.boxKey, payload.subarray(DERP_KEY, DERP_KEY + DERP_NONCE), sealed, json) && isJson(json);
    if (!isReadable) {
      this.counts.protocol++;
      return false;
    }
    if (this.misbehaviour.kind === 'refuses' || admits?.(key) === false) {
      this.counts.refused++;
      return false;
    }
    client.rawKey = key;
    client.key = bytesText(key);
    this.#register(client, client.key);
    const info = new TextEncoder().encode(
      JSON.stringify({ version: DERP_VERSION, ...(limit === undefined ? {} : { TokenBucketBytesPerSecond: limit.bytesPerSecond, TokenBucketBytesBurst: limit.burstBytes }) }),
    );
    const nonce = new Uint8Array(DERP_NONCE);
    rng.fill(nonce);
    const box = new Uint8Array(info.length + TAG);
    crypto.boxSeal(client.boxKey, nonce, info, box);
    client.writer.frame(DERP.serverInfo, nonce, box);
    this.#touched.add(client);
    return true;
  }

  #register(client: RelayClient, key: string): void {
    const station = this.#stations.get(key);
    if (station === undefined) {
      this.#stations.set(key, { connections: new Set([client]), current: client, writers: new Set() });
      return;
    }
    station.connections.add(client);
    this.#makeCurrent(station, client);
  }

  #makeCurrent(station: Station, client: RelayClient): void {
    if (station.current === client) return;
    station.current = client;
    for (const other of station.connections) {
      other.writer.frame(DERP.health, other === client ? new Uint8Array(0) : new TextEncoder().encode(DUPLICATE));
      this.#touched.add(other);
    }
  }

  /** False: the connection ends. */
  #frame(client: RelayClient, type: number, payload: Uint8Array, now: Instant): boolean {
    switch (type) {
      case DERP.sendPacket:
        return this.#packet(client, payload, now);
      case DERP.notePreferred:
        if (payload.length !== 1) return this.#broke();
        client.home = payload[0] === 1;
        return true;
      case DERP.ping:
        if (payload.length < PING || payload.length > PING_MOST) return this.#broke();
        this.counts.pings++;
        if (this.misbehaviour.kind === 'never-pongs') return true;
        client.writer.frame(DERP.pong, payload.subarray(0, PING));
        this.#touched.add(client);
        return true;
      default:
        return true;
    }
  }

  #broke(): false {
    this.counts.protocol++;
    return false;
  }

  #packet(client: RelayClient, payload: Uint8Array, now: Instant): boolean {
    if (payload.length < DERP_KEY || payload.length > DERP_KEY + DERP_PACKET) return this.#broke();
    const own = this.#stations.get(client.key ?? '');
    if (own !== undefined) this.#makeCurrent(own, client);
    const packet = payload.subarray(DERP_KEY);
    if (!this.#keepsToLimit(client, PACKET_COST + packet.length, now)) {
      this.counts.overLimit++;
      return true;
    }
    const destination = this.#stations.get(bytesText(payload.subarray(0, DERP_KEY)));
    if (destination === undefined) {
      this.counts.absent++;
      if (isDisco(packet) && client.gone.take(now)) this.#tellGone(client, payload.subarray(0, DERP_KEY), 1);
      return true;
    }
    if (destination.writers.size < WRITERS_MOST) destination.writers.add(client.key ?? '');
    const { current } = destination;
    this.counts.queueFull += current.deliver(this.misbehaviour.kind === 'lies' ? this.misbehaviour.source : client.rawKey, packet, now);
    this.counts.forwarded++;
    this.counts.forwardedBytes += packet.length;
    this.#touched.add(current);
    this.#schedule(current);
    return true;
  }

  #keepsToLimit(client: RelayClient, cost: number, now: Instant): boolean {
    const { limit } = this.#init;
    if (limit === undefined) return true;
    client.tokens = Math.min(limit.burstBytes, client.tokens + (age(client.tokensAt, now) * limit.bytesPerSecond) / 1_000);
    client.tokensAt = now;
    if (client.tokens < cost) return false;
    client.tokens -= cost;
    return true;
  }

  #tellGone(client: RelayClient, peer: Uint8Array, reason: number): void {
    client.writer.frame(DERP.peerGone, peer, Uint8Array.of(reason));
    this.#touched.add(client);
  }

  #tellAll(write: (client: RelayClient) => void): void {
    for (const client of this.#clients.values()) {
      if (client.key === undefined) continue;
      write(client);
      this.#touched.add(client);
    }
  }

  #take(client: RelayClient): Uint8Array | undefined {
    if (this.misbehaviour.kind !== 'silent') return client.take();
    // Lost for good, so that it does not wait for the carrier.
    client.writer.take();
    return undefined;
  }

  /** By us, after what was written. */
  #cutOff(client: RelayClient): void {
    if (!this.#clients.has(client.connection)) return;
    const bytes = this.#take(client);
    if (bytes !== undefined) this.#outputs.push({ kind: 'write', connection: client.connection, bytes });
    this.#outputs.push({ kind: 'close', connection: client.connection });
    this.#left(client);
  }

  #left(client: RelayClient): void {
    this.#clients.delete(client.connection);
    this.#touched.delete(client);
    this.#deadlines.set(client.connection, undefined);
    const station = client.key === undefined ? undefined : this.#stations.get(client.key);
    if (client.key === undefined || station === undefined) return;
    station.connections.delete(client);
    const [next] = station.connections;
    if (next !== undefined) {
      if (station.current === client) this.#makeCurrent(station, next);
      return;
    }
    this.#stations.delete(client.key);
    for (const writer of station.writers) {
      const current = this.#stations.get(writer)?.current;
      if (current !== undefined) this.#tellGone(current, client.rawKey, 0);
    }
  }

  #nextKeepAlive(now: Instant): Instant {
    return after(now, KEEP_ALIVE.least + KEEP_ALIVE.spread * this.#init.rng.fraction());
  }

  #schedule(client: RelayClient): void {
    const { cutOffAt } = client;
    this.#deadlines.set(client.connection, earlier({ at: client.keepAliveAt, why: 'relay server: keep-alive' }, cutOffAt === undefined ? undefined : { at: cutOffAt, why: 'relay server: cut off' }));
  }
}

function isJson(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
