/**
 * One connection to one relay, from the upgrade to its end: greeting, frames both ways, ping, rate limit, and what waits.
 * It keeps no life-cycle: `read` tells what came of the bytes, and its owner decides. Caller: relays.ts.
 */
import type { Crypto } from '../ports/crypto.ts';
import type { Rng } from '../ports/rng.ts';
import { age, type Instant } from '../time/instant.ts';
import { clientInfoJson, DERP, DERP_KEY, DERP_NONCE, DERP_PACKET, DerpReader, DerpWriter, readPeerGone, readRestarting, readServerInfo, readServerKey, type DerpServerInfo } from '../wire/derp.ts';
import { HEALTH_TEXT, RESERVE_BYTES, SMALL_PACKET, WAITING_BYTES } from './constants.ts';
import type { RelaySink, RelayStale } from './types.ts';

const TAG = 16;
/** What a sent packet costs beyond itself, by the relay's count. */
const SEND_OVERHEAD = 5 + DERP_KEY;

export interface ConnectionInit {
  readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen'>;
  readonly rng: Rng;
  readonly generation: number;
  readonly region: number;
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly now: Instant;
}

/** opening: the link is on it. greeting: the relay's key is awaited. joined: packets may be sent. */
export type ConnectionPhase = 'opening' | 'greeting' | 'joined';

export class Connection {
  readonly generation: number;
  readonly region: number;
  readonly openedAt: Instant;
  phase: ConnectionPhase = 'opening';
  /** Of this phase. */
  since: Instant;
  heardAt: Instant;
  wroteAt: Instant;
  health: string | undefined;
  pingMs: number | undefined;
  /** Undefined: nothing is asked. */
  asked: { readonly at: Instant; readonly until: Instant } | undefined;
  readonly #init: ConnectionInit;
  readonly #reader = new DerpReader();
  readonly #writer = new DerpWriter();
  readonly #boxKey = new Uint8Array(32);
  readonly #pingData = new Uint8Array(8);
  /** Given to the link and not written yet. */
  #inLink = 0;
  #limit: { readonly perMs: number; readonly burst: number; tokens: number; at: Instant } | undefined;

  constructor(init: ConnectionInit) {
    this.generation = init.generation;
    this.region = init.region;
    this.openedAt = init.now;
    this.since = init.now;
    this.heardAt = init.now;
    this.wroteAt = init.now;
    this.#init = init;
  }

  opened(now: Instant): void {
    this.phase = 'greeting';
    this.since = now;
    this.heardAt = now;
  }

  /** `written` of the link. */
  written(bytes: number): void {
    this.#inLink = Math.max(0, this.#inLink - bytes);
  }

  /** What was gathered, for the link; undefined: nothing. */
  take(): Uint8Array | undefined {
    const bytes = this.#writer.take();
    if (bytes !== undefined) this.#inLink += bytes.length;
    return bytes;
  }

  /** False: it is dropped, since too much waits, or the relay's rate does not allow it. */
  send(destination: Uint8Array, packet: Uint8Array, now: Instant): boolean {
    if (this.phase !== 'joined' || packet.length > DERP_PACKET) return false;
    const room = packet.length <= SMALL_PACKET ? WAITING_BYTES + RESERVE_BYTES : WAITING_BYTES;
    if (this.#waiting + packet.length > room || !this.#mayCost(SEND_OVERHEAD + packet.length, now)) return false;
    this.#writer.frame(DERP.sendPacket, destination, packet);
    this.wroteAt = now;
    return true;
  }

  notePreferred(home: boolean): void {
    if (this.phase === 'joined') this.#writer.frame(DERP.notePreferred, Uint8Array.of(home ? 1 : 0));
  }

  /** Asks whether it is there. A question that is under way stands, with the shorter patience. */
  ask(withinMs: number, now: Instant): void {
    if (this.phase !== 'joined') return;
    const until = (now + withinMs) as Instant;
    if (this.asked !== undefined) {
      if (until < this.asked.until) this.asked = { at: this.asked.at, until };
      return;
    }
    this.#init.rng.fill(this.#pingData);
    this.#writer.frame(DERP.ping, this.#pingData);
    this.asked = { at: now, until };
  }

  /** Bytes of the stream. What ends the connection is returned; `joined` is called when packets may be sent. */
  read(bytes: Uint8Array, now: Instant, sink: RelaySink, joined: () => void): RelayStale | undefined {
    this.heardAt = now;
    let stale: RelayStale | undefined;
    const refused = this.#reader.read(bytes, (type, payload) => {
      stale = this.phase === 'joined' ? this.#take(type, payload, now, sink) : this.#greet(type, payload, now, joined);
      return stale === undefined;
    });
    // Whatever it says, it is there.
    if (this.phase === 'joined' && this.asked !== undefined && this.asked.at < now) this.asked = undefined;
    return stale ?? (refused === undefined ? undefined : { kind: 'protocol', what: 'a frame larger than any is' });
  }

  get #waiting(): number {
    return this.#inLink + this.#writer.length;
  }

  #greet(type: number, payload: Uint8Array, now: Instant, joined: () => void): RelayStale | undefined {
    const { crypto, rng, secretKey, publicKey } = this.#init;
    const key = type === DERP.serverKey ? readServerKey(payload) : undefined;
    if (key === undefined || !crypto.boxKey(secretKey, key, this.#boxKey)) return { kind: 'protocol', what: 'no greeting' };
    const nonce = new Uint8Array(DERP_NONCE);
    rng.fill(nonce);
    const info = new TextEncoder().encode(clientInfoJson());
    const sealed = new Uint8Array(info.length + TAG);
    crypto.boxSeal(this.#boxKey, nonce, info, sealed);
    this.#writer.frame(DERP.clientInfo, publicKey, nonce, sealed);
    this.phase = 'joined';
    this.since = now;
    this.wroteAt = now;
    joined();
    return undefined;
  }

  #take(type: number, payload: Uint8Array, now: Instant, sink: RelaySink): RelayStale | undefined {
    switch (type) {
      case DERP.recvPacket:
        if (payload.length >= DERP_KEY && payload.length <= DERP_KEY + DERP_PACKET) sink.packet(this.region, payload.subarray(0, DERP_KEY), payload.subarray(DERP_KEY));
        return undefined;
      case DERP.serverInfo:
        return this.#serverInfo(payload, now);
      case DERP.ping:
        // Exactly the eight bytes; what would pile up is not answered.
        if (payload.length === 8 && this.#waiting < WAITING_BYTES) this.#writer.frame(DERP.pong, payload);
        return undefined;
      case DERP.pong:
        this.#pong(payload, now);
        return undefined;
      case DERP.peerGone: {
        const gone = readPeerGone(payload);
        if (gone !== undefined) sink.peerGone(this.region, gone.peer, gone.dropped);
        return undefined;
      }
      case DERP.health:
        this.health = healthText(payload);
        return undefined;
      case DERP.restarting: {
        const restarting = readRestarting(payload);
        return restarting === undefined ? undefined : { kind: 'restarting', inMs: restarting.inMs };
      }
      default:
        // Keepalives, and frames of a newer protocol.
        return undefined;
    }
  }

  #serverInfo(payload: Uint8Array, now: Instant): RelayStale | undefined {
    const sealed = payload.subarray(DERP_NONCE);
    const json = new Uint8Array(Math.max(0, sealed.length - TAG));
    if (sealed.length < TAG || !this.#init.crypto.boxOpen(this.#boxKey, payload.subarray(0, DERP_NONCE), sealed, json)) return { kind: 'protocol', what: 'a box of another key' };
    this.#setLimit(readServerInfo(new TextDecoder().decode(json)), now);
    return undefined;
  }

  #setLimit({ bytesPerSecond, burstBytes }: DerpServerInfo, now: Instant): void {
    if (bytesPerSecond === undefined) {
      this.#limit = undefined;
      return;
    }
    const burst = Math.max(burstBytes ?? bytesPerSecond, SEND_OVERHEAD + DERP_PACKET);
    this.#limit = { perMs: bytesPerSecond / 1_000, burst, tokens: burst, at: now };
  }

  #mayCost(bytes: number, now: Instant): boolean {
    const limit = this.#limit;
    if (limit === undefined) return true;
    limit.tokens = Math.min(limit.burst, limit.tokens + age(limit.at, now) * limit.perMs);
    limit.at = now;
    if (limit.tokens < bytes) return false;
    limit.tokens -= bytes;
    return true;
  }

  #pong(payload: Uint8Array, now: Instant): void {
    if (this.asked === undefined || payload.length !== 8 || !payload.every((byte, i) => byte === this.#pingData[i])) return;
    this.pingMs = age(this.asked.at, now);
    this.asked = undefined;
  }
}

/** Cut, and without control characters; undefined: nothing is wrong any more. */
function healthText(payload: Uint8Array): string | undefined {
  const text = new TextDecoder()
    .decode(payload.subarray(0, 4 * HEALTH_TEXT))
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, HEALTH_TEXT);
  return text === '' ? undefined : text;
}
