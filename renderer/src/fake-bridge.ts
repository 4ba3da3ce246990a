/**
 * An engine for tests: a scene, told and changed through the very schema of the real one, so that it cannot drift. The test
 * drives it as `window.fakeEngine`. Only fake.html uses it.
 */
import { api, check, Patch, type AccountEntry, type ApiError, type BreakItId, type CommandParams, type CommandResult, type PageCommand, type Snapshot } from '../../app/api/schema.ts';
import { toNetcheck } from '../../app/api/netcheck.ts';
import { applyPatch, diffSnapshots } from '../../app/api/patch.ts';
import { CLOSED, checkResult, Listeners, type Bridge, type Connection } from './bridge.ts';
import { SIGN_IN_URL } from './fake-account-scenes.ts';
import { entry, NOW, WALL } from './fake-scenes.ts';
import { answerShell } from './fake-shell.ts';

const DONE_TO_ONE: ReadonlySet<BreakItId> = new Set(['restart-peer', 'move-peer', 'add-peer', 'remove-peer', 'deny-peer']);

export class FakeEngine implements Bridge {
  #snapshot: Snapshot;
  /** What the engine's clocks showed at this time of the page. */
  #clocks = { now: NOW, wall: WALL, atMs: performance.now() };
  readonly #patches = new Listeners<Patch>();
  readonly #connections = new Listeners<Connection>();
  #connection: Connection;
  /** Requests the page sent, for the test to look at. */
  readonly asked: { readonly command: PageCommand; readonly params: unknown }[] = [];
  /** A hung engine: takes requests and says nothing. */
  mute = false;
  /** Commands that are refused, and how; those of the shell, mostly. */
  refuse: Partial<Record<PageCommand, ApiError>> = {};
  /** Commands that never get an answer, while the others do. */
  hang: readonly PageCommand[] = [];

  constructor(snapshot: Snapshot, connection: Connection = 'open') {
    this.#snapshot = snapshot;
    this.#connection = connection;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  #now(): { readonly now: number; readonly wall: number } {
    const passed = performance.now() - this.#clocks.atMs;
    return { now: this.#clocks.now + passed, wall: this.#clocks.wall + passed };
  }

  /** Changes the engine's state and tells the page by a patch, as the host does. */
  change(change: (snapshot: Snapshot, now: number) => Partial<Snapshot>): void {
    const times = this.#now();
    const next = { ...this.#snapshot, ...change(this.#snapshot, times.now), ...times, revision: this.#snapshot.revision + 1 };
    const patch = diffSnapshots(this.#snapshot, next);
    if (patch === undefined) return;
    this.#snapshot = next;
    if (!this.mute && this.#connection === 'open') this.send(patch);
  }

  /** Any patch, also one that leaves a gap. */
  send(patch: Patch): void {
    const valid = check(Patch, structuredClone(patch), 'fake patch');
    if (!valid.ok) throw new Error(valid.error.message);
    this.#patches.tell(valid.value);
  }

  /** A patch as text, the way a transport has it: read, checked, told. */
  receive(text: string): void {
    const valid = check(Patch, JSON.parse(text), 'patch');
    if (!valid.ok) throw new Error(valid.error.message);
    const next = applyPatch(this.#snapshot, valid.value);
    if (next === 'gap') throw new Error('a patch that starts elsewhere');
    this.#snapshot = next;
    this.#clocks = { now: next.now, wall: next.wall, atMs: performance.now() };
    this.#patches.tell(valid.value);
  }

  connect(connection: Connection): void {
    this.#connection = connection;
    this.#connections.tell(connection);
  }

  onPatch(listener: (patch: Patch) => void): () => void {
    return this.#patches.add(listener);
  }

  onConnection(listener: (connection: Connection) => void): () => void {
    listener(this.#connection);
    return this.#connections.add(listener);
  }

  async request<N extends PageCommand>(command: N, params: CommandParams<N>) {
    const valid = check(api.commands[command].params, params, command);
    if (!valid.ok) throw new Error(valid.error.message);
    this.asked.push({ command, params });
    if (this.mute || this.hang.includes(command)) return new Promise<never>(() => {});
    if (this.#connection !== 'open') return CLOSED;
    const refused = this.refuse[command];
    if (refused !== undefined) return { ok: false as const, error: refused };
    return checkResult(command, structuredClone(this.#answer(command, params)));
  }

  #answer(command: PageCommand, params: unknown): CommandResult<PageCommand> {
    switch (command) {
      case 'snapshot':
        return { ...this.#snapshot, ...this.#now() };
      case 'ping': {
        const { peer, seq } = params as CommandParams<'ping'>;
        const known = this.#snapshot.peers.find((candidate) => candidate.name === peer);
        const answers = known !== undefined && known.health !== 'silent' && known.health !== 'never';
        return { peer, reply: answers ? { seq, latencyMs: 0.7, path: { kind: known.path.kind, via: known.path.via } } : null };
      }
      case 'check': {
        const { peer } = params as CommandParams<'check'>;
        return { asked: peer === null ? this.#snapshot.peers.length : 1 };
      }
      case 'why': {
        const { peer } = params as CommandParams<'why'>;
        const refused = this.#snapshot.sandbox?.faults.some((fault) => fault.id === 'deny-peer' && fault.activeUntilAt !== null) === true;
        const sentence = `From ${peer} to UDP port 7 here: ${refused ? 'refused, no rule allows it' : 'passes'}`;
        return { peer, path: 'Direct', evidence: { kind: 'direct', via: null, latencyMs: null, sinceSeconds: null, nextTrySeconds: null, candidates: [] }, filter: { protocol: 'udp', port: 7, in: { allowed: !refused, rule: null, sentence }, out: { sentence: `From here to UDP port 7 on ${peer}: sent` } } };
      }
      case 'tryDirect':
        return this.#tryDirect((params as CommandParams<'tryDirect'>).peer);
      case 'netcheck':
        this.change(({ netcheck }, now) => ({ netcheck: netcheck === null ? null : { ...netcheck, at: now } }));
        return toNetcheck(this.#snapshot);
      case 'breakIt':
        return this.#break((params as CommandParams<'breakIt'>).fault);
      case 'accounts':
        return { accounts: this.#snapshot.accounts };
      case 'login': {
        const { server } = params as CommandParams<'login'>;
        const account = this.#snapshot.accounts.find((each) => each.state !== 'locked' && (server === undefined ? each.active : each.server === server))?.id ?? freeId(this.#snapshot.accounts, new URL(server ?? 'https://hs.example.org').hostname);
        const others = this.#snapshot.accounts.filter((each) => each.id !== account).map((each) => ({ ...each, active: false }));
        this.change(() => ({ accounts: [...others, { id: account, server: server ?? `https://${account}`, user: null, active: true, state: 'signing-in' }] }));
        return { account };
      }
      case 'logout':
        return this.#eachAccount(params, (account) => [{ ...account, user: null, state: 'signed-out' }]);
      case 'switchAccount':
        return this.#eachAccount(params, (account) => [{ ...account, active: true }], (other) => ({ ...other, active: false }));
      case 'removeAccount':
        return this.#eachAccount(params, () => []);
      case 'acceptServerKey':
        return { accepted: (params as CommandParams<'acceptServerKey'>).accept };
      case 'changeSettings':
      case 'report':
      case 'keepReport':
      case 'copyText':
      case 'openLink':
      case 'update':
      case 'dropInvitation':
        return answerShell(this.snapshot, (shell) => this.change(() => ({ shell })), command, params);
    }
  }

  /** The round begins; the test says how it ends. */
  #tryDirect(name: string | null): CommandResult<'tryDirect'> {
    const asked = this.#snapshot.peers.filter((each) => each.path.kind === 'relay' && (name === null || each.name === name));
    this.change(({ peers }) => ({ peers: peers.map((each) => (asked.includes(each) ? { ...each, path: { ...each.path, why: { key: 'why.relay-trying', relay: each.path.via ?? '', candidates: each.path.candidates.length } } } : each)) }));
    return { asked: asked.length };
  }

  #sign(what: 'expire-key' | 'approve-sign-in'): CommandResult<'breakIt'> {
    const { account } = this.#snapshot;
    if (account === null || (what === 'approve-sign-in') !== (account.signInUrl !== null)) return { done: false, peer: null };
    this.change(({ wall }, now) => ({
      account:
        what === 'expire-key'
          ? { ...account, phase: 'sign-in', phaseSinceAt: now, signInUrl: SIGN_IN_URL, keyExpiresAt: wall - 1_000 }
          : { ...account, phase: 'running', phaseSinceAt: now, signInUrl: null, keyExpiresAt: wall + 86_400_000 * 180 },
    }));
    return { done: true, peer: null };
  }

  #eachAccount(params: unknown, chosen: (account: AccountEntry) => AccountEntry[], other: (account: AccountEntry) => AccountEntry = (account) => account): CommandResult<'logout'> {
    const { account } = params as CommandParams<'logout'>;
    const id = account ?? this.#snapshot.accounts.find((each) => each.active)?.id ?? '';
    this.change((snapshot) => ({ accounts: snapshot.accounts.flatMap((each) => (each.id === id ? chosen(each) : [other(each)])) }));
    return { account: id };
  }

  /** Breaks as far as a screen can tell: the fault runs, and the history has a running entry. */
  #break(fault: CommandParams<'breakIt'>['fault']): CommandResult<'breakIt'> {
    const { sandbox } = this.#snapshot;
    if (sandbox === null || sandbox.faults.some((each) => each.activeUntilAt !== null)) return { done: false, peer: null };
    if (fault === 'expire-key' || fault === 'approve-sign-in') return this.#sign(fault);
    const peer = DONE_TO_ONE.has(fault) ? 'beacon' : null;
    this.change((snapshot, now) => ({
      sandbox: { ...sandbox, faults: sandbox.faults.map((each) => (each.id === fault ? { ...each, activeUntilAt: now + 20_000, peer } : each)) },
      history: [
        ...snapshot.history,
        { ...entry((snapshot.history.at(-1)?.id ?? 0) + 1, 0, { cause: { key: 'history.cause.peer-silent', peer: 'beacon', silentMs: 15_000 }, action: { key: 'history.action.followed' }, peer: 'beacon', unreachable: ['beacon'] }), startedAt: now },
      ],
    }));
    return { done: true, peer };
  }
}

/** As the host names a second account of one server. */
const freeId = (accounts: readonly AccountEntry[], name: string): string => (accounts.some(({ id }) => id === name) ? `${name}-2` : name);
