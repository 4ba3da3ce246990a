/**
 * Break it: the faults of the sandbox, what each does, and how long it lasts. One of a kind at a time; those done to one
 * peer take turns. It repairs nothing: that is the engine's part, and the point.
 */
import type { BreakItId, SandboxView } from '../../api/schema.ts';
import type { SandboxPort } from '../engine-port.ts';

export const CUT_FOR = 10_000;
export const SLEEP_FOR = 180_000;
/** ms that the process stands still before it learns that it slept. */
export const FROZEN_FOR = 900;
/** ms between the answer to the button and the freeze, so that the answer gets out. */
const BEFORE_FREEZE = 100;
/** ms that a restart takes, about: for the screen. */
const RESTART_FOR = 1_500;

/** ms that a firewall drops our UDP: longer than direct paths are trusted without an answer. */
export const BLOCK_FOR = 25_000;
/** ms that the relay is not there. */
export const RELAY_STOP_FOR = 15_000;
/** ms that a NAT's forgetting is shown; it takes no time. */
const FORGET_FOR = 1_500;
/** ms that the server's rules forbid the traffic of a peer. */
export const DENY_FOR = 10_000;
/** ms that the server is not there. */
export const STOP_FOR = 20_000;
/** ms until a silence of the server is noticed, about: for the screen. */
export const SILENCE_FOR = 125_000;

/** Look-ups that find no route: as many in each tick, and for how long. */
export const MISSES_FOR = 10_000;
const MISSES_EVERY = 100;
const MISSES_A_TICK = 100;
/** ms that another program goes on removing what is ours, and between two times. */
export const WIPES_FOR = 8_000;
export const WIPES_EVERY = 800;
/** ms that a deleted device is shown; it takes no time. */
const DELETE_FOR = 1_500;

const TUNNELS: readonly BreakItId[] = ['cut-cable', 'restart-peer', 'move-peer', 'suspend', 'block-udp', 'reboot-nat', 'stop-relay', 'stale-relay', 'rtm-miss-storm', 'route-wipe', 'interface-gone'];
const SERVER: readonly BreakItId[] = ['add-peer', 'remove-peer', 'deny-peer', 'expire-key', 'stop-server', 'silent-control', 'approve-sign-in'];

/** What a peer can be made to suffer (PeerHandle). */
export interface Breakable {
  readonly name: string;
  move(): Promise<void>;
  restart(): Promise<void>;
}

/** What can happen between the node and its peers (LoopbackInternet, RelayDoor). */
export interface NetworkDeeds {
  /** Nothing passes, neither UDP nor what goes by the relay. */
  cut(forMs: number): void;
  /** The node's own UDP. */
  blockUdp(forMs: number): void;
  /** The node's own NAT forgets everything. */
  rebootNat(): void;
  stopRelay(): void;
  startRelay(): void;
  /** The node's connection to the relay stays open and carries nothing any more. False: it has none. */
  staleRelay(): boolean;
}

/** What others can do to the system of the node's computer (SandboxSystem). */
export interface SystemDeeds {
  /** Tells of so many look-ups that found no route. */
  miss(times: number): void;
  deleteDevice(): void;
  /** Removes every route and rule of ours. */
  wipe(): void;
  /** How often the engine looked at the system so far. */
  readonly looks: number;
}

/** What an administrator of the sandbox's server can do (Tailnet). Undefined or false: not now. */
export interface ServerDeeds {
  /** Resolves to its name when it is in the network. */
  addPeer(): Promise<string | undefined>;
  removePeer(): Promise<string | undefined>;
  /** A rule that lets nothing pass between the node and this peer, or none. The name of the peer. */
  deny(on: boolean): string;
  expireKey(): boolean;
  approve(): boolean;
  stop(): void;
  start(): void;
  /** The node's connection to the server stays open and carries nothing any more. Resolves when the node called anew. Undefined:
   *  not now. */
  silence(): Promise<void> | undefined;
}

export interface FaultsInit {
  readonly peers: readonly Breakable[];
  readonly network: NetworkDeeds;
  readonly system: SystemDeeds;
  /** Engine time, ms. */
  readonly now: () => number;
  readonly changed: () => void;
  /** Absent: a network without a server. */
  readonly server?: ServerDeeds;
  /** Holds the thread for so many ms. */
  readonly freeze: (forMs: number) => void;
  /** Lets the engine's clocks jump. */
  readonly sleep: (forMs: number) => void;
}

interface Fault {
  activeUntilAt: number | null;
  peer: string | null;
}

const NOT_NOW = { done: false, peer: null } as const;

export class Faults implements SandboxPort {
  readonly #init: FaultsInit;
  readonly #faults: ReadonlyMap<BreakItId, Fault>;
  readonly #timers = new Set<NodeJS.Timeout>();
  #turn = 0;
  #storm: SandboxView['storm'] = null;

  constructor(init: FaultsInit) {
    this.#init = init;
    const order = init.server === undefined ? TUNNELS : [...TUNNELS, ...SERVER];
    this.#faults = new Map(order.map((id) => [id, { activeUntilAt: null, peer: null }]));
  }

  view(): SandboxView {
    return { faults: [...this.#faults].map(([id, fault]) => ({ id, ...fault })), storm: this.#storm };
  }

  breakIt(fault: BreakItId): Promise<{ readonly done: boolean; readonly peer: string | null }> {
    const { server } = this.#init;
    if (this.#faults.get(fault)?.activeUntilAt !== null) return Promise.resolve({ done: false, peer: null });
    switch (fault) {
      case 'cut-cable':
        this.#init.network.cut(CUT_FOR);
        return Promise.resolve(this.#lasts('cut-cable', CUT_FOR));
      case 'restart-peer':
        return Promise.resolve(this.#toOne('restart-peer', (peer) => peer.restart()));
      case 'move-peer':
        return Promise.resolve(this.#toOne('move-peer', (peer) => peer.move()));
      case 'suspend':
        return Promise.resolve(this.#suspend());
      case 'block-udp':
        this.#init.network.blockUdp(BLOCK_FOR);
        return Promise.resolve(this.#lasts('block-udp', BLOCK_FOR));
      case 'reboot-nat':
        this.#init.network.rebootNat();
        return Promise.resolve(this.#lasts('reboot-nat', FORGET_FOR));
      case 'stop-relay':
        this.#init.network.stopRelay();
        return Promise.resolve(this.#lasts('stop-relay', RELAY_STOP_FOR, () => this.#init.network.startRelay()));
      case 'stale-relay':
        return Promise.resolve(this.#init.network.staleRelay() ? this.#lasts('stale-relay', FORGET_FOR) : NOT_NOW);
      case 'rtm-miss-storm':
        return Promise.resolve(this.#missStorm());
      case 'route-wipe':
        return Promise.resolve(this.#wipes());
      case 'interface-gone':
        this.#init.system.deleteDevice();
        return Promise.resolve(this.#lasts('interface-gone', DELETE_FOR));
      case 'add-peer':
        return this.#named('add-peer', server?.addPeer());
      case 'remove-peer':
        return this.#named('remove-peer', server?.removePeer());
      case 'deny-peer':
        return Promise.resolve(server === undefined ? NOT_NOW : this.#deny(server));
      case 'stop-server':
        return Promise.resolve(server === undefined ? NOT_NOW : this.#stopServer(server));
      case 'silent-control':
        return Promise.resolve(this.#silence(server?.silence()));
      case 'expire-key':
        return Promise.resolve({ done: server?.expireKey() ?? false, peer: null });
      case 'approve-sign-in':
        return Promise.resolve({ done: server?.approve() ?? false, peer: null });
      default:
        return fault satisfies never;
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** It has begun, and ends by itself. */
  #lasts(id: BreakItId, forMs: number, end: () => void = () => undefined): { readonly done: boolean; readonly peer: null } {
    this.#begin(id, forMs, null);
    this.#later(forMs, () => {
      end();
      this.#end(id);
    });
    return { done: true, peer: null };
  }

  #toOne(id: 'restart-peer' | 'move-peer', act: (peer: Breakable) => Promise<void>): { readonly done: boolean; readonly peer: string } {
    const { peers } = this.#init;
    const peer = peers[this.#turn++ % peers.length]!;
    this.#begin(id, RESTART_FOR, peer.name);
    const end = (): void => this.#end(id);
    act(peer).then(end, end);
    return { done: true, peer: peer.name };
  }

  /** Lasts until the peer has come or gone. */
  async #named(id: 'add-peer' | 'remove-peer', deed: Promise<string | undefined> | undefined): Promise<{ readonly done: boolean; readonly peer: string | null }> {
    if (deed === undefined) return NOT_NOW;
    this.#begin(id, RESTART_FOR, null);
    try {
      const peer = (await deed) ?? null;
      this.#set(id, { activeUntilAt: null, peer });
      return { done: peer !== null, peer };
    } finally {
      this.#end(id);
    }
  }

  #deny(server: ServerDeeds): { readonly done: boolean; readonly peer: string } {
    const peer = server.deny(true);
    this.#begin('deny-peer', DENY_FOR, peer);
    this.#later(DENY_FOR, () => {
      server.deny(false);
      this.#end('deny-peer');
    });
    return { done: true, peer };
  }

  #stopServer(server: ServerDeeds): { readonly done: boolean; readonly peer: null } {
    server.stop();
    return this.#lasts('stop-server', STOP_FOR, () => server.start());
  }

  #silence(noticed: Promise<void> | undefined): { readonly done: boolean; readonly peer: null } {
    if (noticed === undefined) return NOT_NOW;
    this.#begin('silent-control', SILENCE_FOR, null);
    void noticed.then(() => this.#end('silent-control'));
    return { done: true, peer: null };
  }

  /** What follows of it is counted: nothing should. */
  #missStorm(): { readonly done: boolean; readonly peer: null } {
    const { system } = this.#init;
    const before = system.looks;
    let misses = 0;
    this.#repeat(MISSES_EVERY, MISSES_FOR, () => {
      system.miss(MISSES_A_TICK);
      misses += MISSES_A_TICK;
      this.#storm = { misses, looks: system.looks - before };
      this.#init.changed();
    });
    return this.#lasts('rtm-miss-storm', MISSES_FOR);
  }

  #wipes(): { readonly done: boolean; readonly peer: null } {
    this.#repeat(WIPES_EVERY, WIPES_FOR, () => this.#init.system.wipe());
    return this.#lasts('route-wipe', WIPES_FOR);
  }

  #suspend(): { readonly done: boolean; readonly peer: null } {
    this.#begin('suspend', BEFORE_FREEZE + FROZEN_FOR, null);
    this.#later(BEFORE_FREEZE, () => {
      this.#init.freeze(FROZEN_FOR);
      // The other faults last as long as before in real time: their ends move with the clock.
      for (const fault of this.#faults.values()) if (fault.activeUntilAt !== null) fault.activeUntilAt += SLEEP_FOR;
      this.#init.sleep(SLEEP_FOR);
      this.#end('suspend');
    });
    return { done: true, peer: null };
  }

  #begin(id: BreakItId, forMs: number, peer: string | null): void {
    this.#set(id, { activeUntilAt: this.#init.now() + forMs, peer });
    this.#init.changed();
  }

  /** The peer stays named: it is whom the fault was last done to. */
  #end(id: BreakItId): void {
    this.#faults.get(id)!.activeUntilAt = null;
    this.#init.changed();
  }

  #set(id: BreakItId, to: Fault): void {
    Object.assign(this.#faults.get(id)!, to);
  }

  /** Now, and again until the time is over. */
  #repeat(everyMs: number, forMs: number, what: () => void): void {
    what();
    if (forMs > everyMs) this.#later(everyMs, () => this.#repeat(everyMs, forMs - everyMs, what));
  }

  #later(ms: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    this.#timers.add(timer);
  }
}
