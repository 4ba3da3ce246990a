/** The verbs about accounts against a running host, and against the state folder where none runs. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSeededRng } from '../base/seeded-rng.ts';
import { NO_KEYS } from '../control/types.ts';
import { AccountStore } from '../host/accounts/account-store.ts';
import { startControlSocket, type ControlSocket } from '../host/control-socket/server.ts';
import { createFileStore } from '../host/store.ts';
import { fakeAccounts, fakeHost } from '../../tests/doubles/fake-engine.ts';
import { acceptKey, listAccounts, login, logout, removeAccount, switchAccount } from './account-verbs.ts';
import { paintFor } from './table.ts';
import type { Terminal } from './verbs.ts';

let folder = '';
let out: string[] = [];
let errors: string[] = [];
let socket: ControlSocket | undefined;
const terminal: Terminal = { out: (line) => out.push(line), error: (line) => errors.push(line), paint: paintFor({}, {}), wait: () => Promise.resolve(), timeOf: (iso) => iso };
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-av-'));
  out = [];
  errors = [];
});
afterEach(async () => {
  await socket?.close();
  socket = undefined;
  fs.rmSync(folder, { recursive: true });
});

const options = (json = false) => ({ socket: path.join(folder, 'bowline.sock'), stateDirectory: folder, json });
const openStore = (): AccountStore => new AccountStore({ store: createFileStore(folder, { write: () => {} }), log: { write: () => {} }, rng: createSeededRng(1) });
async function running(accounts = fakeAccounts()) {
  socket = await startControlSocket({ host: fakeHost({ accounts }), path: options().socket });
  return accounts;
}

describe('with a running Bowline', () => {
  it('accounts are listed, for a person and as one object', async () => {
    await running();
    expect(await listAccounts(options(), terminal)).toBe(0);
    expect(out.join('\n')).toMatch(/\* +hs\.example\.org +https:\/\/hs\.example\.org +ada +signed in\n +hs\.lab\.test .* \u2013 +signed out/);
    out = [];
    await listAccounts(options(true), terminal);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ accounts: [{ id: 'hs.example.org', active: true }, { id: 'hs.lab.test' }] });
  });

  it('each verb asks for what it says', async () => {
    const accounts = await running();
    await logout({ ...options(), account: undefined }, terminal);
    await switchAccount({ ...options(), account: 'hs.lab.test' }, terminal);
    await removeAccount({ ...options(), account: 'hs.lab.test' }, terminal);
    await acceptKey(options(), terminal);
    expect(accounts.asked).toEqual(['logout -', 'switch hs.lab.test', 'remove hs.lab.test', 'accept true']);
    expect(out[0]).toBe('Signed out of hs.example.org. Its keys are erased.');
    expect(errors).toEqual([]);
  });

  it('an address that cannot be one never leaves the command line', async () => {
    const accounts = await running();
    expect(await login({ ...options(true), server: 'hs.example.org/x', authKey: 'secret-key', another: false, within: undefined }, terminal)).toBe(1);
    expect(accounts.asked).toEqual([]);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ error: { code: 'bad-server' } });
    expect(out.join() + errors.join()).not.toContain('secret-key');
  });

  it('one without a server says that there are no accounts', async () => {
    socket = await startControlSocket({ host: fakeHost(), path: options().socket });
    expect(await logout({ ...options(), account: undefined }, terminal)).toBe(1);
    expect(errors[0]).toContain('runs from a configuration file');
  });
});

describe('where none runs', () => {
  it('the list comes from the state folder; a folder that is not there is not made', async () => {
    openStore().create('https://hs.example.org');
    await listAccounts(options(), terminal);
    expect(out.join('\n')).toContain('hs.example.org');
    const nowhere = path.join(folder, 'none');
    out = [];
    expect(await listAccounts({ ...options(), socket: path.join(nowhere, 's'), stateDirectory: nowhere }, terminal)).toBe(0);
    expect(out.join()).toContain('No accounts yet');
    expect(fs.existsSync(nowhere)).toBe(false);
  });

  it('an account can be removed, with its keys', async () => {
    const accounts = openStore();
    accounts.create('https://hs.example.org');
    accounts.keep('hs.example.org', NO_KEYS);
    expect(await removeAccount({ ...options(), account: 'nope' }, terminal)).toBe(1);
    expect(await removeAccount({ ...options(), account: 'hs.example.org' }, terminal)).toBe(0);
    expect(openStore().entries()).toEqual([]);
    expect(fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'latin1')).join()).not.toContain('privkey');
  });

  it('a sign-in says how to start one', async () => {
    expect(await login({ ...options(), server: 'hs.example.org', authKey: undefined, another: false, within: undefined }, terminal)).toBe(1);
    expect(errors[0]).toContain('bowline up --server hs.example.org');
  });

  it('accounts of a newer Bowline are refused in one line', async () => {
    createFileStore(folder, { write: () => {} }).write('account-1', new TextEncoder().encode('{"version":9}'));
    expect(await listAccounts(options(), terminal)).toBe(1);
    expect(errors).toEqual([expect.stringContaining('account-1 was written by a newer Bowline (format 9')]);
  });
});
