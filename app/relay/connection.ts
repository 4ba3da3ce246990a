/**
 * One connection to one relay, from the upgrade to its end: greeting, frames both ways, ping, rate limit, and what waits.
 * It keeps no life-cycle: `read` and `judge` tell what came of the bytes and of the time, and its owner decides. It gives no
 * verdict while frames come: a relay that speaks is there. Caller: relays.ts.
 */
import type { Crypto } from '../ports/crypto.ts';
import type { Rng } from '../ports/rng.ts';
import type { Deadline } from '../time/deadline.ts';
import { after, age, type Duration, type Instant } from '../time/instant.ts';
import type { RelayNode } from '../wire/netmap/types.ts';
import { clientInfoJson, DERP, DERP_KEY, DERP_NONCE, DERP_PACKET, DerpReader, DerpWriter, readPeerGone, readRestarting, readServerInfo, readServerKey, type DerpServerInfo } from '../wire/derp.ts';
import { GREET_WITHIN, HEALTH_TEXT, LATE_PROOF, OPEN_WITHIN, PONG_WITHIN_ANEW, RESERVE_BYTES, SILENT_AFTER, SLEPT_THROUGH, SMALL_PACKET, TOLD_WITHIN, WAITING_BYTES } from './constants.ts';
import type { RelayDrop, RelaySink, RelayStale } from './types.ts';

const TAG = 16;
const PING = 8;
/** First byte of WireGuard's transport data: the one kind that comes in masses. */
const TRANSPORT_DATA = 4;
/** What a sent packet costs beyond itself, by the relay's count. */
const SEND_OVERHEAD = 5 + DERP_KEY;

export interface ConnectionInit {
  readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen'>;
  readonly rng: Rng;
  readonly generation: number;
  readonly region: number;
  /** Of the map, as they were when it was opened. */
  readonly nodes: readonly RelayNode[];
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly now: Instant;
  /** Known frames that were too short to mean anything. */
  readonly countShort: () => void;
}

/**
 * opening: the link is on it. greeting: the relay's key is awaited. introduced: we have told who we are, and packets may be
 * sent. joined: the relay has answered, so it let us in.
 */
export type ConnectionPhase = 'opening' | 'greeting' | 'introduced' | 'joined';

export class Connection {
  readonly generation: number;
  readonly openedAt: Instant;
  phase: ConnectionPhase = 'opening';
  /** Of this phase. */
  since: Instant;
  /** The last whole frame. */
  heardAt: Instant;
  health: string | undefined;
  pingMs: number | undefined;
  readonly nodes: readonly RelayNode[];
  /** That answered, as the map defined it then. */
  node: RelayNode | undefined;
  /** Undefined: nothing is asked. */
  asked: { readonly at: Instant; readonly until: Instant } | undefined;
  /** The relay told that it restarts. */
  restarting: { readonly toldAt: Instant; readonly until: Instant } | undefined;
  /** Whether the link was told that packets may go by it without asking. */
  carries = false;
  readonly #init: ConnectionInit;
  readonly #reader = new DerpReader();
  readonly #writer = new DerpWriter();
  readonly #boxKey = new Uint8Array(32);
  readonly #pingData = new Uint8Array(PING);
  /** Given to the link and not written yet. */
  #inLink = 0;
  #limit: { readonly perMs: number; readonly burst: number; tokens: number; at: Instant } | undefined;

  constructor(init: ConnectionInit) {
    this.generation = init.generation;
    this.nodes = init.nodes;
    this.openedAt = init.now;
    this.since = init.now;
    this.heardAt = init.now;
    this.#init = init;
  }

  get takesPackets(): boolean {
    return this.phase === 'introduced' || this.phase === 'joined';
  }

  /** Packets may go by it without asking: nothing is to be counted. */
  get mayCarry(): boolean {
    return this.phase === 'joined' && this.#limit === undefined;
  }

  opened(node: string, now: Instant): void {
    if (this.phase !== 'opening') return;
    this.node = this.nodes.find(({ name }) => name === node);
    this.#enter('greeting', now);
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

  /** Only while `takesPackets`. */
  send(destination: Uint8Array, packet: Uint8Array, now: Instant): 'sent' | RelayDrop {
    if (packet.length > DERP_PACKET) return 'too large';
    const isUrgent = packet.length <= SMALL_PACKET && packet[0] !== TRANSPORT_DATA;
    if (this.#waiting + packet.length > (isUrgent ? WAITING_BYTES + RESERVE_BYTES : WAITING_BYTES)) return 'queue full';
    if (!this.#mayCost(SEND_OVERHEAD + packet.length, now)) return 'rate limit of the relay';
    this.#writer.frame(DERP.sendPacket, destination, packet);
    return 'sent';
  }

  notePreferred(home: boolean): void {
    if (this.takesPackets) this.#writer.frame(DERP.notePreferred, Uint8Array.of(home ? 1 : 0));
  }

  /** Asks whether it is there. A question that is under way stands, with the shorter patience. */
  ask(withinMs: Duration, now: Instant): void {
    if (this.phase !== 'joined') return;
    const until = after(now, withinMs);
    if (this.asked !== undefined) {
      if (until < this.asked.until) this.asked = { at: this.asked.at, until };
      return;
    }
    this.#init.rng.fillPublic(this.#pingData);
    this.#writer.frame(DERP.ping, this.#pingData);
    this.asked = { at: now, until };
  }

  /** As `ask`; a question from before the sleep begins anew, since nobody could hear its answer. */
  askAfterSleep(forMs: Duration, now: Instant): void {
    if (this.asked !== undefined && after(this.asked.at, forMs) <= now) this.asked = undefined;
    this.ask(PONG_WITHIN_ANEW, now);
  }

  /** A verdict that may not be carried out yet: until then the relay may prove it wrong. */
  postponeVerdict(until: Instant, now: Instant): void {
    this.ask(until - now, now);
    if (this.asked !== undefined) this.asked = { at: this.asked.at, until };
  }

  /** When `judge` is to be asked. */
  deadline(): Deadline {
    switch (this.phase) {
      case 'opening':
        // The link keeps its own time-out; this one is for a link that forgets.
        return { at: after(this.since, OPEN_WITHIN + GREET_WITHIN), why: 'relay: connecting' };
      case 'greeting':
      case 'introduced':
        return { at: after(this.since, GREET_WITHIN), why: 'relay: greeting' };
      case 'joined':
        return this.asked === undefined ? { at: after(this.heardAt, SILENT_AFTER), why: 'relay: silent' } : { at: this.asked.until, why: 'relay: no pong' };
      default:
        return this.phase satisfies never;
    }
  }

  /** Why it is to end by now, if it is. */
  judge(now: Instant): RelayStale | undefined {
    const { at } = this.deadline();
    if (at > now) return undefined;
    if (this.phase !== 'joined') return { kind: 'silent', forMs: age(this.since, now) };
    if (now >= after(at, SLEPT_THROUGH)) {
      this.asked = undefined;
      this.ask(PONG_WITHIN_ANEW, now);
      return undefined;
    }
    return this.asked === undefined ? { kind: 'silent', forMs: age(this.heardAt, now) } : { kind: 'no-pong', afterMs: age(this.asked.at, now) };
  }

  /** Bytes of the stream. What ends the connection is returned; `entered` hears of its phases. */
  read(bytes: Uint8Array, now: Instant, sink: RelaySink, entered: (phase: 'introduced' | 'joined') => void): RelayStale | undefined {
    let stale: RelayStale | undefined;
    const refused = this.#reader.read(bytes, (type, payload) => {
      stale = this.takesPackets ? this.#take(type, payload, now, sink) : this.#greet(type, payload, now);
      if (stale !== undefined) return false;
      this.heardAt = now;
      if (this.asked !== undefined && now >= after(this.asked.at, LATE_PROOF)) this.asked = undefined;
      if (this.phase === 'joined') return true;
      const phase = this.phase === 'introduced' ? 'joined' : 'introduced';
      this.#enter(phase, now);
      entered(phase);
      return true;
    });
    return stale ?? (refused === undefined ? undefined : { kind: 'protocol', what: 'a frame larger than any is' });
  }

  /** Packets came past us, of late. */
  heardOf(now: Instant): void {
    this.heardAt = now;
    if (this.asked !== undefined && now >= after(this.asked.at, LATE_PROOF + TOLD_WITHIN)) this.asked = undefined;
  }

  wipe(): void {
    this.#boxKey.fill(0);
  }

  get #waiting(): number {
    return this.#inLink + this.#writer.length;
  }

  #enter(phase: ConnectionPhase, now: Instant): void {
    this.phase = phase;
    this.since = now;
    this.heardAt = now;
  }

  #greet(type: number, payload: Uint8Array, now: Instant): RelayStale | undefined {
    const { crypto, rng, secretKey, publicKey } = this.#init;
    const key = type === DERP.serverKey ? readServerKey(payload) : undefined;
    if (key === undefined || !crypto.boxKey(secretKey, key, this.#boxKey)) return { kind: 'protocol', what: 'no greeting' };
    const nonce = new Uint8Array(DERP_NONCE);
    rng.fillPublic(nonce);
    const info = new TextEncoder().encode(clientInfoJson());
    const sealed = new Uint8Array(info.length + TAG);
    crypto.boxSeal(this.#boxKey, nonce, info, sealed);
    this.#writer.frame(DERP.clientInfo, publicKey, nonce, sealed);
    this.heardAt = now;
    return undefined;
  }

  #take(type: number, payload: Uint8Array, now: Instant, sink: RelaySink): RelayStale | undefined {
    switch (type) {
      case DERP.recvPacket:
        if (payload.length < DERP_KEY) this.#init.countShort();
        else if (payload.length <= DERP_KEY + DERP_PACKET) sink.packet(this.#init.region, payload.subarray(0, DERP_KEY), payload.subarray(DERP_KEY));
        return undefined;
      case DERP.serverInfo:
        return this.#serverInfo(payload, now);
      case DERP.ping:
        if (payload.length < PING) this.#init.countShort();
        // What would pile up is not answered.
        else if (this.#waiting < WAITING_BYTES) this.#writer.frame(DERP.pong, payload.subarray(0, PING));
        return undefined;
      case DERP.pong:
        if (payload.length < PING) this.#init.countShort();
        else this.#pong(payload, now);
        return undefined;
      case DERP.peerGone: {
        const gone = readPeerGone(payload);
        if (gone === undefined) this.#init.countShort();
        else sink.peerGone(this.#init.region, gone.peer, gone.dropped);
        return undefined;
      }
      case DERP.health:
        this.health = healthText(payload);
        return undefined;
      case DERP.restarting: {
        const told = readRestarting(payload);
        if (told === undefined) this.#init.countShort();
        else this.restarting = { toldAt: now, until: after(now, told.inMs) };
        return undefined;
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
    const burst = burstBytes ?? bytesPerSecond;
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
    if (this.asked === undefined || !this.#pingData.every((byte, i) => byte === payload[i])) return;
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
