/** What a person does with accounts, on real files, with an engine that notes what it is told. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { NO_KEYS } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { PreAuthKey } from '../../keys/pre-auth-key.ts';
import type { AccountPhase, TailnetNodeConfig } from '../../node/types.ts';
import { ACCOUNTS_AT_MOST, AccountStore } from '../accounts/account-store.ts';
import { createFileStore } from '../store.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { KeyRing } from '../vault/key-ring.ts';
import { AccountDesk, type DeskEngine } from './account-desk.ts';
import { hostFacts, hostnameFault } from './host-facts.ts';

const AUTH_KEY = 'hskey-auth-0123456789ab-secretsecretsecret';
let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-desk-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const key = (n: number): PrivateKey => new PrivateKey(new Uint8Array(32).fill(n));

function play(ring?: KeyRing) {
  const log: string[] = [];
  const rng = createSeededRng(3);
  const store = createFileStore(folder, { write: () => {} });
  const accounts = new AccountStore({ store, log: { write: () => {} }, rng, ...(ring === undefined ? {} : { ring }) });
  const desk = new AccountDesk({ accounts, host: hostFacts(store, rng), discoKey: { secret: new PrivateKey(new Uint8Array(32).fill(3)), public: new Uint8Array(32) }, mtu: 1_280, acceptRoutes: false, log: { write: (_level, _area, text) => void log.push(text) } });
  const told: string[] = [];
  const state: { phase: AccountPhase; user: string | null; config: TailnetNodeConfig | undefined } = { phase: 'connecting', user: null, config: undefined };
  const engine: DeskEngine = {
    restart: (config) => {
      state.config = config;
      told.push(`restart ${config.control.url}${config.control.authKey === undefined ? '' : ' by key'}`);
    },
    idle: () => void told.push('idle'),
    tell: (input) => {
      told.push(`${input.kind}${input.kind === 'sign-in' && input.authKey !== undefined ? ' by key' : ''}`);
      // A node signs out by wiping its keys.
      if (input.kind === 'sign-out') setImmediate(() => desk.persist(undefined));
    },
    snapshot: () => ({ account: { phase: state.phase, user: state.user } }),
    extrasChanged: () => {},
  };
  const start = (server: string | undefined, authKey?: string, hostname?: string) => {
    const first = desk.first(server, authKey === undefined ? undefined : new PreAuthKey(authKey), hostname);
    if (first.ok) desk.opened(engine, authKey !== undefined);
    return first;
  };
  const signedIn = (n = 1): void => desk.persist({ ...NO_KEYS, nodeKey: key(n), pinnedServerKey: new Uint8Array(32).fill(n) });
  return { desk, accounts, told, state, start, signedIn, log };
}

const onDisk = (): string => fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'latin1')).join('\n');

describe('the start', () => {
  it('without an account says how to get one', () => {
    expect(play().start(undefined)).toMatchObject({ ok: false, error: { code: 'no-account', message: expect.stringContaining('--server https://hs.example.org') } });
  });

  it('at a new server asks for an address to sign in at', () => {
    const { start, told, desk } = play();
    expect(start('hs.example.org')).toMatchObject({ ok: true, value: { control: { url: 'https://hs.example.org', authKey: undefined } } });
    expect(told).toEqual(['sign-in']);
    expect(desk.list()).toMatchObject([{ id: 'hs.example.org', active: true, state: 'signed-out' }]);
  });

  it('of an account that is signed in, or waits for approval, asks for nothing and has the same keys', () => {
    const first = play();
    first.start('hs.example.org');
    first.signedIn();
    const again = play();
    expect(again.start(undefined)).toMatchObject({ ok: true, value: { control: { keys: { nodeKey: key(1), pinnedServerKey: new Uint8Array(32).fill(1) } } } });
    expect(again.told).toEqual([]);
    again.desk.persist({ ...NO_KEYS, trialKey: key(2), pendingUrl: 'https://hs.example.org/register/x' });
    const waiting = play();
    expect(waiting.start(undefined)).toMatchObject({ ok: true, value: { control: { keys: { pendingUrl: 'https://hs.example.org/register/x' } } } });
    expect(waiting.told).toEqual([]);
  });

  it('remembers how a person named this computer', () => {
    play().start('hs.example.org', undefined, 'ada-laptop');
    expect(play().start(undefined)).toMatchObject({ value: { control: { host: { hostname: 'ada-laptop' } } } });
  });
});

describe('a pre-auth key', () => {
  it('goes to the node and never to the disk or the log', async () => {
    const { start, desk, signedIn, told, log } = play();
    start('hs.example.org', AUTH_KEY);
    signedIn();
    desk.login(undefined, AUTH_KEY);
    desk.login('hs.other.org', AUTH_KEY);
    signedIn(2);
    expect(told).toEqual(['sign-in by key', 'idle', 'restart https://hs.other.org by key']);
    expect(onDisk()).not.toContain('secretsecret');
    expect(log.join()).not.toContain('secretsecret');
    await desk.logout(undefined);
    expect(onDisk()).not.toContain('secretsecret');
  });
});

describe('several accounts', () => {
  it('are switched without losing one, and only the active one has a node', async () => {
    const { start, desk, signedIn, told, state } = play();
    start('hs.example.org');
    signedIn(1);
    desk.login('http://127.0.0.1:8080', undefined);
    signedIn(2);
    told.length = 0;
    expect(await desk.switchTo('hs.example.org')).toEqual({ ok: true, value: { account: 'hs.example.org' } });
    expect(told).toEqual(['idle', 'restart https://hs.example.org']);
    expect(state.config?.control.keys.nodeKey?.bytes).toEqual(key(1).bytes);
    expect(desk.list()).toMatchObject([{ id: 'hs.example.org', active: true, state: 'signed-in' }, { id: '127.0.0.1:8080', active: false, state: 'signed-in' }]);
    told.length = 0;
    await desk.switchTo('hs.example.org');
    expect(told).toEqual([]);
  });

  it('may be of one server', () => {
    const { start, desk, told } = play();
    start('hs.example.org');
    told.length = 0;
    expect(desk.login(undefined, undefined, true)).toEqual({ ok: true, value: { account: 'hs.example.org-2' } });
    expect(told).toEqual(['idle', 'restart https://hs.example.org', 'sign-in']);
    expect(desk.login('hs.example.org', undefined)).toEqual({ ok: true, value: { account: 'hs.example.org-2' } });
  });

  it('keep their keys apart: what a node says is kept for its own account', async () => {
    const { start, desk, signedIn, accounts } = play();
    start('hs.example.org');
    signedIn(1);
    desk.login('hs.other.org', undefined);
    signedIn(2);
    await desk.switchTo('hs.example.org');
    signedIn(3);
    expect(accounts.find('hs.example.org')?.secrets?.keys.nodeKey?.bytes).toEqual(key(3).bytes);
    expect(accounts.find('hs.other.org')?.secrets?.keys.nodeKey?.bytes).toEqual(key(2).bytes);
    expect(accounts.find('hs.example.org')?.secrets?.machineKey.bytes).not.toEqual(accounts.find('hs.other.org')?.secrets?.machineKey.bytes);
  });

  it('that nobody knows, and servers that cannot be, are refused in words', async () => {
    const { start, desk } = play();
    start('hs.example.org');
    expect(await desk.switchTo('nope')).toMatchObject({ ok: false, error: { code: 'unknown-account', message: 'There is no account nope. There are: hs.example.org.' } });
    expect(await desk.remove('nope')).toMatchObject({ ok: false });
    expect(desk.login('https://hs.example.org/path', undefined)).toMatchObject({ ok: false, error: { code: 'bad-server' } });
    for (let i = 1; i < ACCOUNTS_AT_MOST; i++) desk.login(`hs${i}.example.org`, undefined);
    expect(desk.login('one.more.org', undefined)).toMatchObject({ ok: false, error: { code: 'too-many' } });
  });
});

describe('signing out', () => {
  it('waits until the node has done it, erases every key, and keeps the account', async () => {
    const { start, desk, signedIn, told } = play();
    start('hs.example.org');
    signedIn();
    told.length = 0;
    expect(await desk.logout(undefined)).toEqual({ ok: true, value: { account: 'hs.example.org' } });
    expect(told).toEqual(['sign-out']);
    expect(onDisk()).not.toContain('privkey:');
    expect(desk.list()).toMatchObject([{ id: 'hs.example.org', active: true, state: 'signed-out' }]);
    expect(await desk.logout(undefined)).toMatchObject({ ok: true });
  });

  it('is followed by a sign-in with fresh keys', async () => {
    const { start, desk, signedIn, told, state } = play();
    start('hs.example.org');
    signedIn();
    await desk.logout(undefined);
    told.length = 0;
    desk.login(undefined, undefined);
    expect(told).toEqual(['idle', 'restart https://hs.example.org', 'sign-in']);
    expect(state.config?.control.keys).toEqual(NO_KEYS);
    expect(state.config?.control.machineKey.bytes.some((byte) => byte !== 0)).toBe(true);
  });

  it('of an account that is not active says what to do instead', async () => {
    const { start, desk, signedIn } = play();
    start('hs.example.org');
    signedIn();
    desk.login('hs.other.org', undefined);
    expect(await desk.logout('hs.example.org')).toMatchObject({ ok: false, error: { code: 'not-active', message: expect.stringContaining('bowline accounts remove hs.example.org') } });
  });

  it('comes before an active account is removed', async () => {
    const { start, desk, signedIn, told } = play();
    start('hs.example.org');
    signedIn();
    told.length = 0;
    expect(await desk.remove('hs.example.org')).toMatchObject({ ok: true });
    expect(told).toEqual(['sign-out', 'idle']);
    expect(desk.list()).toEqual([]);
    expect(onDisk()).not.toContain('privkey:');
  });
});

describe('a server that shows another key', () => {
  it('is trusted only by an answer, and only when it was asked', () => {
    const { start, desk, told, state } = play();
    start('hs.example.org', AUTH_KEY);
    told.length = 0;
    expect(desk.acceptServerKey(true)).toMatchObject({ ok: false, error: { code: 'nothing-asked' } });
    state.phase = 'key-changed';
    expect(desk.acceptServerKey(false)).toEqual({ ok: true, value: { accepted: false } });
    expect(told).toEqual([]);
    expect(desk.acceptServerKey(true)).toEqual({ ok: true, value: { accepted: true } });
    expect(told).toEqual(['accept-server-key']);
  });
});

describe('keys that cannot be written', () => {
  it('end nothing, and the log says what follows', () => {
    const { start, signedIn, log, desk } = play();
    start('hs.example.org');
    fs.rmSync(folder, { recursive: true });
    signedIn();
    expect(log.join()).toMatch(/the keys of hs.example.org could not be written, so a restart will ask to sign in/);
    fs.mkdirSync(folder);
    expect(desk.list()).toHaveLength(1);
  });
});

describe('the host facts', () => {
  it('say what this computer is, under one random name for good', () => {
    const store = createFileStore(folder, { write: () => {} });
    const [a, b] = [hostFacts(store, createSeededRng(1)), hostFacts(store, createSeededRng(2))];
    expect(a).toEqual(b);
    expect(a.backendLogId).toMatch(/^[0-9a-f]{64}$/);
    expect(a).toMatchObject({ clientVersion: expect.stringMatching(/^bowline-\d/), osVersion: os.release(), hostname: os.hostname().split('.')[0] });
    expect(['amd64', 'arm64', '386', 'arm']).toContain(a.arch);
  });

  it('take a name that the network can use, and no other', () => {
    for (const good of ['ada', 'ada-laptop', 'A1', 'x'.repeat(63)]) expect(hostnameFault(good)).toBeUndefined();
    for (const bad of ['', 'ada laptop', '-ada', 'ada-', 'ada.lab', 'x'.repeat(64), 'ad\u00e4']) expect(hostnameFault(bad)).toContain('cannot be this computer');
  });
});

describe('an account whose keys are sealed', () => {
  const ring = new KeyRing({ kind: 'sealed', by: 'keychain' }, { crypto: createSodiumCrypto(), rng: createSeededRng(5), keys: new Map([[1, new Uint8Array(32).fill(1)]]) });
  const sealed = (): void => {
    const first = play(ring);
    first.start('hs.example.org');
    first.signedIn();
  };

  it('is not joined without its key store: each way says why and what to do', async () => {
    sealed();
    const { start, desk, told } = play();
    const said = { ok: false, error: { code: 'locked', message: expect.stringMatching(/keys of hs\.example\.org are sealed for the tray app.*sign in to https:\/\/hs\.example\.org again/) } };
    expect(start(undefined)).toMatchObject(said);
    expect(desk.login(undefined, undefined)).toMatchObject(said);
    expect(await desk.switchTo('hs.example.org')).toMatchObject(said);
    expect(await desk.logout('hs.example.org')).toMatchObject(said);
    expect(await desk.logout(undefined)).toMatchObject(said);
    expect(told).toEqual([]);
  });

  it('stays where it is when a person signs in again beside it, and can be removed', async () => {
    sealed();
    const { start, desk } = play();
    expect(start('hs.example.org')).toMatchObject({ ok: true });
    expect(desk.list()).toMatchObject([{ id: 'hs.example.org', state: 'locked' }, { id: 'hs.example.org-2', active: true }]);
    expect(await desk.remove('hs.example.org')).toMatchObject({ ok: true });
    expect(desk.list()).toMatchObject([{ id: 'hs.example.org-2' }]);
  });

  it('is joined when its key store answers late, and not when another one was joined meanwhile', () => {
    sealed();
    const late = play();
    late.start(undefined);
    late.desk.unlocked(ring);
    expect(late.desk.list()).toMatchObject([{ state: 'signed-in', active: true }]);
    const busy = play();
    busy.start('other.example');
    const before = [...busy.told];
    busy.desk.unlocked(ring);
    expect(busy.told).toEqual(before);
    expect(busy.desk.list()).toMatchObject([{ state: 'signed-in', active: false }, { id: 'other.example', active: true }]);
  });
});
