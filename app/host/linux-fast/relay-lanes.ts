/**
 * The relay connections that the packet thread has in its own hands, and the choice for each relayed packet: by such a
 * connection where the relay machine allowed it, else by the ring to the event thread. Owned by the fast loop.
 */
import type { PeerId } from '../../base/brand.ts';
import { KeyIndex } from '../../node/mesh/key-index.ts';
import type { Counters } from '../../ports/counters.ts';
import type { DataplaneCommand } from '../../ports/dataplane.ts';
import { LANE_FRAMES, type RelayLaneCommand, type RelayLaneEvent } from '../../ports/relay-lane.ts';
import type { RelayRing } from '../../ports/relay-ring.ts';
import { after, type Duration, type Instant } from '../../time/instant.ts';
import { DERP, DERP_HEADER } from '../../wire/derp.ts';
import { libc } from '../../../native-bindings/linux/index.ts';
import { RelayLane, type Ended } from './relay-lane.ts';

/** At once. One more is given back as lost. */
export const LANES = 8;
/** Reads from one connection before the others' turn. */
const READS_A_TURN = 4;
/** That packets pass is told so often at most, as app/relay/constants.ts expects. */
const TELL_EVERY: Duration = 1_000;

export interface RelayLanesInit {
  /** The way by the event thread, and the frames for its machine. */
  readonly toRelays: RelayRing;
  readonly counters: Counters;
  readonly tell: (event: RelayLaneEvent) => void;
  /** `bytes` are valid only during the call. */
  readonly packet: (region: number, peer: PeerId, bytes: Uint8Array) => void;
  /** What of this place is to be waited for; `fd` -1: nothing. */
  readonly watch: (place: number, fd: number, writable: boolean) => void;
  /** LANES words: descriptors that are open, for whoever outlives this thread; -1: none. */
  readonly descriptors: Int32Array;
}

interface Place {
  readonly lane: RelayLane;
  toldAt: Instant | undefined;
  watchesWritable: boolean;
}

export class RelayLanes {
  readonly #init: RelayLanesInit;
  readonly #places: (Place | undefined)[] = new Array<Place | undefined>(LANES).fill(undefined);
  readonly #peers = new KeyIndex();
  readonly #keys = new Map<PeerId, Uint8Array>();
  /** Those that carry, by region. */
  readonly #carrying = new Map<number, RelayLane>();
  #used = 0;

  constructor(init: RelayLanesInit) {
    this.#init = init;
  }

  /** Places from the first to the last that is taken. */
  get used(): number {
    return this.#used;
  }

  /** Every command for the dataplane: whose key is whose. */
  note(command: DataplaneCommand): void {
    if (command.kind !== 'put-peer' && command.kind !== 'remove-peer') return;
    const id = command.kind === 'put-peer' ? command.peer.id : command.peer;
    const before = this.#keys.get(id);
    if (before !== undefined) this.#peers.remove(before, id);
    this.#keys.delete(id);
    if (command.kind === 'remove-peer') return;
    const key = command.peer.publicKey.slice();
    this.#keys.set(id, key);
    this.#peers.put(key, id);
  }

  obey(command: RelayLaneCommand): void {
    if (command.kind === 'lane-open') return this.#begin(command.lane);
    const at = this.#places.findIndex((place) => place?.lane.generation === command.generation);
    const lane = this.#places[at]?.lane;
    if (lane === undefined) return;
    switch (command.kind) {
      case 'lane-write': {
        const ended = lane.frames(command.bytes);
        if (ended !== undefined) this.#end(at, ended);
        return;
      }
      case 'lane-carry':
        lane.carries = command.on;
        if (command.on) this.#carrying.set(lane.region, lane);
        else this.#stopsCarrying(lane);
        return;
      case 'lane-close':
        this.#close(at);
        return;
      default:
        return command satisfies never;
    }
  }

  /** A packet for a node behind a region. Copied. False: no room, and nothing was taken. */
  push(region: number, peer: PeerId, from: Uint8Array, offset = 0, length = from.length): boolean {
    const lane = this.#carrying.get(region);
    const key = lane === undefined ? undefined : this.#keys.get(peer);
    return lane === undefined || key === undefined ? this.#init.toRelays.push(region, peer, from, offset, length) : lane.packet(key, from, offset, length);
  }

  /** Something is to be read there, or it ended. True when more may wait. */
  serve(at: number): boolean {
    const place = this.#places[at];
    if (place === undefined) return false;
    for (let i = 0; i < READS_A_TURN; i++) {
      const outcome = place.lane.read();
      if (outcome === 'some') continue;
      if (outcome !== 'none') this.#end(at, outcome);
      return false;
    }
    return true;
  }

  /** The end of a turn: what was gathered goes out, and what is to be told is told. */
  flush(now: Instant): void {
    for (let at = 0; at < this.#used; at++) {
      const place = this.#places[at];
      if (place === undefined) continue;
      const { lane } = place;
      const ended = lane.flush((bytes) => this.#init.tell({ kind: 'written', generation: lane.generation, bytes }));
      if (ended !== undefined) {
        this.#end(at, ended);
        continue;
      }
      if (lane.waits !== place.watchesWritable) {
        place.watchesWritable = lane.waits;
        this.#init.watch(at, lane.fd, lane.waits);
      }
      if ((lane.sent || lane.heard.size > 0) && (place.toldAt === undefined || now >= after(place.toldAt, TELL_EVERY))) this.#tell(place, now);
    }
  }

  /** All, in silence. */
  close(): void {
    for (let at = 0; at < LANES; at++) if (this.#places[at] !== undefined) this.#close(at);
  }

  #begin(opening: Extract<RelayLaneCommand, { kind: 'lane-open' }>['lane']): void {
    const at = this.#places.indexOf(undefined);
    if (at < 0) {
      libc().close(opening.fd);
      this.#init.tell({ kind: 'lost', generation: opening.generation, code: 'EMFILE' });
      return;
    }
    const lane = new RelayLane(opening, this.#peers, { packet: this.#init.packet, frame: (generation, type, payload) => this.#up(generation, type, payload) });
    for (const { key, iv } of [opening.read, opening.write]) {
      key.fill(0);
      iv.fill(0);
    }
    this.#places[at] = { lane, toldAt: undefined, watchesWritable: false };
    this.#used = Math.max(this.#used, at + 1);
    this.#init.descriptors[at] = lane.fd;
    this.#init.watch(at, lane.fd, false);
    const ended = lane.begin(opening.plain);
    if (ended !== undefined) this.#end(at, ended);
  }

  /** What carries others' packets may fill half of the ring, so that the relay's own frames always find room. */
  #up(generation: number, type: number, payload: Uint8Array): void {
    const { toRelays, counters } = this.#init;
    if (type !== DERP.recvPacket || !toRelays.isHalfFull) {
      const frame = new Uint8Array(DERP_HEADER + payload.length);
      frame[0] = type;
      new DataView(frame.buffer).setUint32(1, payload.length);
      frame.set(payload, DERP_HEADER);
      if (toRelays.push(generation, LANE_FRAMES, frame)) return;
    }
    counters.refuse('relay: queue to relays full');
  }

  #tell(place: Place, now: Instant): void {
    const { lane } = place;
    const heard = [...lane.heard].flatMap((peer) => this.#keys.get(peer) ?? []);
    this.#init.tell({ kind: 'carried', generation: lane.generation, sent: lane.sent, heard });
    lane.sent = false;
    lane.heard.clear();
    place.toldAt = now;
  }

  #end(at: number, { code }: Ended): void {
    const generation = this.#places[at]?.lane.generation;
    this.#close(at);
    if (generation !== undefined) this.#init.tell({ kind: 'lost', generation, code });
  }

  #close(at: number): void {
    const lane = this.#places[at]?.lane;
    if (lane === undefined) return;
    this.#places[at] = undefined;
    while (this.#used > 0 && this.#places[this.#used - 1] === undefined) this.#used--;
    this.#stopsCarrying(lane);
    this.#init.watch(at, -1, false);
    // First forgotten, then closed: the number may be another's at once.
    this.#init.descriptors[at] = -1;
    lane.close();
  }

  #stopsCarrying(lane: RelayLane): void {
    if (this.#carrying.get(lane.region) === lane) this.#carrying.delete(lane.region);
  }
}
