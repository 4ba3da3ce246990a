/**
 * The portable mover: moves packets in batches between a Datagrams, the pure Dataplane and a Tun, in whatever thread it
 * runs. It owns the socket (and replaces it on `rebind`), the buffers and the one timer. It decides nothing about
 * packets, and the facts it hands up are the dataplane's and its own about the socket.
 *
 * One turn: commands, then up to BATCHES_A_TURN batches from the underlay, from the relays and from the overlay each, then what is
 * due, then the timer. What is left waits for the next turn, so that neither side starves the other or the thread.
 * Nothing runs while nothing happens: a turn is asked for by a readable side, a command or a deadline, each counted.
 */
import { createBatch, pushPacket, type Arena, type PacketBatch } from '../base/batch.ts';
import type { PeerId } from '../base/brand.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import { RingQueue } from '../base/ring.ts';
import { Dataplane, inPlace, type DataplaneOutput, type OverlaySink, type UnderlaySink } from '../dataplane/dataplane.ts';
import type { Counters } from '../ports/counters.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { DataplaneCommand, DataplaneFact } from '../ports/dataplane.ts';
import type { Datagrams, DatagramsFactory } from '../ports/datagrams.ts';
import type { RelayRings } from '../ports/relay-ring.ts';
import type { Rng } from '../ports/rng.ts';
import type { Tun } from '../ports/tun.ts';
import type { Duration } from '../time/instant.ts';
import type { HostClock } from './clock.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { drain } from './drain.ts';
import { errorCode } from './error-code.ts';
import type { WakeUps } from './wake-ups.ts';

/** Packets in a batch. */
export const BATCH = 64;
/** Batches from one side before the other's turn. */
const BATCHES_A_TURN = 4;
/** Commands that wait for a turn; a node sends one a peer when it starts. */
const COMMANDS_WAITING = 65_536;

export interface PacketLoopInit {
  readonly crypto: Crypto;
  readonly rng: Rng;
  readonly clock: HostClock;
  readonly counters: Counters;
  readonly wakeUps: WakeUps;
  readonly endpoints: EndpointTable;
  /** Opens sockets that intern their senders in `endpoints`. */
  readonly datagrams: DatagramsFactory;
  readonly tun: Tun;
  readonly relays: RelayRings;
  /** Packets for relays wait, and their reader sleeps. */
  readonly onRelayed: () => void;
  /** Facts of one turn, in order. Never called within `command`. */
  readonly onFacts: (facts: readonly DataplaneFact[]) => void;
  /** This thread saw that the machine slept. */
  readonly onSlept: (forMs: Duration) => void;
}

type Underlay =
  | { readonly kind: 'bound'; readonly socket: Datagrams }
  | { readonly kind: 'rebinding'; readonly socket: Datagrams }
  | { readonly kind: 'closed' };

export class PacketLoop {
  readonly #init: PacketLoopInit;
  readonly #dataplane: Dataplane;
  readonly #timer: DeadlineTimer;
  readonly #commands = new RingQueue<DataplaneCommand>(COMMANDS_WAITING);
  readonly #received = createBatch(BATCH);
  readonly #toOverlay = sharing(this.#received);
  readonly #read: PacketBatch;
  readonly #toUnderlay: PacketBatch;
  readonly #control = createBatch(BATCH);
  readonly #overlaySink: OverlaySink;
  readonly #underlaySink: UnderlaySink;
  /** A port that somebody chose: others know it, so a new socket takes it again. 0: any. */
  readonly #chosenPort: number;
  #facts: DataplaneFact[] = [];
  #underlay: Underlay;
  #turnAsked: NodeJS.Immediate | undefined;

  private constructor(init: PacketLoopInit, socket: Datagrams, chosenPort: number) {
    this.#init = init;
    this.#chosenPort = chosenPort;
    this.#dataplane = new Dataplane(init);
    this.#read = createBatch(BATCH, init.tun.mtu);
    this.#toUnderlay = sharing(this.#read);
    this.#overlaySink = { packet: (arena, offset, length, peer) => collect(this.#toOverlay, arena, offset, length, peer) };
    this.#underlaySink = {
      place: inPlace,
      datagram: (arena, offset, length, endpoint) => collect(this.#toUnderlay, arena, offset, length, endpoint),
      relayed: (arena, offset, length, region, peer) => this.#toRelay(region, peer, arena.bytes, offset, length),
    };
    this.#timer = new DeadlineTimer(init.wakeUps, () => this.#turn());
    this.#underlay = { kind: 'bound', socket };
    this.#listen(socket);
    init.tun.onReadable(() => this.#wake('overlay readable'));
    init.relays.fromRelays.sleep();
  }

  /** Binds the UDP port (0: a free one) and begins. Rejects with the system's error when the port cannot be had. */
  static async open(init: PacketLoopInit, port: number): Promise<PacketLoop> {
    return new PacketLoop(init, await init.datagrams.open(port), port);
  }

  /** Takes effect in the next turn, in order. */
  command(command: DataplaneCommand): void {
    if (!this.#commands.push(command)) throw new Error('more commands than a node has peers: the sender does not wait for turns');
    this.#wake('command');
  }

  /** Runs the waiting commands now instead of in the next turn: afterwards their memory is the caller's again. */
  runCommands(): void {
    for (let command = this.#commands.shift(); command !== undefined; command = this.#commands.shift()) {
      if (command.kind === 'rebind') {
        void this.#rebind();
        continue;
      }
      this.#dataplane.handle(command, this.#init.clock.now());
      this.#drain();
    }
  }

  deviceReplaced(): void {
    this.#init.tun.replaced?.();
  }

  /** Instants jumped: deadlines that were ahead may be due. */
  clockMoved(): void {
    this.#timer.clear();
    this.#wake('clock moved');
  }

  /** Packets of relays wait. */
  relayedWaits(): void {
    this.#wake('relayed packets');
  }

  /** Runs what waits (such as `forget-sessions`), then closes socket, TUN and timer. */
  close(): void {
    if (this.#underlay.kind === 'closed') return;
    this.#turn();
    const { socket } = this.#underlay;
    this.#underlay = { kind: 'closed' };
    this.#timer.clear();
    clearImmediate(this.#turnAsked);
    this.#turnAsked = undefined;
    socket.close();
    this.#init.tun.close();
  }

  #wake(why: string): void {
    if (this.#turnAsked !== undefined || this.#underlay.kind === 'closed') return;
    this.#init.wakeUps.count(why);
    this.#askTurn();
  }

  #askTurn(): void {
    this.#turnAsked ??= setImmediate(() => {
      this.#turnAsked = undefined;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#underlay.kind === 'closed') return;
    const { clock } = this.#init;
    const change = clock.check();
    if (change?.kind === 'slept') {
      this.#timer.clear();
      this.#init.onSlept(change.forMs);
    }
    this.runCommands();
    const moreFromUnderlay = this.#moveInbound(this.#underlay.socket);
    const moreFromRelays = this.#moveRelayed();
    const moreFromOverlay = this.#moveOutbound();
    this.#dataplane.expire(clock.now());
    this.#drain();
    if (this.#facts.length > 0) {
      const facts = this.#facts;
      this.#facts = [];
      this.#init.onFacts(facts);
    }
    if (this.#init.relays.toRelays.mustWake()) this.#init.onRelayed();
    if (moreFromUnderlay || moreFromRelays || moreFromOverlay) this.#askTurn();
    this.#timer.arm(this.#dataplane.nextDeadline(), clock.now());
  }

  /** True when its share of the turn was used up and more may wait. */
  #moveInbound(socket: Datagrams): boolean {
    for (let i = 0; i < BATCHES_A_TURN; i++) {
      if (socket.receive(this.#received) === 0) return false;
      this.#dataplane.inbound(this.#received, this.#init.clock.now(), this.#overlaySink);
      if (this.#toOverlay.count > 0) this.#init.tun.write(this.#toOverlay);
      this.#toOverlay.count = 0;
      this.#drain();
    }
    return true;
  }

  /** True when more waits than a turn's share. */
  #moveRelayed(): boolean {
    const { relays, endpoints, clock, tun } = this.#init;
    for (let i = 0; i < BATCHES_A_TURN; i++) {
      this.#received.count = 0;
      const taken = relays.fromRelays.take(BATCH, (region, peer, bytes) => {
        if (!pushPacket(this.#received, bytes, endpoints.internRelay(region, peer))) this.#init.counters.refuse('relay: packet too large');
      });
      if (taken === 0 && relays.fromRelays.sleep()) return false;
      this.#dataplane.inbound(this.#received, clock.now(), this.#overlaySink);
      if (this.#toOverlay.count > 0) tun.write(this.#toOverlay);
      this.#toOverlay.count = 0;
      this.#drain();
    }
    return true;
  }

  #toRelay(region: number, peer: PeerId, bytes: Uint8Array, offset: number, length: number): void {
    if (!this.#init.relays.toRelays.push(region, peer, bytes, offset, length)) this.#init.counters.refuse('relay: queue to relays full');
  }

  #moveOutbound(): boolean {
    for (let i = 0; i < BATCHES_A_TURN; i++) {
      if (this.#init.tun.read(this.#read) === 0) return false;
      this.#dataplane.outbound(this.#read, this.#init.clock.now(), this.#underlaySink);
      this.#send(this.#toUnderlay);
      this.#drain();
    }
    return true;
  }

  #drain(): void {
    drain(this.#dataplane, (output) => this.#interpret(output));
    this.#send(this.#control);
  }

  #interpret(output: DataplaneOutput): void {
    switch (output.kind) {
      case 'fact':
        this.#facts.push(output.fact);
        return;
      case 'transmit':
        if (pushPacket(this.#control, output.bytes, output.endpoint)) return;
        this.#send(this.#control);
        pushPacket(this.#control, output.bytes, output.endpoint);
        return;
      case 'relay':
        this.#toRelay(output.region, output.peer, output.bytes, 0, output.bytes.length);
        return;
      default:
        return output satisfies never;
    }
  }

  #send(batch: PacketBatch): void {
    if (batch.count > 0 && this.#underlay.kind !== 'closed') this.#underlay.socket.send(batch);
    batch.count = 0;
  }

  #listen(socket: Datagrams): void {
    this.#tell({ kind: 'bound', port: socket.port });
    socket.onError((error) => this.#tell(error === undefined ? { kind: 'bound', port: socket.port } : { kind: 'failed', code: error.code, during: error.during }));
    socket.onReadable(() => this.#wake('underlay readable'));
  }

  /**
   * A new socket. On a new port, the old one serves until then, and further when there is none to be had; a chosen port
   * is free only once the old socket is closed, and what cannot be had then is tried on any port.
   */
  async #rebind(): Promise<void> {
    if (this.#underlay.kind !== 'bound') return;
    const old = this.#underlay.socket;
    this.#underlay = { kind: 'rebinding', socket: old };
    if (this.#chosenPort !== 0) old.close();
    const opened = await this.#openAnew().catch((error: unknown) => errorCode(error));
    if (typeof opened === 'string') {
      if (this.#closed()) return;
      this.#underlay = { kind: 'bound', socket: old };
      this.#tell({ kind: 'failed', code: opened, during: 'bind' });
      return;
    }
    if (this.#closed()) {
      opened.close();
      return;
    }
    this.#underlay = { kind: 'bound', socket: opened };
    this.#listen(opened);
    old.close();
  }

  #openAnew(): Promise<Datagrams> {
    const { datagrams } = this.#init;
    return this.#chosenPort === 0 ? datagrams.open(0) : datagrams.open(this.#chosenPort).catch(() => datagrams.open(0));
  }

  #closed(): boolean {
    return this.#underlay.kind === 'closed';
  }

  #tell(state: Extract<DataplaneFact, { kind: 'underlay' }>['state']): void {
    this.#facts.push({ kind: 'underlay', at: this.#init.clock.now(), state });
    this.#wake('underlay state');
  }
}

/** A second list of packets over the same memory: what the dataplane makes of a batch, in place. */
function sharing(batch: PacketBatch): PacketBatch {
  const slots = batch.offset.length;
  return { arena: batch.arena, count: 0, offset: new Int32Array(slots), length: new Int32Array(slots), tag: new Int32Array(slots) };
}

function collect(batch: PacketBatch, arena: Arena, offset: number, length: number, tag: number): void {
  if (arena !== batch.arena) throw new Error('the dataplane works in place: its packets lie in the batch it was given');
  const i = batch.count++;
  batch.offset[i] = offset;
  batch.length[i] = length;
  batch.tag[i] = tag;
}
