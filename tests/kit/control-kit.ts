/**
 * A control machine on a bench: explicit instants, its outputs sorted by kind, answers of a server by hand. Its map session
 * is a small double that reads `{"self":..,"peers":..}`; the real one has its own tests and runs in the simulator.
 */
import { IntMap } from '../../app/base/shared-map.ts';
import { createSeededRng } from '../../app/base/seeded-rng.ts';
import { reject } from '../../app/base/reject.ts';
import { Control } from '../../app/control/control.ts';
import type { Applied, MapExtras } from '../../app/control/map-session-types.ts';
import type { NetworkView } from '../../app/control/network-view.ts';
import { NO_KEYS, type ControlConfig, type ControlIncident, type ControlInput, type ControlKeys, type ControlOutput, type HostFacts, type MapSessionLike } from '../../app/control/types.ts';
import { PrivateKey } from '../../app/keys/keys.ts';
import type { ControlFailure, ControlLinkCommand, ControlLinkEvent } from '../../app/ports/control-link.ts';
import { instant, wallTime, type Instant } from '../../app/time/instant.ts';
import type { NetNode } from '../../app/wire/netmap/types.ts';

export const HOST: HostFacts = { os: 'linux', osVersion: '6.1', hostname: 'anna', clientVersion: '0.1.0', backendLogId: 'abc', arch: 'amd64', routableIps: [], requestTags: [], shieldsUp: false };
export const SERVER_KEY = new Uint8Array(32).fill(7);
export const WALL = wallTime(1_800_000_000_000);
export const LOGIN_URL = 'https://hs.example.org/register/hskey-authreq-0123456789abcdef01234567';

/** What the double reads. */
export interface SampleMap {
  readonly keepAlive?: boolean;
  /** ms since 1970; absent: never. */
  readonly selfEnds?: number;
  readonly peers?: readonly { readonly id: number; readonly ends?: number }[];
  readonly extras?: MapExtras;
}

type Request = Extract<ControlLinkCommand, { kind: 'request' }>;

class SampleSession implements MapSessionLike {
  #revision = 0;

  apply(text: string): Applied {
    if (text === 'garbage') return { kind: 'refused', reason: reject('map: not JSON'), field: '' };
    const map = JSON.parse(text) as SampleMap;
    const extras = map.extras ?? {};
    if (map.keepAlive === true) return { kind: 'keep-alive', extras };
    const listed = map.peers ?? [];
    const peers = IntMap.from(listed.map(({ id }) => id), listed.map(({ id, ends }) => node(id, ends)));
    const view: NetworkView = {
      revision: ++this.#revision,
      self: node(1, map.selfEnds),
      peers,
      relays: { regions: new Map(), scores: new Map(), omitDefaultRegions: false },
      dns: { resolvers: [], routes: new Map(), fallbackResolvers: [], domains: [], magicDns: false, extraRecords: [], certDomains: [] },
      filter: null,
      users: IntMap.empty(),
      domain: 'example.org',
      health: [],
    };
    return { kind: 'updated', view, change: { self: true, peersPut: 'all', peersRemoved: [], relays: true, dns: true, filter: true, users: true, domain: true, health: true }, extras, ignored: 0 };
  }
}

function node(id: number, ends: number | undefined): NetNode {
  return {
    id, stableId: String(id), name: `n${id}.example.org`, user: 1, key: new Uint8Array(32).fill(id), machineKey: undefined, discoKey: undefined, addresses: [], allowedIps: [], primaryRoutes: [], endpoints: [],
    homeRelay: 0, hostname: `n${id}`, os: 'linux', tags: [], capabilities: new Map(), cap: 130, online: true, lastSeen: undefined,
    keyExpiry: ends === undefined ? undefined : wallTime(ends), expired: false, machineAuthorized: true, wireGuardOnly: false, jailed: false,
  };
}

export function privateKey(fill: number): PrivateKey {
  return new PrivateKey(new Uint8Array(32).fill(fill));
}

/** Keys of a node that has signed in before. */
export const KNOWN: ControlKeys = { nodeKey: privateKey(3), trialKey: undefined, pendingUrl: undefined, pinnedServerKey: SERVER_KEY };

export class ControlBench {
  readonly control: Control;
  now: Instant = instant(1_000);
  /** All outputs since the last `take`. */
  outputs: ControlOutput[] = [];
  readonly all: ControlOutput[] = [];
  keys: ControlKeys | undefined = NO_KEYS;
  generation = 0;
  readonly requests: Request[] = [];
  readonly incidents: ControlIncident[] = [];

  constructor(seed = 1) {
    // Not a curve: one byte is enough to tell keys apart here.
    const crypto = { x25519Base: (secret: Uint8Array, out: Uint8Array): void => void out.fill(secret[1]!) };
    this.control = new Control({ rng: createSeededRng(seed), crypto, createMapSession: () => new SampleSession() });
  }

  get phase(): string {
    return this.control.state.phase;
  }

  start(change: Partial<ControlConfig> = {}): void {
    this.give({ kind: 'start', wall: WALL, config: { url: 'https://hs.example.org', machineKey: privateKey(1), discoKey: new Uint8Array(32).fill(9), keys: NO_KEYS, authKey: undefined, ephemeral: false, host: HOST, ...change } });
  }

  give(input: ControlInput): void {
    this.control.handle(input, this.now);
    this.#drain();
  }

  link(event: ControlLinkEvent): void {
    this.give({ kind: 'link', event });
  }

  connected(key: Uint8Array = SERVER_KEY, zstd = false): void {
    this.link({ kind: 'connected', generation: this.generation, serverKey: key, zstd });
  }

  lost(failure: ControlFailure = { kind: 'closed', host: 'hs.example.org', code: undefined }): void {
    this.link({ kind: 'lost', generation: this.generation, failure });
  }

  /** The last request to this path that is not an update. */
  last(path: 'register' | 'map' | 'update'): Request {
    const found = this.requests.findLast((request) => request.path === `/machine/${path === 'register' ? 'register' : 'map'}` && (path === 'register' || (request.form === 'stream') === (path === 'map')));
    if (found === undefined) throw new Error(`nothing was asked of ${path}`);
    return found;
  }

  body(path: 'register' | 'map' | 'update'): Record<string, unknown> {
    return JSON.parse(this.last(path).body) as Record<string, unknown>;
  }

  asked(path: 'register' | 'map' | 'update'): number {
    return this.requests.filter((request) => request.path === `/machine/${path === 'register' ? 'register' : 'map'}` && (path === 'register' || (request.form === 'stream') === (path === 'map'))).length;
  }

  answerRegister(answer: Record<string, unknown> = {}, status = 200, retryAfterMs?: number): void {
    this.link({ kind: 'response', id: this.last('register').id, status, retryAfterMs, body: JSON.stringify({ MachineAuthorized: true, AuthURL: '', NodeKeyExpired: false, Error: '', ...answer }) });
  }

  streamBegan(status = 200, retryAfterMs?: number): void {
    this.link({ kind: 'stream-began', id: this.last('map').id, status, retryAfterMs });
  }

  message(map: SampleMap | 'garbage' = {}): void {
    this.link({ kind: 'message', id: this.last('map').id, text: map === 'garbage' ? map : JSON.stringify(map) });
    this.rest();
  }

  /** From start to a first map, with a key that the server knows. */
  live(change: Partial<ControlConfig> = {}, map: SampleMap = {}): void {
    this.start({ keys: KNOWN, ...change });
    this.connected();
    this.answerRegister();
    this.streamBegan();
    this.message(map);
  }

  /** What the runner does after each input: deadlines that are due now. */
  rest(): void {
    for (let due = this.control.nextDeadline(); due !== undefined && due.at <= this.now; due = this.control.nextDeadline()) {
      this.control.expire(this.now);
      this.#drain();
    }
  }

  /** Lets time pass, deadline by deadline. */
  pass(ms: number): void {
    const end = instant(this.now + ms);
    for (let due = this.control.nextDeadline(); due !== undefined && due.at <= end; due = this.control.nextDeadline()) {
      this.now = instant(Math.max(this.now, due.at));
      this.control.expire(this.now);
      this.#drain();
    }
    this.now = end;
  }

  /** Time passes and nobody wakes us. */
  frozen(ms: number): void {
    this.now = instant(this.now + ms);
  }

  take(): ControlOutput[] {
    const taken = this.outputs;
    this.outputs = [];
    return taken;
  }

  commands(kind: ControlLinkCommand['kind']): number {
    return this.all.filter((output) => output.kind === 'link' && output.command.kind === kind).length;
  }

  opened(why: 'sign-in' | 'server'): string[] {
    return this.all.flatMap((output) => (output.kind === 'open-url' && output.why === why ? [output.url] : []));
  }

  #drain(): void {
    for (let output = this.control.poll(); output !== undefined; output = this.control.poll()) {
      this.outputs.push(output);
      this.all.push(output);
      if (output.kind === 'keys') this.keys = output.keys;
      if (output.kind === 'incident') this.incidents.push(output.incident);
      if (output.kind !== 'link') continue;
      if (output.command.kind === 'connect') this.generation = output.command.generation;
      if (output.command.kind === 'request') this.requests.push(output.command);
    }
  }
}
