/** An engine and a sandbox that only remember what was asked, for tests of the page's server, the socket and the CLI. */
import type { AccountsPort, EnginePort, SandboxPort, ShellPort } from '../../app/host/engine-port.ts';
import type { CommandHost } from '../../app/host/frame-commands.ts';
import { toNetcheck } from '../../app/api/netcheck.ts';
import { toHistory, toStatus } from '../../app/api/status.ts';
import { protocolNumber, toWhy } from '../../app/api/why.ts';
import type { Patch, PeerView, Settings, Snapshot } from '../../app/api/schema.ts';
import type { LogLevel } from '../../app/ports/log.ts';

const NOW = 1_000_000;
const WALL = Date.UTC(2026, 10, 21, 14, 0, 0);

function peer(id: number, name: string): PeerView {
  return {
    id,
    name,
    publicKey: `${'A'.repeat(42)}${id}=`,
    addresses: [`100.64.0.${id + 2}`, `fd00::${id + 2}`],
    health: 'proved',
    healthSinceAt: NOW - 60_000,
    path: { kind: 'direct', via: `127.0.0.1:${4_000 + id}`, latencyMs: 0.9, why: { key: 'why.direct-configured', endpoint: `127.0.0.1:${4_000 + id}` }, sinceAt: null, nextTryAt: null, candidates: [] },
    handshakeAt: NOW - 64_000,
    lastDataAt: NOW - 400,
    rxBytes: 640_000_000,
    txBytes: 2_300,
    handshakes: 1,
    latency: [{ at: NOW - 1_000, ms: 0.9 }],
  };
}

function fakeSnapshot(): Snapshot {
  return {
    schema: 1,
    revision: 1,
    now: NOW,
    wall: WALL,
    version: '0.1.0',
    overall: {
      state: 'attention',
      sentence: { key: 'overall.some-silent', silent: 1, total: 2 },
      causes: [{ id: 'peer-1', severity: 'down', message: { key: 'cause.peer-silent', peer: 'lantern', sinceAt: NOW - 52_000, endpoint: '127.0.0.1:4001', attempts: 3 }, sinceAt: NOW - 52_000, peer: 'lantern' }],
      sinceAt: NOW - 52_000,
    },
    account: null,
    self: { name: 'here', publicKey: `${'B'.repeat(43)}=`, addresses: ['100.64.0.1', 'fd00::1'], port: 51_820 },
    truths: {
      control: { state: 'off', provedAt: null, detail: { key: 'truth.control-none' } },
      relay: { state: 'off', provedAt: null, detail: { key: 'truth.relay-none' } },
      path: { state: 'stale', provedAt: NOW - 400, detail: { key: 'truth.path', direct: 1, relayed: 0, checking: 0, quiet: 0, silent: 1 } },
      os: { state: 'ok', provedAt: NOW - 9_000, detail: { key: 'truth.os-memory' } },
    },
    os: null,
    provedForMs: 30_000,
    peers: [peer(0, 'harbour'), { ...peer(1, 'lantern'), health: 'never', handshakeAt: null, lastDataAt: null, path: { kind: 'none', via: null, latencyMs: null, why: { key: 'why.none-no-endpoint' }, sinceAt: null, nextTryAt: null, candidates: [] } }],
    relays: [
      { region: 1, code: 'far', name: 'Far', home: false, state: 'idle', heardAt: null, latencyMs: 48.2 },
      { region: 2, code: 'lab', name: 'Lab', home: true, state: 'up', heardAt: NOW - 2_000, latencyMs: 11.9 },
      { region: 3, code: 'moon', name: 'Moon', home: false, state: 'backing-off', heardAt: null, latencyMs: null },
    ],
    netcheck: { at: NOW - 4_000, udp: true, ipv4: true, ipv6: null, mappingVariesByDestination: false, captivePortal: false, globalV4: '203.0.113.7:41641', globalV6: null, portMapping: { key: 'port-mapping.absent' } },
    history: [
      {
        id: 1,
        at: WALL - 600_000,
        startedAt: NOW - 600_000,
        truth: 'path',
        peer: 'harbour',
        cause: { key: 'history.cause.peer-silent', peer: 'harbour', silentMs: 10_000 },
        action: { key: 'history.action.handshake', attempts: 2 },
        result: { key: 'history.result.new-session', peer: 'harbour' },
        durationMs: 3_100,
        unreachable: ['harbour'],
      },
      {
        id: 2,
        at: WALL - 52_000,
        startedAt: NOW - 52_000,
        truth: 'path',
        peer: 'lantern',
        cause: { key: 'history.cause.peer-silent', peer: 'lantern', silentMs: 10_000 },
        action: { key: 'history.action.followed' },
        result: null,
        durationMs: null,
        unreachable: ['lantern'],
      },
    ],
    accounts: [],
    shell: null,
    sandbox: null,
  };
}

export function fakePatch(revision: number): Patch {
  return { from: revision - 1, revision, now: NOW + revision, wall: WALL + revision };
}

export class FakeEngine implements EnginePort {
  readonly subscribers = new Set<(patch: Patch) => void>();
  readonly pings: string[] = [];
  readonly verbose: boolean[] = [];
  readonly since: (number | undefined)[] = [];
  lookedAt: number | undefined;
  /** Answers of `ping`, oldest first; then 0.9 ms for ever. */
  replies: (number | null)[] = [];
  /** Names, or `all`. */
  readonly tried: string[] = [];
  /** What a peer's path is once a direct way was looked for. */
  afterTry: PeerView['path'] | undefined;
  snapshots = 0;
  stopped = 0;

  snapshot(): Snapshot {
    this.snapshots += 1;
    return this.#now();
  }

  #now(): Snapshot {
    const now = fakeSnapshot();
    const { afterTry } = this;
    if (afterTry === undefined || this.tried.length === 0) return now;
    return { ...now, peers: now.peers.map((each) => (this.tried.includes(each.name) || this.tried.includes('all') ? { ...each, path: afterTry } : each)) };
  }

  subscribe(onPatch: (patch: Patch) => void): () => void {
    this.subscribers.add(onPatch);
    return () => this.subscribers.delete(onPatch);
  }

  /** How many look now. */
  watchers = 0;
  watch(): () => void {
    this.watchers++;
    return () => void this.watchers--;
  }

  publish(patch: Patch): void {
    for (const subscriber of this.subscribers) subscriber(patch);
  }

  ping(name: string, seq: number): ReturnType<EnginePort['ping']> {
    this.pings.push(`${name} ${seq}`);
    if (name === 'throw') throw new Error('a bug of the engine');
    if (name === 'hang') return new Promise(() => undefined);
    if (name !== 'harbour') return Promise.resolve({ ok: false, error: { code: 'unknown-peer', message: `There is no peer ${name}.` } });
    const latencyMs = this.replies.length > 0 ? this.replies.shift()! : 0.9;
    return Promise.resolve({ ok: true, value: { peer: 'harbour', reply: latencyMs === null ? null : { seq, latencyMs, path: { kind: 'direct', via: '127.0.0.1:4000' } } } });
  }

  power(): void {}

  check(name: string | null): ReturnType<EnginePort['check']> {
    return name === null ? { ok: true, value: { asked: 2 } } : { ok: true, value: { asked: 1 } };
  }

  tryDirect(name: string | null): ReturnType<EnginePort['tryDirect']> {
    if (name !== null && fakeSnapshot().peers.every((each) => each.name !== name)) return { ok: false, error: { code: 'unknown-peer', message: `There is no peer ${name}.` } };
    this.tried.push(name ?? 'all');
    return { ok: true, value: { asked: name === null ? 2 : 1 } };
  }

  netcheck(): ReturnType<EnginePort['netcheck']> {
    return Promise.resolve({ ok: true, value: toNetcheck(fakeSnapshot()) });
  }

  why(name: string, flow: Parameters<EnginePort['why']>[1]): ReturnType<EnginePort['why']> {
    const peer = this.#now().peers.find((candidate) => candidate.name === name);
    if (peer === undefined) return { ok: false, error: { code: 'unknown-peer', message: `There is no peer ${name}.` } };
    const question = flow === undefined ? undefined : { peer: name, protocol: protocolNumber(flow.protocol), port: flow.port };
    const verdict = question === undefined ? undefined : { inbound: { allowed: false, rule: null, message: { key: 'filter.in-denied' as const, ...question, because: 'no-rule' as const } }, outbound: { key: 'filter.out' as const, ...question } };
    return { ok: true, value: toWhy(peer, flow, verdict, NOW) };
  }

  status(verbose: boolean): ReturnType<EnginePort['status']> {
    this.verbose.push(verbose);
    return toStatus(fakeSnapshot(), verbose ? { version: '0.1.0', uptimeSeconds: 65, refusals: { 'data: replayed': 3 }, wakeups: { 'node: rekey': 2 }, teardowns: 0, memoryBytes: 64_000_000 } : undefined);
  }

  history(sinceMs?: number, look = false): ReturnType<EnginePort['history']> {
    this.since.push(sinceMs);
    const told = toHistory(fakeSnapshot(), sinceMs, this.lookedAt);
    if (look) this.lookedAt = WALL;
    return told;
  }

  diagnostics(): ReturnType<EnginePort['diagnostics']> {
    const { verbose } = this.status(true);
    return { snapshot: fakeSnapshot(), program: { ...verbose!, system: 'linux x64, Node 20', loop: { limitMs: 100, deadlines: { count: 12, halfMs: 0.1, mostMs: 3.2, worstMs: 3.2, late: 0 }, rounds: { count: 0, halfMs: 0, mostMs: 0, worstMs: 0, late: 0 } } }, kept: null, ways: [], recording: '' };
  }

  stop(): Promise<void> {
    this.stopped += 1;
    return Promise.resolve();
  }
}

export function fakeSandbox(): SandboxPort {
  return {
    view: () => ({ faults: [{ id: 'cut-cable', activeUntilAt: null, peer: null }], storm: null }),
    breakIt: () => Promise.resolve({ done: true, peer: 'harbour' }),
  };
}

/** Two accounts; asks are recorded. */
export function fakeAccounts(): AccountsPort & { readonly asked: string[] } {
  const asked: string[] = [];
  const done = (what: string, account: string | undefined) => {
    asked.push(`${what} ${account ?? '-'}`);
    return { ok: true, value: { account: account ?? 'hs.example.org' } } as const;
  };
  return {
    asked,
    list: () => [
      { id: 'hs.example.org', server: 'https://hs.example.org', user: 'ada', active: true, state: 'signed-in' },
      { id: 'hs.lab.test', server: 'http://hs.lab.test:8080', user: null, active: false, state: 'signed-out' },
    ],
    login: (server, authKey) => done(authKey === undefined ? 'login' : 'login by key', server === undefined ? undefined : new URL(server).hostname),
    logout: (account) => Promise.resolve(done('logout', account)),
    switchTo: (account) => Promise.resolve(done('switch', account)),
    remove: (account) => Promise.resolve(done('remove', account)),
    acceptServerKey: (accept) => {
      asked.push(`accept ${accept}`);
      return { ok: true, value: { accepted: accept } };
    },
  };
}

const FAKE_SETTINGS: Settings = { language: 'system', theme: 'system', startAtLogin: false, notify: 'problems', report: 'stand-ins', updates: 'ask' };

/** A tray's shell that does nothing but remember; asks are recorded. */
export function fakeShell(): ShellPort & { readonly asked: string[] } {
  const asked: string[] = [];
  let settings = FAKE_SETTINGS;
  return {
    asked,
    view: () => ({ kind: 'tray', system: 'linux', settings, can: { startAtLogin: true, notify: true, updates: true }, update: { kind: 'none', checkedAt: null, waiting: null }, loginItem: 'off', keys: null, links: [] }),
    changeSettings(change) {
      asked.push(`settings ${Object.keys(change).join(' ')}`);
      settings = { ...settings, ...change } as Settings;
      return { ok: true, value: { settings } };
    },
    keepReport({ to }, shown) {
      asked.push(`keep ${to}${shown === undefined ? '' : ' as shown'}`);
      return Promise.resolve({ ok: true, value: { kept: to, where: null, bytes: 1 } });
    },
    copyText(text) {
      asked.push(`copy ${text}`);
      return { ok: true, value: { copied: true } };
    },
    openLink(link) {
      asked.push(`open ${link}`);
      return { ok: true, value: { url: null } };
    },
    dropInvitation() {
      asked.push('drop invitation');
      return { ok: true, value: { dropped: true } };
    },
    update(step) {
      asked.push(`update ${step}`);
      return { ok: true, value: { begun: true } };
    },
  };
}

export interface FakeHost extends CommandHost {
  readonly engine: FakeEngine;
  readonly logged: string[];
  shutdowns(): number;
}

export function fakeHost(over: Partial<Pick<CommandHost, 'accounts' | 'sandbox' | 'shell' | 'ui'>> = {}): FakeHost {
  const logged: string[] = [];
  let shutdowns = 0;
  return {
    engine: new FakeEngine(),
    sandbox: undefined,
    ui: () => undefined,
    shutdown: () => {
      shutdowns += 1;
    },
    log: { write: (level: LogLevel, area: string, text: string) => logged.push(`${level} ${area} ${text}`) },
    logged,
    shutdowns: () => shutdowns,
    ...over,
  };
}
