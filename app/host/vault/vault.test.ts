/** Data keys and the vault that seals them: missing, refusing, late, another one than before, damaged. On real files. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { FakeVault } from '../../../tests/doubles/fake-vault.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createFileStore } from '../store.ts';
import { KeyRing, NO_KEY_RING } from './key-ring.ts';
import { openKeyRing, type OpenedRing } from './open-key-ring.ts';
import type { KeyVault } from './key-vault.ts';

let folder = '';
let told: string[] = [];
const log = { write: (level: string, area: string, text: string) => void told.push(`${level} ${area} ${text}`) };
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-vault-'));
  told = [];
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const opened = (vault: KeyVault | undefined, change: { withinMs?: number; signal?: AbortSignal } = {}): Promise<OpenedRing> =>
  openKeyRing({ vault, store: createFileStore(folder, log), crypto: createSodiumCrypto(), rng: createOsRng(), log, signal: new AbortController().signal, ...change });
const place = { account: 'hs.example.org', server: 'https://hs.example.org', field: 'secrets' };
const plain = new TextEncoder().encode('a secret of thirty-two bytes or so');
const files = (): string[] => fs.readdirSync(folder).toSorted();

describe('a ring of data keys', () => {
  const ring = (keys: ReadonlyMap<number, Uint8Array>): KeyRing => new KeyRing({ kind: 'sealed', by: 'keychain' }, { crypto: createSodiumCrypto(), rng: createSeededRng(1), keys });
  const first = ring(new Map([[1, new Uint8Array(32).fill(1)]]));

  it('opens what it sealed, and nothing that was sealed for another place', () => {
    const sealed = first.seal(plain, place)!;
    expect(Buffer.from(sealed.sealed, 'base64').includes(Buffer.from(plain))).toBe(false);
    expect(first.open(sealed, place)).toEqual(plain);
    for (const other of [{ account: 'b' }, { server: 'https://evil.example' }, { field: 'user' }]) expect(first.open(sealed, { ...place, ...other })).toBe('broken');
  });

  it('opens nothing that was changed, cut or made up', () => {
    const { sealed } = first.seal(plain, place)!;
    const bytes = Buffer.from(sealed, 'base64');
    for (const at of [0, 23, 24, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(first.open({ key: 1, sealed: changed.toString('base64') }, place)).toBe('broken');
    }
    for (const made of ['', 'AAAA', '!!!', bytes.subarray(0, 39).toString('base64')]) expect(first.open({ key: 1, sealed: made }, place)).toBe('broken');
  });

  it('seals the same twice in two ways', () => {
    expect(first.seal(plain, place)!.sealed).not.toBe(first.seal(plain, place)!.sealed);
  });

  it('seals with its newest key and opens with each', () => {
    const both = ring(new Map([[1, new Uint8Array(32).fill(1)], [2, new Uint8Array(32).fill(2)]]));
    expect(both.open(first.seal(plain, place)!, place)).toEqual(plain);
    expect(both.seal(plain, place)!.key).toBe(2);
    expect(first.open(both.seal(plain, place)!, place)).toBe('other-key');
  });

  it('that is empty seals nothing, and says why it opens nothing', () => {
    expect(NO_KEY_RING.seal(plain, place)).toBeUndefined();
    expect(NO_KEY_RING.open(first.seal(plain, place)!, place)).toBe('no-vault');
  });
});

describe('a vault', () => {
  it('seals one data key for the installation, which every later start opens', async () => {
    const { ring } = await opened(new FakeVault());
    expect(ring.view).toEqual({ kind: 'sealed', by: 'keychain' });
    const sealed = ring.seal(plain, place)!;
    const again = await opened(new FakeVault());
    expect(again.ring.open(sealed, place)).toEqual(plain);
    expect(files()).toEqual(['data-key-1']);
    expect(fs.statSync(path.join(folder, 'data-key-1')).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600);
  });

  it('that is not there changes nothing on disk', async () => {
    const basic = new FakeVault();
    basic.state = { kind: 'none', why: 'basic-text' };
    expect((await opened(basic)).ring.view).toEqual({ kind: 'open', why: 'basic-text' });
    expect((await opened(undefined)).ring.view).toEqual({ kind: 'open', why: 'no-vault' });
    expect(files()).toEqual([]);
    expect(told).toEqual([expect.stringContaining('no key store')]);
    // Plain text stands in for a store there: it was not asked to seal anything.
    expect(basic.asked).toEqual(['standing']);
  });

  it('that fails to say what it is, is none', async () => {
    const broken: KeyVault = { standing: () => Promise.reject(new Error('dbus')), seal: () => Promise.reject(new Error('dbus')), unseal: () => Promise.reject(new Error('dbus')) };
    expect((await opened(broken)).ring.view).toEqual({ kind: 'open', why: 'unavailable' });
  });

  it('that refuses leaves the data key as it is, and opens it when it no longer does', async () => {
    const vault = new FakeVault();
    const sealed = (await opened(vault)).ring.seal(plain, place)!;
    const before = fs.readFileSync(path.join(folder, 'data-key-1'));
    vault.refuses = true;
    const { ring } = await opened(vault);
    expect(ring.view).toEqual({ kind: 'open', why: 'denied' });
    expect(ring.open(sealed, place)).toBe('denied');
    expect(files()).toEqual(['data-key-1']);
    expect(fs.readFileSync(path.join(folder, 'data-key-1'))).toEqual(before);
    vault.refuses = false;
    expect((await opened(vault)).ring.open(sealed, place)).toEqual(plain);
  });

  it('that is another one than before gets a data key of its own beside the old one, and the old one comes back', async () => {
    const sealed = (await opened(new FakeVault('old'))).ring.seal(plain, place)!;
    const before = fs.readFileSync(path.join(folder, 'data-key-1'));
    const { ring } = await opened(new FakeVault('new'));
    expect(ring.open(sealed, place)).toBe('other-key');
    expect(ring.seal(plain, place)).toMatchObject({ key: 2 });
    expect(files()).toEqual(['data-key-1', 'data-key-2']);
    expect(fs.readFileSync(path.join(folder, 'data-key-1'))).toEqual(before);
    expect(told).toContainEqual(expect.stringContaining('another one than before'));
    expect((await opened(new FakeVault('old'))).ring.open(sealed, place)).toEqual(plain);
    expect(files()).toEqual(['data-key-1', 'data-key-2']);
  });

  it('that seals what it cannot open again is believed nothing', async () => {
    const forgetful = new FakeVault();
    const seal = forgetful.seal.bind(forgetful);
    forgetful.seal = async (text) => (await seal(text)).fill(0, 3);
    expect((await opened(forgetful)).ring.view).toEqual({ kind: 'open', why: 'denied' });
    expect(files()).toEqual([]);
  });

  it('that has a new key of its own seals the same data key anew', async () => {
    const vault = new FakeVault();
    const sealed = (await opened(vault)).ring.seal(plain, place)!;
    const asked = vault.asked.length;
    vault.stale = true;
    expect((await opened(vault)).ring.open(sealed, place)).toEqual(plain);
    expect(vault.asked.slice(asked)).toContain('seal');
    vault.stale = false;
    expect((await opened(vault)).ring.open(sealed, place)).toEqual(plain);
  });

  it('that is late does not hold the start, and gives its keys when it answers', async () => {
    const sealed = (await opened(new FakeVault())).ring.seal(plain, place)!;
    const vault = new FakeVault();
    let answer = (): void => {};
    vault.holds = new Promise((resolve) => (answer = resolve));
    const { ring, later } = await opened(vault, { withinMs: 1 });
    expect(ring.view).toEqual({ kind: 'open', why: 'late' });
    expect(ring.open(sealed, place)).toBe('late');
    answer();
    expect((await later!).open(sealed, place)).toEqual(plain);
  });

  it('that answers after the end writes nothing any more', async () => {
    const vault = new FakeVault();
    let answer = (): void => {};
    vault.holds = new Promise((resolve) => (answer = resolve));
    const ended = new AbortController();
    const { later } = await opened(vault, { withinMs: 1, signal: ended.signal });
    ended.abort();
    answer();
    expect((await later!).view).toEqual({ kind: 'open', why: 'not-kept' });
    expect(files()).toEqual([]);
  });

  it('finds a data key that is damaged, and does not take its number for the same key', async () => {
    const sealed = (await opened(new FakeVault())).ring.seal(plain, place)!;
    fs.writeFileSync(path.join(folder, 'data-key-1'), 'torn');
    const { ring } = await opened(new FakeVault());
    expect(ring.view.kind).toBe('sealed');
    expect(['broken', 'other-key']).toContain(ring.open(sealed, place));
    expect(files()).toContain('data-key-1.damaged');
  });
});
