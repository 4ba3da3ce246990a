/**
 * The node's side of a control server: owns the control machine, drains it where it mutates it, and turns what it says
 * into the packet thread's identity, peers and filter, into the desired state of the operating system, and into history.
 *
 *   node inputs -> Control -> link and keys effects; views -> TailnetPeers, identity, filter, overlay
 *
 * Where the tunnel may not go on (expired, removed, signed out) peers and overlay are taken back. Callers: node.ts.
 */
import { formatIp, type IpAddress, type IpPrefix } from '../base/ip.ts';
import { hostOf } from '../control/server-text.ts';
import type { KeyExpiry, NetworkChange, NetworkView } from '../control/network-view.ts';
import type { ControlInput, ControlLike, ControlOutput, HostFacts } from '../control/types.ts';
import { PublicKey, type PrivateKey } from '../keys/keys.ts';
import type { DataplaneCommand } from '../ports/dataplane.ts';
import type { Effect, OverlayState } from '../ports/effects.ts';
import { earlier, type Deadline } from '../time/deadline.ts';
import type { Duration, Instant, WallTime } from '../time/instant.ts';
import type { AccountSource } from './account-view.ts';
import { ControlHistory } from './control-history.ts';
import type { History } from './history.ts';
import type { Mesh } from './mesh/mesh.ts';
import type { RepairLadder } from './repair-ladder.ts';
import type { TailnetPeers } from './tailnet-peers.ts';
import type { TailnetNodeConfig } from './types.ts';

export interface TailnetInit {
  readonly config: TailnetNodeConfig;
  readonly control: ControlLike;
  readonly peers: TailnetPeers;
  readonly mesh: Mesh;
  /** Peers that the packet thread takes. */
  readonly limit: number;
  readonly ladder: RepairLadder;
  readonly history: History;
  readonly command: (command: DataplaneCommand) => void;
  readonly emit: (effect: Effect) => void;
}

export class Tailnet {
  readonly #init: TailnetInit;
  readonly #host: string;
  readonly #history: ControlHistory;
  #facts: HostFacts;
  #nodeKey: PrivateKey | undefined;
  #view: NetworkView | undefined;
  #keyExpiry: KeyExpiry = null;
  #lastMessageAt: Instant | undefined;
  #wallOffset: Duration = 0;
  #up = false;
  #addresses: readonly IpAddress[] = [];
  /** The identity that the packet thread has. */
  #told: { readonly key: PrivateKey; readonly addresses: string } | undefined;
  #routesTold = -1;

  constructor(init: TailnetInit) {
    this.#init = init;
    this.#host = hostOf(init.config.control.url) ?? init.config.control.url;
    this.#facts = init.config.control.host;
    this.#nodeKey = init.config.control.keys.nodeKey;
    this.#history = new ControlHistory(init.history, this.#host);
  }

  /** Overlay addresses of this node; empty before the first map. */
  get addresses(): readonly IpAddress[] {
    return this.#addresses;
  }

  /** Our own key, as the map has it. */
  get publicKey(): PublicKey | undefined {
    return this.#view === undefined ? undefined : new PublicKey(this.#view.self.key);
  }

  get control(): ControlLike {
    return this.#init.control;
  }

  begin(wall: WallTime, now: Instant): void {
    this.#init.command({ kind: 'set-filter', filter: { kind: 'block-all' } });
    this.setWall(wall, now);
    this.input({ kind: 'start', config: this.#init.config.control, wall }, now);
  }

  /** Ends all and tells the server nothing. */
  end(now: Instant): void {
    this.input({ kind: 'stop' }, now);
    this.#history.close(now);
    this.#takeBack(now);
  }

  setWall(wall: WallTime, now: Instant): void {
    this.#wallOffset = wall - now;
  }

  input(input: ControlInput, now: Instant): void {
    if (input.kind === 'host-facts') this.#hostFacts(input.host);
    this.#init.control.handle(input, now);
    this.#drain(now);
  }

  get mesh(): Mesh {
    return this.#init.mesh;
  }

  nextDeadline(): Deadline | undefined {
    return earlier(this.#init.control.nextDeadline(), this.#init.mesh.nextDeadline());
  }

  expire(now: Instant): void {
    const due = this.#init.control.nextDeadline();
    if (due !== undefined && due.at <= now) {
      this.#init.control.expire(now);
      this.#drain(now);
    }
    this.#init.mesh.expire(now);
  }

  account(): AccountSource {
    const { control, config, limit, peers } = this.#init;
    return {
      state: control.state,
      url: config.control.url,
      host: this.#host,
      wantedName: config.name,
      network: this.#view,
      keyExpiry: this.#keyExpiry,
      lastMessageAt: control.state.phase === 'live' ? control.state.lastMessageAt : this.#lastMessageAt,
      leftOut: peers.leftOut,
      limit,
      wallOffset: this.#wallOffset,
    };
  }

  #drain(now: Instant): void {
    const { control } = this.#init;
    for (let output = control.poll(); output !== undefined; output = control.poll()) this.#take(output, now);
  }

  #take(output: ControlOutput, now: Instant): void {
    const { emit, control } = this.#init;
    switch (output.kind) {
      case 'link':
        emit({ kind: 'control-link', command: output.command });
        return;
      case 'keys':
        emit({ kind: 'persist', keys: output.keys });
        this.#nodeKey = output.keys?.nodeKey;
        if (this.#up) this.#identity(now);
        return;
      case 'view':
        this.#keyExpiry = output.keyExpiry;
        this.#apply(output.view, output.change, output.expired, now);
        return;
      case 'changed':
        if (control.state.phase === 'live') this.#lastMessageAt = control.state.lastMessageAt;
        else if (this.#mayNotGoOn()) this.#takeBack(now);
        return;
      case 'incident':
        this.#history.take(output.incident, now, (now + this.#wallOffset) as WallTime);
        return;
      case 'open-url':
        emit({ kind: 'open-url', url: output.url, why: output.why });
        return;
      case 'log':
        emit({ kind: 'log', level: output.level, area: 'control', text: output.text });
        return;
      default:
        return output satisfies never;
    }
  }

  /** Nobody would answer us: our key has ended, or the server forgot us, or we left. A server that is away ends nothing. */
  #mayNotGoOn(): boolean {
    const { phase } = this.#init.control.state;
    return phase === 'sign-in-needed' || phase === 'signed-out' || phase === 'off';
  }

  #apply(view: NetworkView, change: NetworkChange, expired: ReadonlySet<number>, now: Instant): void {
    if (expired.has(view.self.id) || this.#mayNotGoOn()) {
      this.#takeBack(now);
      this.#view = view;
      return;
    }
    const first = !this.#up;
    const all = first || change.self;
    this.#view = view;
    this.#up = true;
    if (all) {
      this.#addresses = view.self.addresses.map(({ address }) => address);
      this.#identity(now);
    }
    if (first || change.relays) this.#init.mesh.setMap(view.relays, now);
    if (all || change.filter) this.#filter();
    this.#init.peers.apply(view, first ? { ...change, peersPut: 'all' } : change, expired, now);
    if (all || change.dns || this.#routesTold !== this.#init.peers.routes.revision) this.#overlay();
    if (first) this.#init.ladder.beginRound(undefined, now, { key: 'history.cause.first-map', host: this.#host });
  }

  #identity(now: Instant): void {
    const key = this.#nodeKey;
    if (key === undefined) return;
    const addresses = this.#addresses.map(formatIp).join(' ');
    if (this.#told?.key === key && this.#told.addresses === addresses) return;
    this.#told = { key, addresses };
    this.#init.command({ kind: 'identity', privateKey: key.bytes, addresses: this.#addresses, mtu: this.#init.config.mtu });
    if (this.#view !== undefined) this.#init.mesh.setIdentity(key, this.#view.self.key, now);
  }

  #hostFacts(host: HostFacts): void {
    const before = this.#facts;
    this.#facts = host;
    if (this.#up && (before.shieldsUp !== host.shieldsUp || before.routableIps !== host.routableIps)) this.#filter();
  }

  #filter(): void {
    const view = this.#view;
    if (view === undefined || view.filter === null) {
      this.#init.command({ kind: 'set-filter', filter: { kind: 'block-all' } });
      return;
    }
    const local: readonly IpPrefix[] = [...view.self.addresses, ...this.#facts.routableIps];
    this.#init.command({ kind: 'set-filter', filter: { kind: 'rules', rules: view.filter, shieldsUp: this.#facts.shieldsUp, local } });
  }

  #overlay(): void {
    const view = this.#view;
    if (view === undefined) return;
    const { routes } = this.#init.peers;
    this.#routesTold = routes.revision;
    const overlay: OverlayState = { addresses: view.self.addresses, mtu: this.#init.config.mtu, routes: routes.routes(), dns: view.dns };
    this.#init.emit({ kind: 'overlay', overlay });
  }

  /** Peers, addresses, routes and names go; the account stays. */
  #takeBack(now: Instant): void {
    if (this.#init.control.state.phase === 'signed-out') {
      this.#view = undefined;
      this.#keyExpiry = null;
    }
    if (!this.#up) return;
    this.#up = false;
    this.#init.peers.clear(now);
    this.#init.mesh.leave(now);
    this.#init.command({ kind: 'forget-sessions' });
    this.#init.command({ kind: 'set-filter', filter: { kind: 'block-all' } });
    this.#init.emit({ kind: 'overlay', overlay: null });
    this.#addresses = [];
    this.#told = undefined;
    this.#routesTold = -1;
  }
}
