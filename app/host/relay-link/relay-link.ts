/**
 * The relay link of the host: obeys RelayLinkCommand, tells RelayLinkEvent (app/ports/relay-link.ts), over TCP, TLS and the
 * upgrade to DERP. Connections to several regions stand side by side, each under its generation; events of one that was
 * closed are never told. It decides nothing: whom to reach, when, and what to do next are relay's. Events are told from the
 * event loop, never inside `obey`.
 *
 * A relay is reached over TLS always. The one exception is asked for by whoever makes the link (`plainOnLoopback`, the
 * demo's sandbox), is never a server's to ask for, and holds for addresses of this computer alone.
 */
import type { Log } from '../../ports/log.ts';
import type { RelayLinkCommand, RelayLinkEvent } from '../../ports/relay-link.ts';
import type { Store } from '../../ports/store.ts';
import { Failed } from '../reach/failure.ts';
import { KnownNames, systemLookup, type Lookup } from '../reach/known-names.ts';
import type { Environment } from '../reach/proxy-rules.ts';
import { trustedRoots } from '../reach/trusted-roots.ts';
import { reachRelay, type Reached, type RelayMeans } from './reach-relay.ts';
import { RelayStream } from './relay-stream.ts';

export interface RelayLinkInit {
  /** Keeps the addresses that last led to a server; the same as the control link's. */
  readonly store: Store;
  readonly log: Log;
  readonly onEvent: (event: RelayLinkEvent) => void;
  /** A relay whose addresses are all of this computer is spoken to in plain HTTP. For the sandbox alone. */
  readonly plainOnLoopback?: boolean;
  /** For tests; the system's otherwise. */
  readonly lookup?: Lookup;
  readonly roots?: () => readonly string[];
  readonly environment?: Environment;
}

type State = { readonly kind: 'opening'; readonly abort: AbortController } | { readonly kind: 'open'; readonly stream: RelayStream };

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
    };
  }

  obey(command: RelayLinkCommand): void {
    switch (command.kind) {
      case 'open':
        void this.#open(command);
        return;
      case 'write': {
        const state = this.#connections.get(command.generation);
        if (state?.kind === 'open') state.stream.write(command.bytes);
        return;
      }
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

  #leave(generation: number): void {
    const state = this.#connections.get(generation);
    this.#connections.delete(generation);
    if (state?.kind === 'opening') state.abort.abort();
    if (state?.kind === 'open') state.stream.close();
  }

  async #open({ generation, nodes, withinMs }: Extract<RelayLinkCommand, { kind: 'open' }>): Promise<void> {
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
    this.#begin(generation, result);
  }

  #begin(generation: number, { socket, first, node, host, localAddress }: Reached): void {
    const { onEvent } = this.#init;
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
