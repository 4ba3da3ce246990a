/**
 * The accounts of one Bowline: several servers side by side, one of them active. Each account is one value of the Store
 * (`account-1` to `account-32`) that stands for itself; which one is active is another. So a damaged value costs one
 * account, and no account costs another. Erasing keys overwrites them. It talks to no server and knows no node.
 *
 * Opening reads all of them and throws NewerFileError when one is of a newer Bowline: nothing is changed then.
 */
import * as v from 'valibot';
import type { AccountEntry } from '../../api/schema.ts';
import { NO_KEYS, type ControlKeys } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import type { Log } from '../../ports/log.ts';
import type { Rng } from '../../ports/rng.ts';
import type { Store } from '../../ports/store.ts';
import { NewerFileError } from '../store.ts';
import { decodeAccount, encodeAccount, RECORD_VERSION, type Account } from './stored-account.ts';
import { accountNameOf } from './server-url.ts';

export const ACCOUNTS_AT_MOST = 32;
const ACTIVE = 'accounts';
const Active = v.object({ version: v.literal(RECORD_VERSION), active: v.nullable(v.string()) });

export interface AccountStoreInit {
  readonly store: Store;
  readonly log: Log;
  /** Draws machine keys. */
  readonly rng: Rng;
}

export class AccountStore {
  readonly #store: Store;
  readonly #log: Log;
  readonly #rng: Rng;
  /** By slot, from 1. */
  readonly #slots = new Map<number, Account>();
  #active: string | undefined;

  constructor({ store, log, rng }: AccountStoreInit) {
    this.#store = store;
    this.#log = log;
    this.#rng = rng;
    for (let slot = 1; slot <= ACCOUNTS_AT_MOST; slot++) {
      const account = this.#read(slot);
      if (account !== undefined) this.#slots.set(slot, account);
    }
    const chosen = this.#readActive();
    this.#active = this.find(chosen ?? '')?.id ?? this.all()[0]?.id;
  }

  all(): Account[] {
    return [...this.#slots.values()];
  }

  get active(): Account | undefined {
    return this.find(this.#active ?? '');
  }

  find(id: string): Account | undefined {
    return this.all().find((account) => account.id === id);
  }

  /** The account that a sign-in at this server is about: the active one, if it is of this server, else its first. */
  ofServer(server: string): Account | undefined {
    const there = this.all().filter((account) => account.server === server);
    return there.find((account) => account.id === this.#active) ?? there[0];
  }

  entries(): AccountEntry[] {
    return this.all().map((account) => ({ id: account.id, server: account.server, user: account.user, active: account.id === this.#active, state: stateOf(account) }));
  }

  /** A new account, not active yet. Undefined: there are ACCOUNTS_AT_MOST already. */
  create(server: string): Account | undefined {
    for (let slot = 1; slot <= ACCOUNTS_AT_MOST; slot++) {
      if (this.#slots.has(slot)) continue;
      const account: Account = { id: this.#freeId(accountNameOf(server)), server, user: null, hostname: null, secrets: undefined };
      this.#write(slot, account);
      return account;
    }
    return undefined;
  }

  activate(id: string): void {
    this.#active = this.#known(id).account.id;
    this.#writeActive();
  }

  /** Keys to sign in with: those that are there, else a fresh machine key, kept before it is given. */
  secretsOf(id: string): NonNullable<Account['secrets']> {
    const { slot, account } = this.#known(id);
    if (account.secrets !== undefined) return account.secrets;
    const secret = new Uint8Array(32);
    this.#rng.fill(secret);
    // Clamped at creation, as every key of the protocol (RFC 7748, section 5).
    secret[0]! &= 248;
    secret[31] = (secret[31]! & 127) | 64;
    const secrets = { machineKey: new PrivateKey(secret), keys: NO_KEYS };
    secret.fill(0);
    this.#write(slot, { ...account, secrets });
    return secrets;
  }

  /** Undefined: every key is erased, the machine's too; the account stays in the list. */
  keep(id: string, keys: ControlKeys | undefined): void {
    const { slot, account } = this.#known(id);
    if (keys === undefined) {
      account.secrets?.machineKey.wipe();
      this.#erase(slot);
      this.#write(slot, { ...account, user: null, secrets: undefined });
      return;
    }
    this.#write(slot, { ...account, secrets: { machineKey: this.secretsOf(id).machineKey, keys } });
  }

  /** The login name, once the server told it. */
  learnUser(id: string, user: string): void {
    const { slot, account } = this.#known(id);
    if (account.user !== user) this.#write(slot, { ...account, user });
  }

  /** How a person calls this computer there, from now on. */
  name(id: string, hostname: string): void {
    const { slot, account } = this.#known(id);
    if (account.hostname !== hostname) this.#write(slot, { ...account, hostname });
  }

  /** Erases and forgets it. Another one becomes active when it was. */
  remove(id: string): void {
    const { slot, account } = this.#known(id);
    account.secrets?.machineKey.wipe();
    this.#erase(slot);
    this.#slots.delete(slot);
    if (this.#active !== id) return;
    this.#active = this.all()[0]?.id;
    this.#writeActive();
  }

  #known(id: string): { readonly slot: number; readonly account: Account } {
    for (const [slot, account] of this.#slots) if (account.id === id) return { slot, account };
    throw new Error(`no account is called ${id}`);
  }

  #freeId(name: string): string {
    for (let n = 1; ; n++) {
      const id = n === 1 ? name : `${name}-${n}`;
      if (this.find(id) === undefined) return id;
    }
  }

  /** A copy that was moved aside may hold keys too. */
  #erase(slot: number): void {
    for (const name of [valueOf(slot), `${valueOf(slot)}-damaged`]) this.#store.wipe(name);
  }

  #write(slot: number, account: Account): void {
    this.#store.write(valueOf(slot), encodeAccount(account));
    this.#slots.set(slot, account);
  }

  #read(slot: number): Account | undefined {
    const name = valueOf(slot);
    const bytes = this.#store.read(name);
    if (bytes === undefined) return undefined;
    const account = decodeAccount(bytes);
    if (typeof account === 'number') throw new NewerFileError(name, account, RECORD_VERSION);
    if (account !== undefined) return account;
    this.#store.write(`${name}-damaged`, bytes);
    this.#store.remove(name);
    this.#log.write('warn', 'accounts', `${name} is whole but makes no sense: moved to ${name}-damaged, continuing without it`);
    return undefined;
  }

  #readActive(): string | undefined {
    const bytes = this.#store.read(ACTIVE);
    if (bytes === undefined) return undefined;
    try {
      const read = v.safeParse(Active, JSON.parse(new TextDecoder().decode(bytes)));
      if (read.success) return read.output.active ?? undefined;
    } catch {
      // Not JSON: as if nothing was chosen.
    }
    return undefined;
  }

  #writeActive(): void {
    this.#store.write(ACTIVE, new TextEncoder().encode(JSON.stringify({ version: RECORD_VERSION, active: this.#active ?? null })));
  }
}

const valueOf = (slot: number): string => `account-${slot}`;

function stateOf({ secrets }: Account): AccountEntry['state'] {
  if (secrets?.keys.nodeKey !== undefined) return 'signed-in';
  return secrets?.keys.trialKey === undefined && secrets?.keys.pendingUrl === undefined ? 'signed-out' : 'signing-in';
}
