/**
 * The accounts of one Bowline: several servers side by side, one of them active. Each account is one value of the Store
 * (`account-1` to `account-32`) that stands for itself; which one is active is another. So a damaged value costs one
 * account, and no account costs another. Erasing keys overwrites them. It talks to no server and knows no node.
 *
 * With a ring of data keys everything secret is sealed; what an earlier version wrote in the clear is sealed when it is read. An
 * account whose keys do not open is *locked*: it is listed, its record is left alone, and only a person removes it. It opens
 * again at a later start, or when a ring comes that opens it.
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
import type { KeysView } from '../../api/schema.ts';
import { NewerFileError, whyNoRoom } from '../store.ts';
import { fromStoredJson, toStoredJson } from '../stored-json.ts';
import { NO_KEY_RING, type KeyRing } from '../vault/key-ring.ts';
import { decodeAccount, encodeAccount, RECORD_VERSION, type Account, type LockedAccount } from './stored-account.ts';
import { accountNameOf } from './server-url.ts';

export const ACCOUNTS_AT_MOST = 32;
const ACTIVE = 'accounts';
/** Of the note which one is active; it holds no secret. */
const ACTIVE_VERSION = 1;
const Active = v.object({ version: v.literal(ACTIVE_VERSION), active: v.nullable(v.string()) });

export interface AccountStoreInit {
  readonly store: Store;
  readonly log: Log;
  /** Draws machine keys. */
  readonly rng: Rng;
  /** Absent: there is no key store. */
  readonly ring?: KeyRing;
}

export class AccountStore {
  readonly #store: Store;
  readonly #log: Log;
  readonly #rng: Rng;
  /** By slot, from 1. */
  readonly #slots = new Map<number, Account>();
  /** By slot. */
  readonly #locked = new Map<number, LockedAccount>();
  /** Slots whose secrets lie in the clear although there is a ring. */
  readonly #inTheClear = new Set<number>();
  #ring: KeyRing;
  #active: string | undefined;

  constructor({ store, log, rng, ring = NO_KEY_RING }: AccountStoreInit) {
    this.#store = store;
    this.#log = log;
    this.#rng = rng;
    this.#ring = ring;
    for (let slot = 1; slot <= ACCOUNTS_AT_MOST; slot++) this.#read(slot);
    const chosen = this.#readActive();
    this.#active = this.find(chosen ?? '')?.id ?? this.findLocked(chosen ?? '')?.id ?? this.all()[0]?.id ?? [...this.#locked.values()][0]?.id;
  }

  /** How what is secret lies on disk. */
  get keys(): KeysView {
    return this.#ring.view.kind === 'sealed' && this.#inTheClear.size > 0 ? { kind: 'open', why: 'not-kept' } : this.#ring.view;
  }

  /** The vault answered after all: what was locked is tried again, what lies in the clear is sealed. */
  useRing(ring: KeyRing): void {
    this.#ring = ring;
    const slots = [...this.#locked.keys()];
    this.#locked.clear();
    for (const slot of slots) this.#read(slot);
    for (const [slot, account] of this.#slots) this.#sealInPlace(slot, account);
  }

  all(): Account[] {
    return [...this.#slots.values()];
  }

  get active(): Account | undefined {
    return this.find(this.#active ?? '');
  }

  /** Of the active account, where its keys do not open; then there is no `active`. */
  get activeLocked(): LockedAccount | undefined {
    return this.findLocked(this.#active ?? '');
  }

  find(id: string): Account | undefined {
    return this.all().find((account) => account.id === id);
  }

  /** Open or locked. */
  has(id: string): boolean {
    return this.find(id) !== undefined || this.findLocked(id) !== undefined;
  }

  findLocked(id: string): LockedAccount | undefined {
    return [...this.#locked.values()].find((account) => account.id === id);
  }

  /** The account that a sign-in at this server is about: the active one, if it is of this server, else its first. */
  ofServer(server: string): Account | undefined {
    const there = this.all().filter((account) => account.server === server);
    return there.find((account) => account.id === this.#active) ?? there[0];
  }

  entries(): AccountEntry[] {
    const open = [...this.#slots].map(([slot, account]) => ({ slot, entry: { ...this.#entry(account), state: stateOf(account) } }));
    const locked = [...this.#locked].map(([slot, account]) => ({ slot, entry: { ...this.#entry(account), state: 'locked' as const, locked: account.why } }));
    return [...open, ...locked].toSorted((a, b) => a.slot - b.slot).map(({ entry }) => entry);
  }

  /** A new account, not active yet. Undefined: there are ACCOUNTS_AT_MOST already. */
  create(server: string): Account | undefined {
    for (let slot = 1; slot <= ACCOUNTS_AT_MOST; slot++) {
      // A record that does not open is nobody's place.
      if (this.#slots.has(slot) || this.#locked.has(slot)) continue;
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
    const lockedIn = [...this.#locked].find(([, account]) => account.id === id)?.[0];
    const slot = lockedIn ?? this.#known(id).slot;
    this.#slots.get(slot)?.secrets?.machineKey.wipe();
    this.#erase(slot);
    for (const known of [this.#slots, this.#locked, this.#inTheClear]) known.delete(slot);
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
      if (!this.has(id)) return id;
    }
  }

  /** A copy that was moved aside may hold keys too. */
  #erase(slot: number): void {
    for (const name of [valueOf(slot), `${valueOf(slot)}-damaged`]) this.#store.wipe(name);
  }

  #entry({ id, server, user }: Pick<Account, 'id' | 'server' | 'user'>): Pick<AccountEntry, 'id' | 'server' | 'user' | 'active'> {
    return { id, server, user, active: id === this.#active };
  }

  #write(slot: number, account: Account, before?: 'overwrite'): void {
    const { bytes, sealed } = encodeAccount(account, this.#ring);
    this.#store.write(valueOf(slot), bytes, before);
    this.#slots.set(slot, account);
    if (sealed) this.#inTheClear.delete(slot);
    else this.#inTheClear.add(slot);
  }

  #read(slot: number): void {
    const name = valueOf(slot);
    const bytes = this.#store.read(name);
    if (bytes === undefined) return;
    const read = decodeAccount(bytes, this.#ring);
    switch (read.kind) {
      case 'newer':
        throw new NewerFileError(name, read.version, RECORD_VERSION);
      case 'locked':
        this.#locked.set(slot, read.account);
        this.#log.write('warn', 'accounts', `the keys of ${read.account.id} are sealed and cannot be opened (${read.account.why}): ${name} is left as it is`);
        return;
      case 'account':
        this.#slots.set(slot, read.account);
        if (!read.sealed) this.#inTheClear.add(slot);
        this.#sealInPlace(slot, read.account);
        return;
      case 'senseless':
        this.#store.write(`${name}-damaged`, bytes);
        this.#store.remove(name);
        this.#log.write('warn', 'accounts', `${name} is whole but makes no sense: moved to ${name}-damaged, continuing without it`);
    }
  }

  /** What lies in the clear is sealed, and the clear bytes are overwritten. Where that fails, the old record is whole and used. */
  #sealInPlace(slot: number, account: Account): void {
    if (!this.#inTheClear.has(slot) || this.#ring.view.kind !== 'sealed') return;
    const why = whyNoRoom(() => this.#write(slot, account, 'overwrite'));
    if (why === undefined) this.#log.write('info', 'accounts', `the keys of ${account.id} are sealed on disk now`);
    else this.#log.write('warn', 'accounts', `the keys of ${account.id} lie unsealed on disk as before: ${why}`);
  }

  #readActive(): string | undefined {
    const bytes = this.#store.read(ACTIVE);
    const read = v.safeParse(Active, bytes === undefined ? undefined : fromStoredJson(bytes));
    return read.success ? (read.output.active ?? undefined) : undefined;
  }

  #writeActive(): void {
    this.#store.write(ACTIVE, toStoredJson({ version: ACTIVE_VERSION, active: this.#active ?? null }));
  }
}

const valueOf = (slot: number): string => `account-${slot}`;

function stateOf({ secrets }: Account): AccountEntry['state'] {
  if (secrets?.keys.nodeKey !== undefined) return 'signed-in';
  return secrets?.keys.trialKey === undefined && secrets?.keys.pendingUrl === undefined ? 'signed-out' : 'signing-in';
}
