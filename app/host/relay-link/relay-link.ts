/**
 * The relay link of the host: obeys RelayLinkCommand, tells RelayLinkEvent (app/ports/relay-link.ts), over TCP, TLS and the
 * upgrade to DERP. Connections to several regions stand side by side, each under its generation; events of one that was
 * closed are never told. It decides nothing: whom to reach, when, and what to do next are relay's. Events are told from the
 * event loop, never inside `send`.
 *
 * A relay is reached over TLS always. The one exception is asked for by whoever makes the link (`plainOnLoopback`, the
 * demo's sandbox), is never a server's to ask for, and holds for addresses of this computer alone.
 */
import type { Log } from '../../ports/log.ts';
import type { RelayCarrier, RelayLaneEvent } from '../../ports/relay-lane.ts';
import type { RelayLinkCommand, RelayLinkEvent } from '../../ports/relay-link.ts';
import type { Store } from '../../ports/store.ts';
import { Failed } from '../reach/failure.ts';
import { KnownNames, systemLookup, type Lookup } from '../reach/known-names.ts';
import type { Environment } from '../reach/proxy-rules.ts';
import { trustedRoots } from '../reach/trusted-roots.ts';
import { handOver } from './hand-over.ts';
import { reachRelay, type Reached, type RelayMeans } from './reach-relay.ts';
import { RelayStream } from './relay-stream.ts';

export interface RelayLinkInit {
  /** Keeps the addresses that last led to a server; the same as the control link's. */
  readonly store: Store;
  readonly log: Log;
  readonly onEvent: (event: RelayLinkEvent) => void;
  /** A relay whose addresses are all of this computer is spoken to in plain HTTP. For the sandbox alone. */
  readonly plainOnLoopback?: boolean;
  /** Who can move packets between the tunnel and a connection without this thread. */
  readonly carrier?: RelayCarrier;
  /** For tests; the system's otherwise. */
  readonly lookup?: Lookup;
  readonly roots?: () => readonly string[];
  readonly environment?: Environment;
}

/** Hosts that are remembered as unfit to be handed over; beyond, all are tried again. */
const UNFIT_KEPT = 1_024;

type State = { readonly kind: 'opening'; readonly abort: AbortController } | { readonly kind: 'open'; readonly stream: RelayStream } | { readonly kind: 'handed-over'; readonly host: string };

export class HostRelayLink {
  readonly #init: RelayLinkInit;
  readonly #means: RelayMeans;
  /** By generation. */
  readonly #connections = new Map<number, State>();

  constructor(init: RelayLinkInit) {
    this.#init = init;
    this.#means = {
      names: new KnownNames(init.store, init.log, init.lookup ?? systemLookup),
      environment: init.environment ?? process.env,
      roots: init.roots ?? trustedRoots,
      plainOnLoopback: init.plainOnLoopback ?? false,
      ipv6: { works: false },
      carrier: init.carrier,
      unfit: new Set(),
    };
  }

  send(command: RelayLinkCommand): void {
    switch (command.kind) {
      case 'open':
        void this.#open(command);
        return;
      case 'write': {
        const state = this.#connections.get(command.generation);
        if (state?.kind === 'open') state.stream.write(command.bytes);
        if (state?.kind === 'handed-over') this.#init.carrier?.send({ ...command, kind: 'lane-write' });
        return;
      }
      case 'carry':
        if (this.#connections.get(command.generation)?.kind === 'handed-over') this.#init.carrier?.send({ ...command, kind: 'lane-carry' });
        return;
      case 'close':
        this.#leave(command.generation);
        return;
      default:
        command satisfies never;
    }
  }

  /** Ends every connection; nothing is told any more. */
  close(): void {
    for (const generation of this.#connections.keys()) this.#leave(generation);
  }

  /** Frames of a connection that was handed over. Valid only during the call. */
  frames(generation: number, bytes: Uint8Array): void {
    if (this.#connections.get(generation)?.kind === 'handed-over') this.#init.onEvent({ kind: 'data', generation, bytes });
  }

  /** Of a connection that was handed over. */
  lane(event: RelayLaneEvent): void {
    const state = this.#connections.get(event.generation);
    if (state?.kind !== 'handed-over') return;
    if (event.kind !== 'lost') return this.#init.onEvent(event);
    this.#connections.delete(event.generation);
    // A server whose records are of another kind than expected is better off in the hands of Node.
    if (event.code?.startsWith('TLS_') === true) this.#unfit(state.host);
    this.#init.onEvent({ kind: 'lost', generation: event.generation, failure: { kind: 'closed', host: state.host, code: event.code } });
  }

  /** Whoever had the lanes is gone, and every connection with it. */
  lanesLost(): void {
    for (const [generation, state] of this.#connections) if (state.kind === 'handed-over') this.lane({ kind: 'lost', generation, code: 'CARRIER_ENDED' });
  }

  #unfit(host: string): void {
    const { unfit } = this.#means;
    if (unfit.size >= UNFIT_KEPT) unfit.clear();
    unfit.add(host);
  }

  #leave(generation: number): void {
    const state = this.#connections.get(generation);
    this.#connections.delete(generation);
    if (state?.kind === 'opening') state.abort.abort();
    if (state?.kind === 'open') state.stream.close();
    if (state?.kind === 'handed-over') this.#init.carrier?.send({ kind: 'lane-close', generation });
  }

  async #open({ generation, region, nodes, withinMs }: Extract<RelayLinkCommand, { kind: 'open' }>): Promise<void> {
    if (this.#connections.has(generation)) throw new Error(`generation ${generation} is used twice`);
    const abort = new AbortController();
    const state: State = { kind: 'opening', abort };
    this.#connections.set(generation, state);
    const result = await reachRelay(this.#means, nodes, withinMs, abort.signal);
    if (this.#connections.get(generation) !== state) {
      if (!(result instanceof Failed)) result.socket.destroy();
      return;
    }
    if (result instanceof Failed) {
      this.#connections.delete(generation);
      this.#init.onEvent({ kind: 'lost', generation, failure: result.failure });
      return;
    }
    this.#begin(generation, region, result);
  }

  #begin(generation: number, region: number, reached: Reached): void {
    const { onEvent, carrier } = this.#init;
    const { socket, node, host, localAddress, handle } = reached;
    let { first } = reached;
    if (handle !== undefined && carrier !== undefined) {
      const outcome = handOver(handle, socket, first, generation, region, carrier);
      if (outcome.kind === 'handed-over') {
        this.#connections.set(generation, { kind: 'handed-over', host });
        onEvent({ kind: 'opened', generation, node, localAddress });
        return;
      }
      first = outcome.first;
      if (outcome.unfit) this.#unfit(host);
    }
    const stream = new RelayStream({
      socket,
      heard: (bytes) => {
        // What is heard first may have closed it.
        if (this.#connections.has(generation)) onEvent({ kind: 'data', generation, bytes });
      },
      written: (bytes) => onEvent({ kind: 'written', generation, bytes }),
      ended: (code) => {
        if (this.#connections.delete(generation)) onEvent({ kind: 'lost', generation, failure: { kind: 'closed', host, code } });
      },
    });
    this.#connections.set(generation, { kind: 'open', stream });
    onEvent({ kind: 'opened', generation, node, localAddress });
    if (this.#connections.has(generation)) stream.begin(first);
  }
}
