/**
 * Datagrams on WireGuard's socket that are not WireGuard's: STUN (RFC 8489 section 5) and disco, told apart by their first
 * bytes and copied into facts for the event thread. They are not authenticated, so few are taken: a share for each source
 * address, PER_SECOND in all. It decodes nothing else. Asked only for what begins like no WireGuard message, so it costs
 * data nothing. Caller: the Dataplane.
 */
import type { Arena } from '../base/batch.ts';
import type { EndpointId } from '../base/brand.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import type { Counters } from '../ports/counters.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import { age, type Duration, type Instant } from '../time/instant.ts';
import { SourceLimiter } from '../wireguard/load.ts';
import { addressSource } from '../wireguard/source.ts';

/** Ours: facts a second, and what one address may cause of them, sustained and at once. Many peers may stand behind one NAT. */
export const PER_SECOND = 400;
export const PER_SOURCE = 50;
export const SOURCE_BURST = 100;
const SECOND: Duration = 1_000;
/** Bytes. Longer ones are nobody's: both are made to fit the smallest path. */
const LONGEST = 2_048;

const STUN_HEADER = 20;
const STUN_COOKIE = 0x2112a442;
/** Magic and the sender's key. */
const DISCO_HEADER = 38;
/** `TS` and the four bytes of a speech balloon in UTF-8, as 32 and 16 bits. */
const DISCO_MAGIC_HIGH = 0x5453f09f;
const DISCO_MAGIC_LOW = 0x92ac;

export interface SideDatagramsInit {
  readonly endpoints: EndpointTable;
  readonly counters: Counters;
  readonly fact: (fact: DataplaneFact) => void;
}

export class SideDatagrams {
  readonly #init: SideDatagramsInit;
  readonly #sources = new SourceLimiter(PER_SOURCE, SOURCE_BURST);
  #second: Instant | undefined;
  #taken = 0;

  constructor(init: SideDatagramsInit) {
    this.#init = init;
  }

  /** True when it is one of these, taken or counted as too many. False: it is something else. */
  take(arena: Arena, offset: number, length: number, endpoint: EndpointId, now: Instant): boolean {
    if (!isStun(arena, offset, length) && !isDisco(arena, offset, length)) return false;
    const from = this.#init.endpoints.get(endpoint);
    if (from === undefined || length > LONGEST) return false;
    if (this.#second === undefined || age(this.#second, now) >= SECOND) {
      this.#second = now;
      this.#taken = 0;
    }
    if (this.#taken >= PER_SECOND || !this.#sources.allow(addressSource(from).share, now)) {
      this.#init.counters.refuse('datagram: more STUN or disco than is taken');
      return true;
    }
    this.#taken++;
    this.#init.fact({ kind: 'datagram', at: now, from, bytes: arena.bytes.slice(offset, offset + length) });
    return true;
  }
}

/** The cookie, two zero bits in front, and a method and class of binding. */
function isStun({ bytes, view }: Arena, at: number, length: number): boolean {
  return length >= STUN_HEADER && view.getUint32(at + 4) === STUN_COOKIE && (bytes[at]! & 0xc0) === 0 && bytes[at + 1] === 1;
}

function isDisco({ view }: Arena, at: number, length: number): boolean {
  return length >= DISCO_HEADER && view.getUint32(at) === DISCO_MAGIC_HIGH && view.getUint16(at + 4) === DISCO_MAGIC_LOW;
}
