/**
 * The control machine: stays with one control server for one account. Pure. It owns the rooms beside it and orders them:
 *
 *   Connection (when to try) -> Registration (who we are) -> MapStream (what the network is) + LiteUpdates (what changed here)
 *   Expiry (whose key has ended), Incidents (what the history is told)
 *
 * Only what is accepted moves on; the last good view stays whatever happens. Callers: node/, and tests and sim/ in its
 * place. Inputs, outputs and states: types.ts. Secrets leave in `link` and `keys` outputs and nowhere else.
 */
import { RingQueue } from '../base/ring.ts';
import type { ControlFailure, ControlLinkEvent } from '../ports/control-link.ts';
import { earlier, type Deadline } from '../time/deadline.ts';
import { after, age, type Duration, type Instant, type WallTime } from '../time/instant.ts';
import { mapBody } from './bodies.ts';
import { Connection } from './connection.ts';
import { OUTPUTS_WAITING, REFUSED_AGAIN, SIGN_OUT_WITHIN, STANDING_EVERY, STANDING_LEAST, URLS_REMEMBERED } from './constants.ts';
import { Expiry } from './expiry.ts';
import { Incidents } from './incidents.ts';
import { LiteUpdates } from './lite-updates.ts';
import type { Applied, MapExtras } from './map-session-types.ts';
import { MapStream } from './map-stream.ts';
import type { NetworkChange, NetworkView } from './network-view.ts';
import { Registration, usableWait, type Outcome } from './registration.ts';
import { hostOf, webAddress } from './server-text.ts';
import { stateOf, type Stop } from './state.ts';
import type { ControlConfig, ControlCounts, ControlInit, ControlInput, ControlLike, ControlOutput, ControlState, ControlTrouble, HostFacts, LocalEndpoint, NetFacts } from './types.ts';

/** All of one account while the machine runs. */
interface Running {
  readonly config: ControlConfig;
  readonly registration: Registration;
  /** Why nothing is tried, if so. */
  stop: Stop;
}

const NO_CHANGE: NetworkChange = { self: false, peersPut: [], peersRemoved: [], relays: false, dns: false, filter: false, users: false, domain: false, health: false };

export class Control implements ControlLike {
  readonly #init: ControlInit;
  readonly #outputs = new RingQueue<ControlOutput>(OUTPUTS_WAITING);
  readonly #connection: Connection;
  readonly #stream: MapStream;
  readonly #updates: LiteUpdates;
  readonly #expiry = new Expiry();
  readonly #incidents: Incidents;
  readonly #urlsSeen = new Set<string>();
  #running: Running | undefined;
  #view: NetworkView | undefined;
  #state: ControlState = { phase: 'off', since: 0 as Instant };
  #changed = false;
  #nextRequest = 1;
  #host: HostFacts | undefined;
  #net: NetFacts = {};
  #endpoints: readonly LocalEndpoint[] = [];
  #lastTrouble: ControlTrouble | undefined;
  /** When the server last showed that it knows us: by more than a keep-alive. */
  #knownAt: Instant | undefined;
  #registers = 0;
  #streams = 0;

  constructor(init: ControlInit) {
    this.#init = init;
    this.#connection = new Connection({ rng: init.rng, emit: (command) => this.#emit({ kind: 'link', command }) });
    this.#stream = new MapStream(init.rng);
    this.#updates = new LiteUpdates({ rng: init.rng, send: (body) => this.#request('/machine/map', body, 'whole'), cancel: (id) => this.#cancel(id) });
    this.#incidents = new Incidents((incident) => this.#emit({ kind: 'incident', incident }));
  }

  get state(): ControlState {
    return this.#state;
  }

  get view(): NetworkView | undefined {
    return this.#view;
  }

  get counts(): ControlCounts {
    return {
      connects: this.#connection.connects,
      teardowns: this.#connection.teardowns,
      registers: this.#registers,
      streams: this.#streams,
      updates: this.#updates.sent,
      messages: this.#stream.messages,
      refusals: this.#stream.refusals,
    };
  }

  handle(input: ControlInput, now: Instant): void {
    switch (input.kind) {
      case 'start':
        this.#start(input.config, input.wall, now);
        break;
      case 'stop':
        this.#stop();
        break;
      case 'link':
        this.#link(input.event, now);
        break;
      case 'network':
        this.#network(input.now, now);
        break;
      case 'slept':
        this.#expiry.setWall(input.wall, now);
        this.#doubt({ kind: 'slept', forMs: input.forMs }, now);
        break;
      case 'wall-clock':
        this.#expiry.setWall(input.wall, now);
        break;
      case 'sign-in':
      case 'sign-out':
      case 'accept-server-key':
      case 'retry':
        if (this.#running !== undefined) this.#person(this.#running, input, now);
        break;
      case 'ask-standing':
        this.#askStanding(STANDING_LEAST, now);
        break;
      case 'endpoints':
        this.#endpoints = input.endpoints;
        break;
      case 'host-facts':
        this.#host = input.host;
        break;
      case 'net-facts':
        this.#net = input.net;
        break;
      default:
        return input satisfies never;
    }
    this.#goOn(now);
  }

  poll(): ControlOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    if (!this.#changed) return undefined;
    this.#changed = false;
    return { kind: 'changed' };
  }

  nextDeadline(): Deadline | undefined {
    if (this.#running === undefined) return undefined;
    const { stop, registration } = this.#running;
    const until = stop.kind === 'signing-out' ? stop.until : stop.kind === 'refused' ? stop.until : undefined;
    let next: Deadline | undefined = until === undefined ? undefined : { at: until, why: `control: ${stop.kind}` };
    for (const room of [this.#connection, registration, this.#stream, this.#updates, this.#expiry]) next = earlier(next, room.nextDeadline());
    return next;
  }

  expire(now: Instant): void {
    const running = this.#running;
    const due = this.nextDeadline();
    if (running === undefined || due === undefined || due.at > now) return;
    if (running.stop.kind === 'signing-out' && running.stop.until <= now) this.#signedOut(running, false, now);
    if (running.stop.kind === 'refused' && running.stop.until !== undefined && running.stop.until <= now) running.stop = { kind: 'none' };
    for (let what = this.#stream.expire(now); what !== undefined; what = this.#stream.expire(now)) {
      if (what.kind === 'resync') this.#openStream(running, now);
      else this.#fail({ kind: 'silent', forMs: what.forMs }, undefined, now);
    }
    const outcome = running.registration.expire(now);
    if (outcome !== undefined) this.#act(running, outcome, now);
    this.#updates.expire(now);
    this.#keysEnded(running, this.#expiry.expire(now), now);
    if (this.#connection.expire(now)) this.#dropRequests(running);
    this.#goOn(now);
  }

  #start(config: ControlConfig, wall: WallTime, now: Instant): void {
    this.#stop();
    this.#expiry.setWall(wall, now);
    this.#host = config.host;
    this.#view = undefined;
    this.#running = {
      config,
      stop: { kind: 'none' },
      registration: new Registration(
        {
          crypto: this.#init.crypto,
          rng: this.#init.rng,
          emit: (output) => this.#emit(output),
          send: (body) => {
            this.#registers++;
            return this.#request('/machine/register', body, 'whole');
          },
          cancel: (id) => this.#cancel(id),
        },
        config.keys,
        config.authKey,
        config.ephemeral,
        now,
      ),
    };
  }

  #stop(): void {
    if (this.#running === undefined) return;
    this.#incidents.over('stopped');
    this.#dropRequests(this.#running);
    this.#connection.forget();
    this.#expiry.clear();
    this.#running = undefined;
    this.#lastTrouble = undefined;
  }

  #network(state: 'up' | 'down' | 'changed', now: Instant): void {
    if (state === 'down') {
      if (this.#running !== undefined) this.#dropRequests(this.#running);
      if (this.#connection.life.kind !== 'idle' && this.#connection.life.kind !== 'no-network') {
        this.#lastTrouble = { kind: 'network-down' };
        this.#incidents.wrong(this.#lastTrouble, { kind: 'wait-for-network' }, now);
      }
      this.#connection.network('down', now);
      return;
    }
    const waited = this.#connection.life.kind === 'no-network';
    this.#connection.network('up', now);
    if (this.#running?.stop.kind === 'key-changed') this.#running.stop = { kind: 'none' };
    if (!waited && state === 'changed') this.#doubt({ kind: 'network-changed' }, now);
  }

  /** Nothing counts as connected until it is proved: a new connection at once, if the bucket has one. */
  #doubt(cause: ControlTrouble, now: Instant): void {
    const before = this.#connection.connects;
    const life = this.#connection.life.kind;
    if (life === 'idle' || life === 'no-network') return;
    this.#lastTrouble = cause;
    this.#incidents.wrong(cause, { kind: 'reconnect', attempts: 0 }, now);
    this.#connection.hasten(cause, now);
    if (this.#running !== undefined && this.#connection.connects > before) this.#dropRequests(this.#running);
  }

  #person(running: Running, input: { readonly kind: 'accept-server-key' | 'retry' | 'sign-out' } | Extract<ControlInput, { kind: 'sign-in' }>, now: Instant): void {
    const { registration, stop } = running;
    switch (input.kind) {
      case 'sign-in':
        if (stop.kind === 'signing-out') return;
        if (stop.kind !== 'key-changed') running.stop = { kind: 'none' };
        // The answer to this attempt is not the one to the last.
        if (this.#lastTrouble?.kind === 'says-no') this.#lastTrouble = undefined;
        registration.askSignIn(input.authKey, now);
        this.#connection.hurry(now);
        return;
      case 'sign-out':
        if (stop.kind === 'signing-out' || stop.kind === 'signed-out') return;
        this.#stream.close();
        this.#updates.stop();
        registration.askSignOut();
        if (registration.keys.nodeKey === undefined) {
          this.#signedOut(running, true, now);
          return;
        }
        running.stop = { kind: 'signing-out', until: after(now, SIGN_OUT_WITHIN) };
        this.#connection.hurry(now);
        return;
      case 'accept-server-key':
        if (stop.kind !== 'key-changed') return;
        registration.pin(stop.offered);
        running.stop = { kind: 'none' };
        return;
      case 'retry':
        if (stop.kind === 'refused' || stop.kind === 'key-changed') running.stop = { kind: 'none' };
        this.#connection.hurry(now);
        return;
      default:
        return input satisfies never;
    }
  }

  #link(event: ControlLinkEvent, now: Instant): void {
    const running = this.#running;
    if (running === undefined) return;
    switch (event.kind) {
      case 'connected':
        if (this.#connection.isCurrent(event.generation)) this.#connected(running, event.serverKey, event.zstd, now);
        return;
      case 'lost':
        if (this.#connection.isCurrent(event.generation)) this.#lost(running, event.failure, now);
        return;
      case 'response': {
        const wait = usableWait(event.retryAfterMs);
        const outcome = running.registration.answered(event.id, event.status, event.retryAfterMs, event.body, now);
        if (outcome !== undefined) this.#act(running, outcome, now);
        else if (this.#updates.answered(event.id, event.status, wait, now)) {
          if (event.status === 200) this.#knownAt = now;
          else if (event.status === 404) this.#unknownNode(running, now);
        }
        return;
      }
      case 'stream-began':
        if (event.id !== this.#stream.id) return;
        if (event.status === 200) this.#stream.began();
        else if (event.status === 404) this.#unknownNode(running, now);
        else this.#streamRefused(event.status, event.retryAfterMs, now);
        return;
      case 'message':
        if (event.id === this.#stream.id) this.#message(running, event.text, now);
        return;
      case 'stream-ended': {
        if (event.id === this.#stream.id) {
          this.#fail(event.failure === undefined ? { kind: 'stream-closed' } : { kind: 'link', failure: event.failure }, undefined, now);
          return;
        }
        const outcome = running.registration.broke(event.id);
        if (outcome !== undefined) this.#act(running, outcome, now);
        else this.#updates.answered(event.id, undefined, undefined, now);
        return;
      }
      default:
        return event satisfies never;
    }
  }

  #connected(running: Running, serverKey: Uint8Array, zstd: boolean, now: Instant): void {
    const pinned = running.registration.keys.pinnedServerKey;
    if (pinned !== undefined && !sameBytes(pinned, serverKey)) {
      this.#keyChanged(running, pinned, serverKey, now);
      return;
    }
    if (pinned === undefined) running.registration.pin(serverKey);
    this.#connection.connected(zstd);
  }

  #lost(running: Running, failure: ControlFailure, now: Instant): void {
    this.#dropRequests(running);
    const pinned = running.registration.keys.pinnedServerKey;
    if (failure.kind === 'key-changed' && pinned !== undefined) {
      this.#keyChanged(running, pinned, failure.offered, now);
      return;
    }
    this.#wrong({ kind: 'link', failure }, now);
    this.#connection.lost({ kind: 'link', failure }, now);
  }

  #keyChanged(running: Running, pinned: Uint8Array, offered: Uint8Array, now: Instant): void {
    running.stop = { kind: 'key-changed', pinned: pinned.slice(), offered: offered.slice() };
    this.#dropRequests(running);
    this.#connection.unwant();
    this.#wrong({ kind: 'link', failure: { kind: 'key-changed', host: hostOf(running.config.url) ?? '', pinned: pinned.slice(), offered: offered.slice() } }, now);
    this.#incidents.over('key-changed');
  }

  /** Ends the connection because of what was, or was not, said over it. */
  #fail(trouble: ControlTrouble, waitMs: Duration | undefined, now: Instant): void {
    if (this.#running !== undefined) this.#dropRequests(this.#running);
    this.#wrong(trouble, now);
    this.#connection.failed(trouble, waitMs, now);
  }

  #wrong(trouble: ControlTrouble, now: Instant): void {
    this.#lastTrouble = trouble;
    if (!this.#incidents.isOpen) this.#log('warn', `control: ${trouble.kind === 'link' ? trouble.failure.kind : trouble.kind}`);
    const since = trouble.kind === 'silent' ? after(now, -trouble.forMs) : now;
    this.#incidents.wrong(trouble, { kind: 'reconnect', attempts: this.#connection.failures + 1 }, since);
  }

  #dropRequests(running: Running): void {
    running.registration.disconnected();
    this.#stream.close();
    this.#updates.disconnected();
  }

  #streamRefused(status: number, retryAfterMs: Duration | undefined, now: Instant): void {
    if (status !== 429) {
      this.#fail({ kind: 'http', during: 'map', status, text: '' }, usableWait(retryAfterMs), now);
      return;
    }
    const waitMs = usableWait(retryAfterMs) ?? this.#running?.registration.busyWait() ?? 0;
    this.#fail({ kind: 'busy', during: 'map', waitMs }, waitMs, now);
  }

  #unknownNode(running: Running, now: Instant): void {
    this.#fail({ kind: 'node-unknown' }, undefined, now);
    running.registration.unknownToServer(now);
    this.#incidents.act({ kind: 'register-again' });
  }

  #act(running: Running, outcome: Outcome, now: Instant): void {
    switch (outcome.kind) {
      case 'go-on':
        return;
      case 'member':
        running.stop = { kind: 'none' };
        if (outcome.keyChanged) {
          this.#log('info', 'control: the server took a new node key');
          this.#stream.close();
        }
        return;
      case 'failed':
        this.#fail(outcome.trouble, outcome.waitMs, now);
        return;
      case 'refused': {
        const until = outcome.again ? after(now, REFUSED_AGAIN * (0.5 + this.#init.rng.fraction())) : undefined;
        this.#wrong({ kind: 'says-no', text: outcome.text }, now);
        // A renewal that is refused leaves the old key in use.
        if (running.registration.standing.kind === 'member' && !this.#expiry.selfExpired) {
          running.registration.dropTrial();
          if (this.#stream.lastMessageAt !== undefined) this.#incidents.over('refused');
          return;
        }
        running.stop = { kind: 'refused', text: outcome.text, until };
        this.#incidents.over('refused');
        return;
      }
      case 'refresh':
        this.#connection.hasten({ kind: 'stream-closed' }, now);
        if (this.#connection.life.kind !== 'up') this.#dropRequests(running);
        return;
      case 'signed-out':
        this.#signedOut(running, outcome.serverKnows, now);
        return;
      default:
        return outcome satisfies never;
    }
  }

  #signedOut(running: Running, serverKnows: boolean, now: Instant): void {
    this.#dropRequests(running);
    this.#connection.unwant();
    running.registration.wiped(now);
    this.#emit({ kind: 'keys', keys: undefined });
    this.#view = undefined;
    this.#expiry.clear();
    running.stop = { kind: 'signed-out', serverKnows };
    this.#incidents.over('signed-out');
    this.#lastTrouble = undefined;
    this.#log('info', serverKnows ? 'control: signed out' : 'control: signed out here; the server could not be told');
  }

  #openStream(running: Running, now: Instant): void {
    const { life } = this.#connection;
    const key = running.registration.publicKey();
    const host = this.#host;
    if (life.kind !== 'up' || key === undefined || host === undefined) return;
    if (this.#stream.id !== undefined) this.#cancel(this.#stream.id);
    this.#streams++;
    const facts = { key, discoKey: running.config.discoKey, host, net: this.#net, endpoints: this.#endpoints };
    const id = this.#request('/machine/map', mapBody({ ...facts, form: 'stream', zstd: life.zstd }), 'stream');
    this.#stream.opened(id, this.#init.createMapSession(), now);
    this.#updates.streamTold(mapBody({ ...facts, form: 'update', zstd: false }));
  }

  #message(running: Running, text: string, now: Instant): void {
    const applied = this.#stream.message(text, this.#expiry.wallAt(now), now);
    if (applied === undefined) return;
    if (applied.kind === 'refused') {
      this.#log('debug', `control: a message was refused: ${applied.reason.refused}`);
      return;
    }
    if (applied.extras.serverTime !== undefined) this.#expiry.setServerTime(applied.extras.serverTime, now);
    if (applied.kind === 'updated') {
      this.#knownAt = now;
      this.#updated(running, applied, now);
    } else this.#askStanding(STANDING_EVERY, now);
    if (this.#view !== undefined && this.#stream.lastMessageAt !== undefined) {
      this.#connection.proved();
      running.registration.proved();
      this.#lastTrouble = undefined;
      this.#incidents.over('live-again');
    }
    this.#extras(running, applied.extras, now);
  }

  #askStanding(unknownFor: Duration, now: Instant): void {
    if (this.#knownAt !== undefined && age(this.#knownAt, now) >= unknownFor) this.#updates.repeat(now);
  }

  #updated(running: Running, applied: Extract<Applied, { kind: 'updated' }>, now: Instant): void {
    const { view, change } = applied;
    const before = this.#expiry.expired;
    const same = view === this.#view;
    this.#view = view;
    this.#expiry.updated(view, change, now);
    if (!same || this.#expiry.expired !== before) this.#emit({ kind: 'view', view, change, expired: this.#expiry.expired, keyExpiry: this.#expiry.selfEnds });
    this.#ownKey(running, now);
  }

  /** Some keys are judged otherwise than before, by the clock alone. */
  #keysEnded(running: Running, ids: readonly number[], now: Instant): void {
    const view = this.#view;
    if (ids.length === 0 || view === undefined) return;
    const change = { ...NO_CHANGE, self: ids.includes(view.self.id), peersPut: ids.filter((id) => id !== view.self.id) };
    this.#emit({ kind: 'view', view, change, expired: this.#expiry.expired, keyExpiry: this.#expiry.selfEnds });
    this.#ownKey(running, now);
  }

  #ownKey(running: Running, now: Instant): void {
    const ends = this.#expiry.selfEnds;
    if (this.#expiry.selfExpired) running.registration.keyEnded(ends ?? undefined, now);
    else running.registration.keyExtended();
  }

  #extras(running: Running, extras: MapExtras, now: Instant): void {
    const { ping, openUrl, sleepMs } = extras;
    // A server may make us ask itself, never another.
    if (ping !== undefined && ping.types === '' && (ping.overNoise || hostOf(ping.url) === hostOf(running.config.url)) && this.#firstSeen(`ping ${ping.url}`)) {
      const { life } = this.#connection;
      if (life.kind === 'up') this.#emit({ kind: 'link', command: { kind: 'answer-ping', generation: life.generation, url: ping.url, overNoise: ping.overNoise } });
    }
    const address = openUrl === undefined ? undefined : webAddress(openUrl);
    if (address !== undefined && this.#firstSeen(`open ${address}`)) this.#emit({ kind: 'open-url', url: address, why: 'server' });
    if (sleepMs !== undefined && sleepMs > 0) this.#fail({ kind: 'asked-for-silence', forMs: sleepMs }, sleepMs, now);
  }

  #firstSeen(what: string): boolean {
    if (this.#urlsSeen.has(what)) return false;
    if (this.#urlsSeen.size >= URLS_REMEMBERED) for (const oldest of this.#urlsSeen) {
      this.#urlsSeen.delete(oldest);
      break;
    }
    this.#urlsSeen.add(what);
    return true;
  }

  /** After every input: what can be begun is begun, and the state is told. */
  #goOn(now: Instant): void {
    const running = this.#running;
    if (running !== undefined) {
      const { registration, stop, config } = running;
      if (stop.kind === 'none' || stop.kind === 'signing-out') {
        this.#connection.want({ url: config.url, machineKey: config.machineKey.bytes, pinnedKey: registration.keys.pinnedServerKey }, now);
      } else {
        this.#dropRequests(running);
        this.#connection.unwant();
      }
      if (this.#connection.life.kind === 'up' && this.#host !== undefined) {
        registration.next(this.#host, now);
        if (stop.kind === 'none' && registration.standing.kind === 'member') this.#keepMap(running, this.#host, now);
      }
      if (registration.signIn() !== undefined && registration.standing.kind === 'outsider') this.#incidents.over('sign-in-needed');
      if (this.#connection.life.kind === 'connecting') this.#incidents.act({ kind: 'reconnect', attempts: this.#connection.failures + 1 });
    }
    this.#tell(now);
  }

  #keepMap(running: Running, host: HostFacts, now: Instant): void {
    if (this.#stream.id === undefined) {
      this.#openStream(running, now);
      return;
    }
    const key = running.registration.publicKey();
    if (key !== undefined) this.#updates.want(mapBody({ key, discoKey: running.config.discoKey, host, net: this.#net, endpoints: this.#endpoints, form: 'update', zstd: false }), now);
  }

  #tell(now: Instant): void {
    const next = stateOf(
      {
        running: this.#running,
        connection: this.#connection,
        stream: this.#stream,
        expired: this.#expiry.selfExpired,
        lastTrouble: this.#lastTrouble,
      },
      this.#state,
      now,
    );
    if (next === this.#state) return;
    if (next.phase !== this.#state.phase) this.#log('debug', `control: ${next.phase}`);
    if (next.phase === 'sign-in-needed' && this.#state.phase !== 'sign-in-needed' && next.signIn.why.kind === 'key-expired') {
      this.#incidents.wrong({ kind: 'key-expired' }, { kind: 'ask-person' }, now);
      this.#incidents.over('sign-in-needed');
    }
    this.#state = next;
    this.#changed = true;
  }

  #request(path: string, body: string, form: 'whole' | 'stream'): number {
    const id = this.#nextRequest++;
    const { life } = this.#connection;
    if (life.kind !== 'up') throw new Error('a request needs a connection that is up');
    this.#emit({ kind: 'link', command: { kind: 'request', generation: life.generation, id, path, body, form } });
    return id;
  }

  #cancel(id: number): void {
    if (this.#connection.life.kind === 'up') this.#emit({ kind: 'link', command: { kind: 'cancel', id } });
  }

  #log(level: 'info' | 'warn' | 'debug', text: string): void {
    this.#emit({ kind: 'log', level, text });
  }

  #emit(output: ControlOutput): void {
    if (!this.#outputs.push(output)) throw new Error('outputs are not drained: the owner must poll after each input');
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
