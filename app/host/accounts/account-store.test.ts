/** Accounts side by side on real files: what is kept, what is erased, and what a damaged or newer file comes to. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { NO_KEYS, type ControlKeys } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { exposePrivateKeyText } from '../../keys/text-forms.ts';
import { createFileStore, NewerFileError } from '../store.ts';
import { ACCOUNTS_AT_MOST, AccountStore } from './account-store.ts';

let folder = '';
let told: string[] = [];
const log = { write: (level: string, area: string, text: string) => void told.push(`${level} ${area} ${text}`) };
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-accounts-'));
  told = [];
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const opened = (seed = 7): AccountStore => new AccountStore({ store: createFileStore(folder, log), log, rng: createSeededRng(seed) });
const key = (n: number): PrivateKey => new PrivateKey(new Uint8Array(32).fill(n));
const keys = (change: Partial<ControlKeys> = {}): ControlKeys => ({ ...NO_KEYS, nodeKey: key(1), pinnedServerKey: new Uint8Array(32).fill(9), ...change });
const everything = (): string => fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'latin1')).join('\n');

function withTwo(): AccountStore {
  const accounts = opened();
  for (const server of ['https://hs.example.org', 'https://hs.example.org']) accounts.create(server);
  accounts.secretsOf('hs.example.org');
  accounts.keep('hs.example.org', keys());
  accounts.learnUser('hs.example.org', 'ada@');
  accounts.name('hs.example.org', 'ada-laptop');
  accounts.keep('hs.example.org-2', keys({ nodeKey: undefined, trialKey: key(2), pendingUrl: 'https://hs.example.org/register/x' }));
  accounts.activate('hs.example.org-2');
  return accounts;
}

describe('accounts on disk', () => {
  it('are named after their server, and come back as they were', () => {
    const before = withTwo();
    const after = opened();
    expect(after.entries()).toEqual([
      { id: 'hs.example.org', server: 'https://hs.example.org', user: 'ada@', active: false, state: 'signed-in' },
      { id: 'hs.example.org-2', server: 'https://hs.example.org', user: null, active: true, state: 'signing-in' },
    ]);
    expect(after.all().map(({ hostname }) => hostname)).toEqual(['ada-laptop', null]);
    for (const id of ['hs.example.org', 'hs.example.org-2']) {
      const [a, b] = [before.find(id)?.secrets, after.find(id)?.secrets];
      expect(b?.machineKey.bytes).toEqual(a?.machineKey.bytes);
      expect(b?.keys.nodeKey?.bytes).toEqual(a?.keys.nodeKey?.bytes);
      expect(b?.keys.trialKey?.bytes).toEqual(a?.keys.trialKey?.bytes);
      expect(b?.keys.pendingUrl).toBe(a?.keys.pendingUrl);
      expect(b?.keys.pinnedServerKey).toEqual(new Uint8Array(32).fill(9));
    }
  });

  it('have a machine key of their own each, clamped, and the same at every start', () => {
    const accounts = withTwo();
    const [a, b] = accounts.all().map((account) => account.secrets!.machineKey.bytes);
    expect(a).not.toEqual(b);
    expect([a![0]! & 7, a![31]! & 192]).toEqual([0, 64]);
    expect(opened().secretsOf('hs.example.org').machineKey.bytes).toEqual(a);
  });

  it('are files of mode 0600 in a folder of mode 0700', () => {
    withTwo();
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of fs.readdirSync(folder)) expect(fs.statSync(path.join(folder, name)).mode & 0o777, name).toBe(0o600);
  });

  it('lose every key when signed out, in place, and the others keep theirs', () => {
    const accounts = withTwo();
    const { machineKey } = accounts.secretsOf('hs.example.org');
    const text = exposePrivateKeyText(machineKey.bytes);
    const other = exposePrivateKeyText(accounts.secretsOf('hs.example.org-2').machineKey.bytes);
    fs.linkSync(path.join(folder, 'account-1'), path.join(folder, 'same-file'));
    accounts.keep('hs.example.org', undefined);
    expect(everything()).not.toContain(text);
    expect(everything()).toContain(other);
    expect(fs.readFileSync(path.join(folder, 'same-file')).every((byte) => byte === 0)).toBe(true);
    expect(machineKey.bytes.every((byte) => byte === 0)).toBe(true);
    expect(opened().entries()[0]).toMatchObject({ id: 'hs.example.org', user: null, state: 'signed-out' });
    expect(exposePrivateKeyText(opened(8).secretsOf('hs.example.org').machineKey.bytes)).not.toBe(text);
  });

  it('are gone when removed; another one is active then', () => {
    const accounts = withTwo();
    accounts.remove('hs.example.org-2');
    expect(opened().entries()).toMatchObject([{ id: 'hs.example.org', active: true }]);
    accounts.remove('hs.example.org');
    expect(opened().entries()).toEqual([]);
    expect(everything()).not.toContain('privkey:');
  });

  it('survive the loss of one of them, and of the note which one is active', () => {
    withTwo();
    for (const name of ['accounts', 'account-2']) fs.writeFileSync(path.join(folder, name), 'torn');
    expect(opened().entries()).toMatchObject([{ id: 'hs.example.org', active: true, state: 'signed-in' }]);
    expect(fs.readdirSync(folder)).toContain('account-2.damaged');
    expect(told.every((line) => line.startsWith('warn store'))).toBe(true);
  });

  it('that are whole but make no sense are moved aside', () => {
    const store = createFileStore(folder, log);
    for (const [i, text] of ['not json', '[]', '{"version":1}', '{"version":1,"id":"a","server":"b","user":null,"hostname":null,"secrets":{"machineKey":"privkey:zz"}}'].entries()) {
      store.write('account-1', new TextEncoder().encode(text));
      expect(opened().entries()).toEqual([]);
      expect(fs.readdirSync(folder)).toEqual(['account-1-damaged']);
      expect(told).toHaveLength(i + 1);
    }
  });

  it('of a newer Bowline are refused and left as they are', () => {
    withTwo();
    const store = createFileStore(folder, log);
    store.write('account-2', new TextEncoder().encode('{"version":3,"id":"x"}'));
    const before = fs.readFileSync(path.join(folder, 'account-2'));
    expect(() => opened()).toThrow(NewerFileError);
    expect(() => opened()).toThrow(/account-2 was written by a newer Bowline \(format 3; this one knows 2\)/);
    expect(fs.readFileSync(path.join(folder, 'account-2'))).toEqual(before);
  });

  it('are bounded in number', () => {
    const accounts = opened();
    for (let i = 0; i < ACCOUNTS_AT_MOST; i++) expect(accounts.create('https://hs.example.org')).toBeDefined();
    expect(accounts.create('https://hs.example.org')).toBeUndefined();
    expect(new Set(accounts.all().map(({ id }) => id)).size).toBe(ACCOUNTS_AT_MOST);
  });

  it('print no secret', () => {
    const text = JSON.stringify(withTwo().all());
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('privkey');
  });
});
