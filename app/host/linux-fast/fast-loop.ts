/**
 * The fast mover of Linux: TUN with offloads, UDP with GSO and GRO, one arena, one thread that blocks in `poll`. The same
 * commands, facts, counters and wake-up accounting as the portable PacketLoop, and the same pure Dataplane inside; it only
 * moves bytes. It runs in the packet worker, which it occupies: `run` returns after `close`.
 *
 * One turn: wait for TUN, sockets, the bell or the next deadline; commands; up to READS_A_TURN reads from the underlay;
 * all that waits in the TUN device into the queue, and BYTES_A_TURN out of it; then what is due. So neither side waits long
 * for its turn, and no flow for another.
 */
import type { PacketBatch } from '../../base/batch.ts';
import type { EndpointTable } from '../../base/endpoints.ts';
import { RingQueue } from '../../base/ring.ts';
import { Dataplane, type DataplaneOutput, type OverlaySink } from '../../dataplane/dataplane.ts';
import { createSums } from '../../offload/checksum.ts';
import { Coalescer } from '../../offload/coalesce.ts';
import { Segmenter } from '../../offload/segment.ts';
import { createSimdSums } from '../../offload/simd-sums.ts';
import { markCongestion } from '../../queueing/congestion-mark.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { DataplaneCommand, DataplaneFact } from '../../ports/dataplane.ts';
import type { RelayLaneCommand, RelayLaneEvent } from '../../ports/relay-lane.ts';
import type { RelayRings } from '../../ports/relay-ring.ts';
import type { Rng } from '../../ports/rng.ts';
import type { Duration, Instant } from '../../time/instant.ts';
import { POLLERR, POLLFD, POLLHUP, POLLIN, POLLNVAL, POLLOUT } from '../../../native-bindings/linux/headers/poll.ts';
import { Bell, closeUdp, libc, openUdp, type TunOffload, type UdpPair, type UdpSocket } from '../../../native-bindings/linux/index.ts';
import type { HostClock } from '../clock.ts';
import { createFastCrypto } from '../crypto/fast-packet-key.ts';
import { drain } from '../drain.ts';
import { errorCode } from '../error-code.ts';
import type { WakeUps } from '../wake-ups.ts';
import { OverlayQueue } from './overlay-queue.ts';
import { layOut, OUT_SLOTS } from './places.ts';
import { Receiver } from './receiver.ts';
import { LANES, RelayLanes } from './relay-lanes.ts';
import { RelayReceiver } from './relay-receiver.ts';
import { Sender } from './sender.ts';

/** Reads from the underlay before the other side's turn. */
const READS_A_TURN = 4;
/** What the overlay sends before the other side's turn; each packet counts for PER_PACKET bytes more than it has. */
const BYTES_A_TURN = 196_608;
const PER_PACKET = 512;
/** Commands that wait for a turn; a node sends one a peer when it starts. */
const COMMANDS_WAITING = 65_536;
const LONGEST_WAIT: Duration = 2 ** 31 - 1;
const TUN = 0;
const BELL = 1;
const V4 = 2;
const V6 = 3;
/** Of relay connections in this thread's hands, LANES of them. */
const LANE = 4;
const GONE = POLLERR | POLLHUP | POLLNVAL;

export interface FastTun {
  readonly fd: number;
  /** Bytes; the link's. */
  readonly mtu: number;
  readonly offload: TunOffload;
}

export interface FastLoopInit {
  /** The ordinary crypto; packet keys are made fast here. */
  readonly crypto: Crypto;
  readonly rng: Rng;
  readonly clock: HostClock;
  readonly counters: Counters;
  readonly wakeUps: WakeUps;
  readonly endpoints: EndpointTable;
  readonly tun: FastTun;
  /** eventfd that others ring when messages wait for this thread. */
  readonly bell: number;
  readonly mark?: number;
  /** The sockets that are open now, told before the old ones are closed: who outlives this thread closes them if it cannot. */
  readonly onSockets?: (sockets: UdpPair | undefined) => void;
  readonly relays: RelayRings;
  /** Packets for relays wait, and their reader sleeps. */
  readonly onRelayed: () => void;
  readonly onLane: (event: RelayLaneEvent) => void;
  /** LANES words, for who outlives this thread. */
  readonly laneDescriptors: Int32Array;
  /** Takes the messages that wait: calls `command`, `clockMoved` and `close`. */
  readonly onBell: () => void;
  /** Facts of one turn, in order. */
  readonly onFacts: (facts: readonly DataplaneFact[]) => void;
  readonly onSlept: (forMs: Duration) => void;
}

export class FastLoop {
  /** How packets are sealed, for logs. */
  readonly packetCipher: string;
  readonly #init: FastLoopInit;
  readonly #libc = libc();
  readonly #places;
  readonly #dataplane: Dataplane;
  readonly #segmenter: Segmenter;
  readonly #coalescer: Coalescer;
  readonly #overlay: OverlayQueue;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #relayed: RelayReceiver;
  readonly #lanes: RelayLanes;
  readonly #bell: Bell;
  readonly #out: PacketBatch;
  readonly #overlaySink: OverlaySink;
  /** A port that somebody chose: others know it, so a new socket takes it again. 0: any. */
  readonly #chosenPort: number;
  readonly #commands = new RingQueue<DataplaneCommand>(COMMANDS_WAITING);
  #facts: DataplaneFact[] = [];
  #sockets: UdpPair;
  #state: 'running' | 'closed' = 'running';
  /** Packets of relays wait still: their writer does not ring for them again. */
  #moreRelayed = false;
  /** In this turn: the system may have answered at once (an acknowledgement, an echo), and then the answer waits already. */
  #wroteTun = false;

  /** Binds the UDP port (0: a free one). Throws SystemError when it cannot be had. */
  constructor(init: FastLoopInit, port: number) {
    this.#init = init;
    this.#chosenPort = port;
    const places = layOut(init.tun.mtu);
    const { memory } = places;
    this.#places = places;
    this.#sockets = openUdp({ port, ...(init.mark === undefined ? {} : { mark: init.mark }) });
    init.onSockets?.(this.#sockets);
    const crypto = createFastCrypto(init.crypto, memory, places.crypto);
    this.packetCipher = crypto.packetCipher;
    this.#dataplane = new Dataplane({ ...init, crypto });
    const sums = createSimdSums(memory.memory) ?? createSums(memory);
    this.#segmenter = new Segmenter(memory, sums, init.tun.mtu);
    this.#coalescer = new Coalescer({ arena: memory, sums, room: places.coalescer, udp: init.tun.offload === 'tcp and udp', write: (at, length) => this.#writeTun(at, length) });
    this.#overlay = new OverlayQueue(places, init.tun.fd, sums, init.rng.uint32());
    this.#lanes = new RelayLanes({
      toRelays: init.relays.toRelays,
      counters: init.counters,
      tell: init.onLane,
      packet: (region, peer, bytes) => {
        if (this.#relayed.isFull) this.#openRelayed(init.clock.now());
        this.#relayed.put(region, peer, bytes);
      },
      watch: (place, fd, writable) => this.#watch(LANE + place, fd, writable ? POLLIN | POLLOUT : POLLIN),
      descriptors: init.laneDescriptors,
    });
    this.#sender = new Sender(places, this.#sockets, init.endpoints, init.counters, this.#lanes, (error) =>
      this.#tell(error === undefined ? { kind: 'bound', port: this.#sockets.port } : { kind: 'failed', code: error.code, during: error.during }),
    );
    this.#receiver = new Receiver(places, init.endpoints, init.counters);
    this.#relayed = new RelayReceiver(places, init.relays.fromRelays, init.endpoints, init.counters);
    this.#bell = new Bell(init.bell);
    this.#out = { arena: memory, count: 0, offset: Int32Array.from(places.outSlots), length: new Int32Array(OUT_SLOTS), tag: new Int32Array(OUT_SLOTS) };
    this.#overlaySink = { packet: (_arena, offset, length) => this.#coalescer.add(offset, length) };
    this.#watch(TUN, init.tun.fd);
    this.#watch(BELL, init.bell);
    for (let i = 0; i < LANES; i++) this.#watch(LANE + i, -1);
    this.#watchSockets();
    this.#tell({ kind: 'bound', port: this.#sockets.port });
  }

  /** Takes effect in this or the next turn, in order. */
  command(command: DataplaneCommand): void {
    if (!this.#commands.push(command)) throw new Error('more commands than a node has peers: the sender does not wait for turns');
  }

  /** Runs the waiting commands now: afterwards their memory is the caller's again. */
  runCommands(): void {
    for (let command = this.#commands.shift(); command !== undefined; command = this.#commands.shift()) {
      this.#lanes.note(command);
      if (command.kind === 'rebind') this.#rebind();
      else this.#dataplane.handle(command, this.#init.clock.now());
      this.#drain();
    }
    this.#receiver.forgetSender();
  }

  lane(command: RelayLaneCommand): void {
    this.#lanes.obey(command);
    this.#openRelayed(this.#init.clock.now());
  }

  /** The bell is enough: each turn looks for packets of relays. */
  relayedWaits(): void {}

  /** Instants jumped. Deadlines are asked for anew in every turn, so there is nothing to do but wake. */
  clockMoved(): void {
    this.#init.wakeUps.count('clock moved');
  }

  /** The one before was gone, and is not watched any more. */
  deviceReplaced(): void {
    this.#watch(TUN, this.#init.tun.fd);
  }

  /** Ends `run` after the commands that wait. */
  close(): void {
    this.#state = 'closed';
  }

  /** Moves packets until `close`. Blocks this thread. */
  run(): void {
    let busy = false;
    while (this.#state === 'running') busy = this.#turn(busy);
    this.runCommands();
    this.#sender.flush();
    this.#lanes.flush(this.#init.clock.now());
    this.#lanes.close();
    this.#tellFacts();
    this.#init.onSockets?.(undefined);
    closeUdp(this.#sockets);
  }

  /** True when a side used up its share, so that this was no wake-up from sleep. */
  #turn(busy: boolean): boolean {
    this.#wait(busy);
    const change = this.#init.clock.check();
    if (change?.kind === 'slept') this.#init.onSlept(change.forMs);
    if (this.#happened(BELL) !== 0) {
      this.#bell.clear();
      this.#init.onBell();
      this.runCommands();
    }
    let more = (this.#moreRelayed = this.#moveRelayed());
    if (this.#lanes.used > 0) more = this.#moveLanes() || more;
    if (this.#happened(V4) !== 0) more = this.#moveInbound(this.#sockets.v4) || more;
    if (this.#happened(V6) !== 0 && this.#sockets.v6 !== undefined) more = this.#moveInbound(this.#sockets.v6) || more;
    const overlay = this.#happened(TUN);
    const readable = (overlay & POLLIN) !== 0 || this.#wroteTun;
    this.#wroteTun = false;
    if (readable || this.#overlay.size > 0) more = this.#moveOutbound(readable) || more;
    else if ((overlay & GONE) !== 0) this.#lostTun();
    this.#dataplane.expire(this.#init.clock.now());
    this.#drain();
    this.#lanes.flush(this.#init.clock.now());
    this.#tellFacts();
    if (this.#init.relays.toRelays.mustWake()) this.#init.onRelayed();
    return more;
  }

  #wait(busy: boolean): void {
    const { wakeUps, clock } = this.#init;
    const next = this.#dataplane.nextDeadline();
    const wait = next === undefined || next.at === Infinity ? -1 : Math.min(LONGEST_WAIT, Math.max(0, Math.ceil(next.at - clock.now())));
    const ready = this.#libc.poll(this.#places.memory.base + this.#places.poll, LANE + this.#lanes.used, this.#facts.length > 0 || this.#overlay.size > 0 || this.#moreRelayed ? 0 : wait);
    if (ready < 0) {
      this.#clearEvents();
      return;
    }
    if (busy) return;
    if (ready === 0) {
      if (next !== undefined) wakeUps.count(next.why);
    } else if (this.#happened(BELL) !== 0) {
      wakeUps.count(this.#init.relays.fromRelays.isEmpty ? 'command' : 'relayed packets');
    } else {
      wakeUps.count(this.#happened(TUN) !== 0 ? 'overlay readable' : this.#happened(V4) !== 0 || this.#happened(V6) !== 0 ? 'underlay readable' : 'relay readable');
    }
  }

  #moveInbound(socket: UdpSocket): boolean {
    const receiver = this.#receiver;
    const now = this.#init.clock.now();
    for (let i = 0; i < READS_A_TURN; i++) {
      const received = receiver.receive(socket);
      if (received !== 'some') {
        if (received !== 'none') this.#tell({ kind: 'failed', code: received.failed, during: 'receive' });
        return false;
      }
      do {
        this.#dataplane.inbound(receiver.batch, now, this.#overlaySink);
        this.#coalescer.flush();
      } while (receiver.rest());
      this.#drain();
    }
    return true;
  }

  /** True when more waits than a turn's share. */
  #moveRelayed(): boolean {
    const relayed = this.#relayed;
    const now = this.#init.clock.now();
    for (let i = 0; i < READS_A_TURN; i++) {
      if (!relayed.receive()) return false;
      this.#openRelayed(now);
    }
    return true;
  }

  /** True when more waits than a turn's share. */
  #moveLanes(): boolean {
    let more = false;
    for (let i = 0; i < this.#lanes.used; i++) if ((this.#happened(LANE + i) & ~POLLOUT) !== 0) more = this.#lanes.serve(i) || more;
    this.#openRelayed(this.#init.clock.now());
    return more;
  }

  #openRelayed(now: Instant): void {
    const relayed = this.#relayed;
    if (relayed.batch.count === 0) return;
    // Its ways took slots of the endpoint table.
    this.#receiver.forgetSender();
    this.#dataplane.inbound(relayed.batch, now, this.#overlaySink);
    this.#coalescer.flush();
    relayed.clear();
    this.#drain();
  }

  /** True when something waits still. */
  #moveOutbound(readable: boolean): boolean {
    const now = this.#init.clock.now();
    const overlay = this.#overlay;
    const failed = readable ? overlay.fill(now) : undefined;
    if (failed !== undefined) this.#lostTun();
    for (let left = BYTES_A_TURN; left > 0 && overlay.shift(now); left -= overlay.length + PER_PACKET) this.#sendPacket(now);
    overlay.release();
    this.#sender.flush();
    this.#drain();
    return overlay.size > 0;
  }

  /** Cuts, seals and sends what the queue gave. */
  #sendPacket(now: Instant): void {
    const { at, length, overdue } = this.#overlay;
    const segmenter = this.#segmenter;
    const { counters } = this.#init;
    const drop = overdue && !markCongestion(this.#places.memory.view, at, length);
    const verdict = segmenter.start(at, length);
    if (verdict !== 'ok') {
      counters.refuse(verdict === 'too-large' ? 'outbound: larger than the MTU' : 'outbound: not IP');
      return;
    }
    if (drop) {
      counters.refuse('outbound: waited too long, dropped so that its sender slows down');
      segmenter.skip();
    }
    const out = this.#out;
    for (let more = true; more; ) {
      out.count = 0;
      more = segmenter.fill(out);
      this.#dataplane.outbound(out, now, this.#sender);
    }
  }

  #writeTun(at: number, length: number): void {
    if (this.#libc.write(this.#init.tun.fd, this.#places.memory.base + at, length) < 0) this.#init.counters.refuse('overlay: device refused to take');
    else this.#wroteTun = true;
  }

  #drain(): void {
    drain(this.#dataplane, (output) => this.#interpret(output));
  }

  #interpret(output: DataplaneOutput): void {
    switch (output.kind) {
      case 'fact':
        this.#facts.push(output.fact);
        return;
      case 'transmit':
        this.#sender.sendBytes(output.bytes, output.endpoint);
        return;
      case 'relay':
        if (!this.#lanes.push(output.region, output.peer, output.bytes)) this.#init.counters.refuse('relay: queue to relays full');
        return;
      default:
        return output satisfies never;
    }
  }

  #tell(state: Extract<DataplaneFact, { kind: 'underlay' }>['state']): void {
    this.#facts.push({ kind: 'underlay', at: this.#init.clock.now(), state });
  }

  #tellFacts(): void {
    if (this.#facts.length === 0) return;
    const facts = this.#facts;
    this.#facts = [];
    this.#init.onFacts(facts);
  }

  /** New sockets on a new port; the old ones serve further when there are none to be had. */
  #rebind(): void {
    const { mark } = this.#init;
    const open = (port: number): UdpPair => openUdp({ port, ...(mark === undefined ? {} : { mark }) });
    this.#sender.flush();
    let opened: UdpPair;
    if (this.#chosenPort === 0) {
      try {
        opened = open(0);
      } catch (error) {
        this.#tell({ kind: 'failed', code: errorCode(error), during: 'bind' });
        return;
      }
      this.#init.onSockets?.(opened);
      closeUdp(this.#sockets);
    } else {
      // The port is free only once the old sockets are closed. What fails now ends this thread, and the next one binds.
      this.#init.onSockets?.(undefined);
      closeUdp(this.#sockets);
      opened = open(this.#chosenPort);
      this.#init.onSockets?.(opened);
    }
    this.#sockets = opened;
    this.#sender.use(opened);
    this.#watchSockets();
    this.#tell({ kind: 'bound', port: opened.port });
  }

  /** The device is gone: it is watched no more, or its descriptor would wake this thread without end. */
  #lostTun(): void {
    this.#watch(TUN, -1);
    this.#init.counters.refuse('overlay: device refused to take');
  }

  #watchSockets(): void {
    this.#watch(V4, this.#sockets.v4.fd);
    this.#watch(V6, this.#sockets.v6?.fd ?? -1);
  }

  #watch(slot: number, fd: number, events = POLLIN): void {
    const { memory, poll } = this.#places;
    const at = poll + slot * POLLFD.size;
    memory.view.setInt32(at + POLLFD.fd, fd, true);
    memory.view.setInt16(at + POLLFD.events, events, true);
    memory.view.setInt16(at + POLLFD.revents, 0, true);
  }

  #happened(slot: number): number {
    return this.#places.memory.view.getInt16(this.#places.poll + slot * POLLFD.size + POLLFD.revents, true);
  }

  #clearEvents(): void {
    for (let slot = TUN; slot < LANE + LANES; slot++) this.#places.memory.view.setInt16(this.#places.poll + slot * POLLFD.size + POLLFD.revents, 0, true);
  }
}
