/**
 * What a person does with accounts, brought to the node and to the disk: sign in, sign out, switch, remove, trust a key.
 * Only the active account has a node; the others rest with their keys. A pre-auth key goes to the node and nowhere else.
 */
import type { AccountEntry } from '../../api/schema.ts';
import type { HostFacts } from '../../control/types.ts';
import type { PrivateKey } from '../../keys/keys.ts';
import { PreAuthKey } from '../../keys/pre-auth-key.ts';
import type { AccountPhase, TailnetNodeConfig } from '../../node/types.ts';
import type { AccountKeys } from '../../ports/account-keys.ts';
import type { Log } from '../../ports/log.ts';
import type { Account } from '../accounts/stored-account.ts';
import { ACCOUNTS_AT_MOST, type AccountStore } from '../accounts/account-store.ts';
import type { LockedAccount } from '../accounts/stored-account.ts';
import { refusal, refused } from '../../api/answers.ts';
import { readServerUrl } from '../accounts/server-url.ts';
import type { KeyRing } from '../vault/key-ring.ts';
import type { AccountsPort, Answer } from '../engine-port.ts';
import type { TailnetInput } from '../tailnet-host.ts';
import { whyNoRoom } from '../store.ts';

/** What the desk asks of an engine. */
export interface DeskEngine {
  restart(config: TailnetNodeConfig): void;
  idle(): void;
  tell(input: TailnetInput): void;
  snapshot(): { readonly account: { readonly phase: AccountPhase; readonly user: string | null } | null };
  /** The list of accounts is another one. */
  extrasChanged(): void;
}

export interface AccountDeskInit {
  readonly accounts: AccountStore;
  /** With the system's name. */
  readonly host: HostFacts;
  /** Raw public key, fresh in each run. */
  readonly discoKey: { readonly secret: PrivateKey; readonly public: Uint8Array };
  readonly mtu: number;
  readonly acceptRoutes: boolean;
  readonly log: Log;
}

type Named = Answer<{ account: string }>;

const done = (account: string): Named => ({ ok: true, value: { account } });

const lockedFault = ({ id, server, why }: LockedAccount) => refusal('locked', `keys.locked.${why}`, { account: id, server });

export class AccountDesk implements AccountsPort {
  readonly #init: AccountDeskInit;
  /** Whose node runs. */
  #joined: string | undefined;
  #engine: DeskEngine | undefined;
  #signedOut: (() => void)[] = [];

  constructor(init: AccountDeskInit) {
    this.#init = init;
  }

  list(): AccountEntry[] {
    return this.#init.accounts.entries();
  }

  /** What an engine is started with: the account of this server, or the active one. */
  first(server: string | undefined, authKey: PreAuthKey | undefined, hostname: string | undefined): Answer<TailnetNodeConfig> {
    const chosen = this.#choose(server);
    if (!chosen.ok) return chosen;
    this.#init.accounts.activate(chosen.value.id);
    this.#joined = chosen.value.id;
    if (hostname !== undefined) this.#init.accounts.name(chosen.value.id, hostname);
    return { ok: true, value: this.#configOf(chosen.value.id, authKey) };
  }

  /** The engine runs, with what `first` gave, or with nothing. `hasKey`: it was given a pre-auth key. */
  opened(engine: DeskEngine, hasKey: boolean): void {
    this.#engine = engine;
    if (this.#joined === undefined) return;
    if (!hasKey) this.#beginSignIn(this.#joined);
  }

  /** The vault answered after all: an account that waited for its keys is joined. */
  unlocked(ring: KeyRing): void {
    const { accounts, log } = this.#init;
    accounts.useRing(ring);
    const { active } = accounts;
    if (this.#joined === undefined && active !== undefined) {
      log.write('info', 'accounts', `the keys of ${active.id} are open: joins its network`);
      this.#join(active.id, undefined);
      this.#beginSignIn(active.id);
    }
    this.#engine?.extrasChanged();
  }

  login(server: string | undefined, authKey: string | undefined, another = false): Named {
    const chosen = another ? this.#another(server) : this.#choose(server);
    if (!chosen.ok) return chosen;
    const { id } = chosen.value;
    const key = authKey === undefined ? undefined : new PreAuthKey(authKey);
    this.#init.accounts.activate(id);
    if (this.#joined === id && chosen.value.secrets !== undefined) {
      this.#engine?.tell({ kind: 'sign-in', authKey: key });
    } else {
      this.#join(id, key);
      if (key === undefined && !this.#isSignedIn(id)) this.#engine?.tell({ kind: 'sign-in', authKey: undefined });
    }
    this.#engine?.extrasChanged();
    return done(id);
  }

  async logout(account: string | undefined): Promise<Named> {
    const { accounts } = this.#init;
    const closed = account === undefined ? accounts.activeLocked : accounts.findLocked(account);
    if (closed !== undefined) return lockedFault(closed);
    const found = account === undefined ? accounts.active : accounts.find(account);
    if (found === undefined) return this.#unknown(account);
    if (found.secrets === undefined) return done(found.id);
    if (found.id !== this.#joined) {
      return refusal('not-active', 'answer.not-active', { account: found.id });
    }
    const wiped = new Promise<void>((resolve) => this.#signedOut.push(resolve));
    this.#engine?.tell({ kind: 'sign-out' });
    await wiped;
    return done(found.id);
  }

  switchTo(account: string): Promise<Named> {
    const { accounts } = this.#init;
    const closed = accounts.findLocked(account);
    if (closed !== undefined) return Promise.resolve(lockedFault(closed));
    if (accounts.find(account) === undefined) return Promise.resolve(this.#unknown(account));
    if (this.#joined !== account) {
      accounts.activate(account);
      this.#join(account, undefined);
      this.#engine?.extrasChanged();
    }
    return Promise.resolve(done(account));
  }

  async remove(account: string): Promise<Named> {
    const { accounts } = this.#init;
    const found = accounts.find(account);
    if (!accounts.has(account)) return this.#unknown(account);
    if (this.#joined === account) {
      if (found?.secrets?.keys.nodeKey !== undefined) await this.logout(account);
      this.#engine?.idle();
      this.#joined = undefined;
    }
    accounts.remove(account);
    this.#engine?.extrasChanged();
    return done(account);
  }

  acceptServerKey(accept: boolean): Answer<{ accepted: boolean }> {
    if (this.#engine?.snapshot().account?.phase !== 'key-changed') return refusal('nothing-asked', 'answer.nothing-asked');
    if (accept) this.#engine.tell({ kind: 'accept-server-key' });
    return { ok: true, value: { accepted: accept } };
  }

  /** The node's `persist`: on disk when it returns. */
  persist(keys: AccountKeys | undefined): void {
    const { accounts, log } = this.#init;
    if (this.#joined === undefined) return;
    try {
      accounts.keep(this.#joined, keys);
    } catch (error) {
      log.write('warn', 'accounts', `the keys of ${this.#joined} could not be written, so a restart will ask to sign in: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (keys === undefined) for (const tell of this.#signedOut.splice(0)) tell();
    this.#engine?.extrasChanged();
  }

  /** The server told who signed in. */
  learnUser(): void {
    const { accounts, log } = this.#init;
    const user = this.#engine?.snapshot().account?.user ?? null;
    if (user === null || this.#joined === undefined || accounts.find(this.#joined)?.user === user) return;
    const joined = this.#joined;
    const why = whyNoRoom(() => accounts.learnUser(joined, user));
    if (why !== undefined) log.write('warn', 'accounts', why);
    this.#engine?.extrasChanged();
  }

  #choose(server: string | undefined): Answer<Account> {
    const { accounts } = this.#init;
    if (server === undefined) {
      const { active, activeLocked } = accounts;
      if (activeLocked !== undefined) return lockedFault(activeLocked);
      return active === undefined ? refusal('no-account', 'answer.no-account') : { ok: true, value: active };
    }
    const read = readServerUrl(server);
    if (!read.ok) return refused('bad-server', read.said);
    return this.#made(accounts.ofServer(read.url) ?? accounts.create(read.url));
  }

  /** A new account at this server, or at that of the active one. */
  #another(server: string | undefined): Answer<Account> {
    const { accounts } = this.#init;
    const read = readServerUrl(server ?? accounts.active?.server ?? '');
    return read.ok ? this.#made(accounts.create(read.url)) : refused('bad-server', read.said);
  }

  #made(account: Account | undefined): Answer<Account> {
    return account === undefined ? refusal('too-many', 'answer.too-many-accounts', { most: ACCOUNTS_AT_MOST }) : { ok: true, value: account };
  }

  #join(id: string, authKey: PreAuthKey | undefined): void {
    // What the node before this one still has to say is said of its own account.
    if (this.#joined !== undefined) this.#engine?.idle();
    this.#joined = id;
    this.#engine?.restart(this.#configOf(id, authKey));
  }

  #configOf(id: string, authKey: PreAuthKey | undefined): TailnetNodeConfig {
    const { accounts, discoKey, mtu, acceptRoutes } = this.#init;
    const { machineKey, keys } = accounts.secretsOf(id);
    const { server, hostname } = accounts.find(id)!;
    const host = hostname === null ? this.#init.host : { ...this.#init.host, hostname };
    return { kind: 'tailnet', name: host.hostname, mtu, acceptRoutes, discoKey: discoKey.secret, control: { url: server, machineKey, discoKey: discoKey.public, keys, authKey, ephemeral: false, host } };
  }

  #isSignedIn(id: string): boolean {
    return this.#init.accounts.find(id)?.secrets?.keys.nodeKey !== undefined;
  }

  /** Nothing, where it is signed in or waits for approval. */
  #beginSignIn(id: string): void {
    const keys = this.#init.accounts.find(id)?.secrets?.keys;
    if (keys?.nodeKey === undefined && keys?.pendingUrl === undefined) this.#engine?.tell({ kind: 'sign-in', authKey: undefined });
  }

  #unknown(account: string | undefined): Named {
    const known = this.list().map(({ id }) => id);
    return refusal('unknown-account', 'answer.unknown-account', { named: account === undefined ? 'no' : 'yes', account: account ?? '', some: known.length === 0 ? 'no' : 'yes', known: known.join(', ') });
  }
}
