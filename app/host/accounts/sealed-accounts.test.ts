/** Accounts on disk with a key store: sealed, taken over from the clear, locked, and whole after an end at any step. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_KEYS } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { exposePrivateKeyText } from '../../keys/text-forms.ts';
import { FakeVault } from '../../../tests/doubles/fake-vault.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { createFileStore } from '../store.ts';
import { openKeyRing } from '../vault/open-key-ring.ts';
import { AccountStore } from './account-store.ts';

let folder = '';
let told: string[] = [];
const log = { write: (level: string, area: string, text: string) => void told.push(`${level} ${area} ${text}`) };
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-sealed-'));
  told = [];
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

const ID = 'hs.example.org';
const SERVER = 'https://hs.example.org';
const LINK = 'https://hs.example.org/register/canary-of-a-session';
const ring = async (vault: FakeVault | undefined) => (await openKeyRing({ vault, store: createFileStore(folder, log), crypto: createSodiumCrypto(), rng: createOsRng(), log, signal: new AbortController().signal })).ring;
const opened = async (vault: FakeVault | undefined): Promise<AccountStore> => new AccountStore({ store: createFileStore(folder, log), log, rng: createOsRng(), ring: await ring(vault) });
const key = (n: number): PrivateKey => new PrivateKey(new Uint8Array(32).fill(n));
const file = (name: string): Buffer => fs.readFileSync(path.join(folder, name));
const record = (): { version: number; [field: string]: unknown } => JSON.parse(file('account-1').subarray(37).toString());

async function signedIn(vault: FakeVault | undefined): Promise<AccountStore> {
  const accounts = await opened(vault);
  accounts.create(SERVER);
  accounts.activate(ID);
  accounts.secretsOf(ID);
  accounts.keep(ID, { ...NO_KEYS, nodeKey: key(0xa7), trialKey: key(0xb3), pendingUrl: LINK, pinnedServerKey: new Uint8Array(32).fill(9) });
  accounts.learnUser(ID, 'ada@');
  return accounts;
}

/** Every form in which a key or a session could lie anywhere. */
function canaries(accounts: AccountStore): string[] {
  const secrets = accounts.find(ID)!.secrets!;
  const bytes = [secrets.machineKey, secrets.keys.nodeKey!, secrets.keys.trialKey!].map((each) => Buffer.from(each.bytes));
  return [LINK, 'privkey:', ...bytes.flatMap((each) => [each.toString('hex'), each.toString('base64').slice(0, 42), each.toString('latin1')])];
}
const everywhere = (): string => [...fs.readdirSync(folder).map((name) => file(name).toString('latin1')), ...told].join('\n');
const keysOf = (accounts: AccountStore): string[] => [accounts.find(ID)!.secrets!.machineKey, accounts.find(ID)!.secrets!.keys.nodeKey!, accounts.find(ID)!.secrets!.keys.trialKey!].map((each) => exposePrivateKeyText(each.bytes));

describe('accounts with a key store', () => {
  it('come back as they were, and no file and no line of the log holds a key, whatever its form', async () => {
    const before = await signedIn(new FakeVault());
    for (const canary of canaries(before)) expect(everywhere().includes(canary), canary).toBe(false);
    expect(record()).toMatchObject({ version: 2, id: ID, server: SERVER, user: 'ada@' });
    const after = await opened(new FakeVault());
    expect(keysOf(after)).toEqual(keysOf(before));
    expect(after.find(ID)!.secrets!.keys.pendingUrl).toBe(LINK);
    expect(after.keys).toEqual({ kind: 'sealed', by: 'keychain' });
  });

  it('that lay in the clear are sealed at the next start, and the clear bytes are overwritten', async () => {
    const before = await signedIn(undefined);
    expect([before.keys, record().version]).toEqual([{ kind: 'open', why: 'no-vault' }, 1]);
    fs.linkSync(path.join(folder, 'account-1'), path.join(folder, 'same-file'));
    const after = await opened(new FakeVault());
    expect(keysOf(after)).toEqual(keysOf(before));
    expect(record().version).toBe(2);
    if (process.platform !== 'win32') for (const canary of canaries(before)) expect(everywhere().includes(canary), canary).toBe(false);
    expect(told).toContainEqual(expect.stringContaining('sealed on disk now'));
  });

  it('that could not be sealed are used as they were, and that is said', async () => {
    const before = await signedIn(undefined);
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (String(to).endsWith('account-1')) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      fs.copyFileSync(from, to);
    });
    const after = await opened(new FakeVault());
    expect(keysOf(after)).toEqual(keysOf(before));
    expect(after.keys).toEqual({ kind: 'open', why: 'not-kept' });
    expect(record().version).toBe(1);
  });

  for (const [name, change, why] of [
    ['refuses', (vault: FakeVault) => void (vault.refuses = true), 'denied'],
    ['is another one', (vault: FakeVault) => void (vault.secret = 'a new computer'), 'other-key'],
    ['is gone from the desktop', (vault: FakeVault) => void (vault.state = { kind: 'none', why: 'basic-text' }), 'basic-text'],
  ] as const) {
    it(`are locked where the store ${name}: listed, left alone to the byte, and open again when it is back`, async () => {
      const before = await signedIn(new FakeVault());
      const bytes = file('account-1');
      const vault = new FakeVault();
      change(vault);
      const locked = await opened(vault);
      expect(locked.entries()).toEqual([{ id: ID, server: SERVER, user: 'ada@', active: true, state: 'locked', locked: why }]);
      expect([locked.active, locked.activeLocked?.why, locked.find(ID), locked.ofServer(SERVER)]).toEqual([undefined, why, undefined, undefined]);
      // Signing in again makes an account beside it.
      expect(locked.create(SERVER)).toMatchObject({ id: `${ID}-2` });
      locked.secretsOf(`${ID}-2`);
      locked.activate(`${ID}-2`);
      expect(file('account-1')).toEqual(bytes);
      const back = await opened(new FakeVault());
      expect(keysOf(back)).toEqual(keysOf(before));
      expect(file('account-1')).toEqual(bytes);
      expect(back.entries().map(({ id, active }) => [id, active])).toEqual([[ID, false], [`${ID}-2`, true]]);
    });
  }

  it('are locked where somebody changed a record, and do not follow a changed server', async () => {
    await signedIn(new FakeVault());
    createFileStore(folder, log).write('account-1', new TextEncoder().encode(JSON.stringify({ ...record(), server: 'https://evil.example' })));
    expect((await opened(new FakeVault())).entries()).toMatchObject([{ state: 'locked', locked: 'broken', server: 'https://evil.example' }]);
  });

  it('are locked without a store, and a person may remove them', async () => {
    await signedIn(new FakeVault());
    const locked = await opened(undefined);
    expect(locked.entries()).toMatchObject([{ state: 'locked', locked: 'no-vault' }]);
    locked.remove(ID);
    expect(locked.entries()).toEqual([]);
    expect(fs.readdirSync(folder).toSorted()).toEqual(['accounts', 'data-key-1']);
  });

  it('open when a late store answers, and what was kept meanwhile is sealed then', async () => {
    const before = await signedIn(new FakeVault());
    const late = await opened(undefined);
    late.create('https://other.example');
    late.secretsOf('other.example');
    late.useRing(await ring(new FakeVault()));
    expect(keysOf(late)).toEqual(keysOf(before));
    expect(late.entries().map(({ state }) => state)).toEqual(['signed-in', 'signed-out']);
    expect(late.keys).toEqual({ kind: 'sealed', by: 'keychain' });
    for (const canary of canaries(late)) expect(everywhere().includes(canary), canary).toBe(false);
  });
});

/** Every call that changes something on disk; from the k-th on the process is dead, and not even its clean-up runs. */
function endAt(k: number): () => boolean {
  let calls = 0;
  for (const name of ['openSync', 'writeFileSync', 'writeSync', 'fsyncSync', 'renameSync', 'rmSync'] as const) {
    const real = fs[name] as (...args: unknown[]) => unknown;
    vi.spyOn(fs, name).mockImplementation(((...args: unknown[]) => {
      if (name === 'openSync' && (args[1] === undefined || args[1] === 'r')) return real(...args);
      calls += 1;
      if (calls < k) return real(...args);
      // Half of what was to be written, as a dying process leaves it.
      if (calls === k && name === 'writeFileSync') real(args[0], (args[1] as Buffer).subarray(0, 20));
      throw new Error('ended here');
    }) as never);
  }
  return () => calls >= k;
}

describe('an end at any step', () => {
  it('of taking accounts over from the clear leaves the old or the new, and the keys are the same', async () => {
    const steps = await eachStep(async () => keysOf(await signedIn(undefined)), () => opened(new FakeVault()), async (before) => {
      const after = await opened(new FakeVault());
      expect(keysOf(after)).toEqual(before);
      expect(after.find(ID)).toMatchObject({ user: 'ada@' });
      expect(record().version).toBe(2);
    });
    // The data key and the record: made, written, flushed, renamed, and the old bytes overwritten.
    expect(steps).toBeGreaterThan(12);
  });

  it('of keeping new keys leaves the old ones or the new ones, sealed', async () => {
    let accounts: AccountStore;
    const steps = await eachStep(
      async () => {
        accounts = await signedIn(new FakeVault());
        return keysOf(accounts);
      },
      async () => accounts.keep(ID, { ...NO_KEYS, nodeKey: key(0x55), trialKey: key(0x56) }),
      async (before) => {
        const after = keysOf(await opened(new FakeVault()));
        expect([before[1], exposePrivateKeyText(key(0x55).bytes)]).toContain(after[1]);
        expect(after[0]).toBe(before[0]);
      },
    );
    expect(steps).toBeGreaterThan(4);
  });

  async function eachStep<T>(before: () => Promise<T>, work: () => Promise<unknown>, then: (before: T) => Promise<void>): Promise<number> {
    for (let k = 1; ; k++) {
      for (const name of fs.readdirSync(folder)) fs.rmSync(path.join(folder, name));
      const was = await before();
      const died = endAt(k);
      await work().catch(() => undefined);
      const isDead = died();
      vi.restoreAllMocks();
      if (!isDead) return k;
      await then(was);
    }
  }
});
