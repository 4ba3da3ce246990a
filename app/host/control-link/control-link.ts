/**
 * The control link of the host: obeys ControlLinkCommand, tells ControlLinkEvent (app/ports/control-link.ts), over TCP, TLS,
 * Noise and HTTP/2. One connection at a time; events of one that was given up are never told. It decides nothing: when to
 * connect, how long to wait and what to do next are control's. Events are told from the event loop, never inside `obey`.
 */
import https from 'node:https';
import http from 'node:http';
import { ephemeralKeys } from '../../noise/key-pairs.ts';
import { RecordOpener, RecordSealer } from '../../noise/records.ts';
import type { ControlFailure, ControlLinkCommand, ControlLinkEvent } from '../../ports/control-link.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Log } from '../../ports/log.ts';
import type { Rng } from '../../ports/rng.ts';
import type { Store } from '../../ports/store.ts';
import { EarlyPayloadSkipper } from '../../wire/early-payload.ts';
import { Failed } from '../reach/failure.ts';
import { KnownNames, systemLookup, type Lookup } from '../reach/known-names.ts';
import type { Environment } from '../reach/proxy-rules.ts';
import { trustedRoots } from '../reach/trusted-roots.ts';
import type { Established, Surroundings } from './attempt.ts';
import { establish } from './establish.ts';
import { RecordStream, type StreamEnd } from './record-stream.ts';
import { routesTo } from './routes.ts';
import { ControlSession } from './session.ts';
import { HAS_ZSTD } from './zstd.ts';

export interface ControlLinkInit {
  readonly crypto: Crypto;
  readonly rng: Rng;
  /** Keeps the addresses that last led to a server. */
  readonly store: Store;
  readonly log: Log;
  readonly onEvent: (event: ControlLinkEvent) => void;
  /** For tests; the system's otherwise. */
  readonly lookup?: Lookup;
  readonly roots?: () => readonly string[];
  readonly environment?: Environment;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly generation: number; readonly abort: AbortController }
  | { readonly kind: 'connected'; readonly generation: number; readonly host: string; readonly session: ControlSession };

export class HostControlLink {
  readonly #init: ControlLinkInit;
  readonly #around: Surroundings;
  #state: State = { kind: 'idle' };

  constructor(init: ControlLinkInit) {
    this.#init = init;
    const names = new KnownNames(init.store, init.log, init.lookup ?? systemLookup);
    this.#around = { crypto: init.crypto, rng: init.rng, names, environment: init.environment ?? process.env, roots: init.roots ?? trustedRoots };
  }

  obey(command: ControlLinkCommand): void {
    switch (command.kind) {
      case 'connect':
        this.#leave();
        void this.#connect(command);
        return;
      case 'request':
        if (this.#state.kind === 'connected' && this.#state.generation === command.generation) this.#state.session.request(command.id, command.path, command.body, command.form);
        return;
      case 'answer-ping':
        this.#answerPing(command.generation, command.url, command.overNoise);
        return;
      case 'cancel':
        if (this.#state.kind === 'connected') this.#state.session.cancel(command.id);
        return;
      case 'disconnect':
        this.#leave();
        return;
      default:
        command satisfies never;
    }
  }

  /** Ends the connection; nothing is told any more. */
  close(): void {
    this.#leave();
  }

  #leave(): void {
    const state = this.#state;
    this.#state = { kind: 'idle' };
    if (state.kind === 'connecting') state.abort.abort();
    if (state.kind === 'connected') state.session.close();
  }

  async #connect(command: Extract<ControlLinkCommand, { kind: 'connect' }>): Promise<void> {
    const { generation } = command;
    const abort = new AbortController();
    const state: State = { kind: 'connecting', generation, abort };
    this.#state = state;
    const routes = routesTo(command.url);
    const machine = ephemeralKeys(this.#init.crypto, command.machineKey.slice());
    const result =
      routes === undefined
        ? await Promise.resolve(new Failed<ControlFailure>({ kind: 'not-a-control-server', host: '', status: undefined, what: 'its address is not http or https' }))
        : await establish(this.#around, { routes, machine, pinnedKey: command.pinnedKey, signal: abort.signal, withinMs: command.withinMs });
    machine.secret.fill(0);
    if (this.#state !== state) {
      if (!(result instanceof Failed)) result.socket.destroy();
      return;
    }
    if (result instanceof Failed || routes === undefined) {
      this.#state = { kind: 'idle' };
      if (result instanceof Failed) this.#init.onEvent({ kind: 'lost', generation, failure: result.failure });
      return;
    }
    this.#begin(generation, routes.first.host, result);
  }

  #begin(generation: number, host: string, { socket, keys, rest, serverKey, address }: Established): void {
    const { crypto } = this.#init;
    const early = new EarlyPayloadSkipper();
    // The session is made of the stream: an end that comes before it exists is kept for it.
    const made: { session?: ControlSession; end?: StreamEnd } = {};
    const stream = new RecordStream({
      socket,
      sealer: new RecordSealer(crypto.packetKey(keys.send)),
      opener: new RecordOpener(crypto.packetKey(keys.receive)),
      rest,
      filter: (plain) => early.push(plain),
      ended: (end) => {
        made.end = end;
        made.session?.lose(failureOf(end, host));
      },
    });
    keys.send.fill(0);
    keys.receive.fill(0);
    const session = new ControlSession({
      stream,
      host,
      emit: (event) => this.#isNow(generation) && this.#init.onEvent(event),
      lost: (failure) => {
        if (!this.#isNow(generation)) return;
        this.#state = { kind: 'idle' };
        this.#init.onEvent({ kind: 'lost', generation, failure });
      },
    });
    made.session = session;
    this.#state = { kind: 'connected', generation, host, session };
    if (address !== undefined) this.#around.names.remember(host, address);
    this.#init.onEvent({ kind: 'connected', generation, serverKey, zstd: HAS_ZSTD });
    if (made.end !== undefined) session.lose(failureOf(made.end, host));
  }

  #isNow(generation: number): boolean {
    return this.#state.kind === 'connected' && this.#state.generation === generation;
  }

  /** Only to the control server's own host: a server has no business in making us knock elsewhere. */
  #answerPing(generation: number, text: string, overNoise: boolean): void {
    if (this.#state.kind !== 'connected' || this.#state.generation !== generation || !URL.canParse(text)) return;
    const url = new URL(text);
    const plain = url.protocol === 'http:';
    if (url.hostname.replace(/^\[(.*)\]$/, '$1') !== this.#state.host || (!plain && url.protocol !== 'https:')) {
      this.#init.log.write('warn', 'control', 'the server asks for an answer at another host: not given');
      return;
    }
    if (overNoise) return this.#state.session.head(url.pathname + url.search);
    const asked = (plain ? http : https).request(url, { method: 'HEAD', timeout: 15_000, ...(plain ? {} : { ca: [...this.#around.roots()] }) }, (response) => response.resume());
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => {});
    asked.end();
  }
}

function failureOf(end: StreamEnd, host: string): ControlFailure {
  switch (end.kind) {
    case 'broken':
      return { kind: 'protocol', host, what: end.reason.refused };
    case 'closed':
      return { kind: 'closed', host, code: end.code };
    default:
      return end satisfies never;
  }
}
