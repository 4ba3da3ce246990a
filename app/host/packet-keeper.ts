/**
 * Keeps a packet thread running: when one ends by itself, starts the next with the same configuration, after a pause that
 * grows. Bounded: after GIVE_UP_AFTER ends in a row it stays down until `revive`. To the engine it looks like one packet
 * thread that sometimes loses its sessions; it tells so with an `underlay` fact, as the socket died with the thread.
 */
import type { PeerId } from '../base/brand.ts';
import type { DataplaneCommand, DataplaneFact } from '../ports/dataplane.ts';
import type { Log } from '../ports/log.ts';
import type { RelayLaneCommand } from '../ports/relay-lane.ts';
import type { Rng } from '../ports/rng.ts';
import { Backoff, type BackoffRule } from '../time/backoff.ts';
import { age, type Duration, type Instant } from '../time/instant.ts';
import type { HostClock } from './clock.ts';
import { StartError, type PacketThread, type PacketThreadEvents, type StartPacketThread } from './packet-thread.ts';
import { Configuration } from './worker/configuration.ts';

const RESTART: BackoffRule = { firstMs: 100, capMs: 10_000, factor: 3, jitter: 0.2 };
const GIVE_UP_AFTER = 8;
/** A thread that ran for this long was sound: the next end is a first one. */
const SOUND_AFTER: Duration = 60_000;
/** `code` and `during` of the fact that tells of an end. */
export const PACKET_THREAD_ENDED = { code: 'PACKET_THREAD_ENDED', during: 'run' } as const;

export interface PacketKeeperInit {
  readonly start: StartPacketThread;
  readonly clock: HostClock;
  readonly rng: Rng;
  readonly log: Log;
  readonly events: Omit<PacketThreadEvents, 'ended'>;
  /** A thread ended by itself, and what it had open with it. */
  readonly lost: () => void;
  /** A new thread runs, configured and without sessions: everyone has to be proved again. */
  readonly recreated: () => void;
}

type Life =
  | { readonly kind: 'new' }
  | { readonly kind: 'running'; readonly thread: PacketThread; readonly since: Instant }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'starting' }
  | { readonly kind: 'down' }
  | { readonly kind: 'stopped' };

export class PacketKeeper {
  readonly #init: PacketKeeperInit;
  readonly #backoff: Backoff;
  readonly #configuration = new Configuration();
  /** Removals that the packet thread has not told to be done: it may end before. */
  readonly #removing: PeerId[] = [];
  #port = 0;
  #life: Life = { kind: 'new' };

  constructor(init: PacketKeeperInit) {
    this.#init = init;
    this.#backoff = new Backoff(RESTART, init.rng);
  }

  /** The first start; rejects when the port cannot be had, unless any other will do. */
  async start(listenPort: number, orAny = false): Promise<void> {
    if (orAny) this.#port = listenPort;
    const thread = await (orAny ? this.#startOnSomePort() : this.#init.start(listenPort, this.#events));
    this.#life = { kind: 'running', thread, since: this.#init.clock.now() };
  }

  send(commands: readonly DataplaneCommand[]): void {
    for (const command of commands) {
      this.#configuration.note(command);
      if (command.kind === 'remove-peer') this.#removing.push(command.peer);
    }
    if (this.#life.kind === 'running') this.#life.thread.send(commands);
  }

  /** Packets of relays were written, and the packet thread sleeps. */
  relayedWaits(): void {
    if (this.#life.kind === 'running') this.#life.thread.relayedWaits();
  }

  get takesLanes(): boolean {
    return this.#life.kind === 'running' && this.#life.thread.lanes !== undefined;
  }

  /** False: nobody takes it. */
  lane(command: RelayLaneCommand): boolean {
    return this.#life.kind === 'running' && this.#life.thread.lanes?.send(command) === true;
  }

  deviceReplaced(): void {
    if (this.#life.kind === 'running') this.#life.thread.deviceReplaced();
  }

  clockMoved(): void {
    if (this.#life.kind === 'running') this.#life.thread.clockMoved();
  }

  /** Somebody asks for data to flow: tries again if it had given up. */
  revive(): void {
    if (this.#life.kind !== 'down') return;
    this.#backoff.reset();
    void this.#restart();
  }

  async stop(): Promise<void> {
    const life = this.#life;
    this.#life = { kind: 'stopped' };
    if (life.kind === 'waiting') clearTimeout(life.timer);
    if (life.kind === 'running') await life.thread.stop();
  }

  readonly #events: PacketThreadEvents = {
    facts: (facts) => {
      for (const fact of facts) this.#note(fact);
      this.#init.events.facts(facts);
    },
    slept: (forMs) => this.#init.events.slept(forMs),
    relayedWaits: () => this.#init.events.relayedWaits(),
    lane: (event) => this.#init.events.lane(event),
    ended: (why) => this.#ended(why),
  };

  #note(fact: DataplaneFact): void {
    if (fact.kind === 'underlay' && fact.state.kind === 'bound') this.#port = fact.state.port;
    if (fact.kind === 'peer-removed') this.#removing.shift();
    if (fact.kind === 'endpoint') this.#configuration.moved(fact.peer, fact.endpoint);
  }

  #ended(why: string): void {
    const { clock, log, events } = this.#init;
    if (this.#life.kind === 'stopped') return;
    if (this.#life.kind === 'running' && age(this.#life.since, clock.now()) > SOUND_AFTER) this.#backoff.reset();
    log.write('error', 'packets', `the packet thread ended by itself: ${why}`);
    events.facts([{ kind: 'underlay', at: clock.now(), state: { kind: 'failed', ...PACKET_THREAD_ENDED } }]);
    this.#init.lost();
    this.#tellRemoved();
    if (this.#backoff.attempts >= GIVE_UP_AFTER) {
      this.#life = { kind: 'down' };
      log.write('error', 'packets', `the packet thread ended ${GIVE_UP_AFTER + 1} times in a row: not started again until someone asks`);
      return;
    }
    this.#life = { kind: 'waiting', timer: setTimeout(() => void this.#restart(), this.#backoff.next()) };
  }

  async #restart(): Promise<void> {
    this.#life = { kind: 'starting' };
    const started = await this.#startOnSomePort().catch((error: unknown) => String(error));
    if (typeof started === 'string') {
      this.#ended(started);
      return;
    }
    if (this.#stopped()) {
      await started.stop();
      return;
    }
    this.#life = { kind: 'running', thread: started, since: this.#init.clock.now() };
    this.#tellRemoved();
    started.send(this.#configuration.commands());
    this.#init.recreated();
  }

  /** The port from before, so that peers find us; another one when it is taken. */
  async #startOnSomePort(): Promise<PacketThread> {
    try {
      return await this.#init.start(this.#port, this.#events);
    } catch (error) {
      if (!(error instanceof StartError) || this.#port === 0) throw error;
      return this.#init.start(0, this.#events);
    }
  }

  /** No thread knows these peers any more, and none will tell. */
  #tellRemoved(): void {
    const at = this.#init.clock.now();
    const facts = this.#removing.splice(0).map((peer): DataplaneFact => ({ kind: 'peer-removed', peer, at }));
    if (facts.length > 0) this.#init.events.facts(facts);
  }

  #stopped(): boolean {
    return this.#life.kind === 'stopped';
  }
}
