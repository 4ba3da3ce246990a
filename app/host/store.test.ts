/** The file store: the compliance suite, file modes, and damage. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeCompliance } from '../../tests/compliance/store.ts';
import { createMemoryStore } from '../../tests/doubles/memory-store.ts';
import type { Log } from '../ports/log.ts';
import { createFileStore, NewerFileError } from './store.ts';

const silent: Log = { write() {} };
let parent = '';
let made = 0;
beforeEach(() => {
  parent = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-store-'));
});
afterEach(() => fs.rmSync(parent, { recursive: true }));

describe('the in-memory store', () => {
  storeCompliance(() => {
    const store = createMemoryStore();
    return { store, reopen: () => store };
  });
});

describe('the file store', () => {
  storeCompliance(() => {
    const directory = path.join(parent, `state-${made++}`);
    return { store: createFileStore(directory, silent), reopen: () => createFileStore(directory, silent) };
  });

  it('makes files of mode 0600 in a directory of mode 0700, and leaves nothing else behind', () => {
    const directory = path.join(parent, 'deep', 'state');
    const store = createFileStore(directory, silent);
    store.write('key', Uint8Array.of(1));
    store.write('key', Uint8Array.of(2));
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.join(directory, 'key')).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(directory)).toEqual(['key']);
  });

  it('moves a damaged value aside, says so, and continues without it', () => {
    const told: string[] = [];
    const store = createFileStore(parent, { write: (level, area, text) => told.push(`${level} ${area} ${text}`) });
    const file = path.join(parent, 'key');
    const damages: ((bytes: Buffer) => Buffer)[] = [(b) => b.subarray(0, 20), (b) => b.subarray(0, b.length - 1), (b) => Buffer.from(b.map((x, i) => (i === 40 ? x ^ 1 : x))), () => Buffer.alloc(0)];
    for (const damage of damages) {
      store.write('key', Uint8Array.of(1, 2, 3, 4, 5, 6));
      fs.writeFileSync(file, damage(fs.readFileSync(file)));
      expect(store.read('key')).toBeUndefined();
      expect(fs.existsSync(`${file}.damaged`)).toBe(true);
    }
    expect(told).toHaveLength(damages.length);
    expect(told[0]).toMatch(/^warn store the file .*key is damaged: moved to key.damaged/);
    store.write('key', Uint8Array.of(7));
    expect(store.read('key')).toEqual(Uint8Array.of(7));
  });

  it('overwrites what it wipes before the name is gone, a damaged copy too', () => {
    const store = createFileStore(parent, silent);
    const file = path.join(parent, 'key');
    store.write('key', new TextEncoder().encode('a secret'));
    fs.writeFileSync(`${file}.damaged`, 'a secret');
    const others = [file, `${file}.damaged`].map((each) => {
      fs.linkSync(each, `${each}-other-name`);
      return `${each}-other-name`;
    });
    store.wipe('key');
    expect([file, `${file}.damaged`].map((each) => fs.existsSync(each))).toEqual([false, false]);
    for (const other of others) {
      const left = fs.readFileSync(other);
      expect(left.length).toBeGreaterThan(0);
      expect(left.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('neither reads nor replaces a file of a newer format, and says which', () => {
    const store = createFileStore(parent, silent);
    store.write('key', Uint8Array.of(1, 2, 3));
    const file = path.join(parent, 'key');
    const newer = fs.readFileSync(file);
    newer[4] = 2;
    fs.writeFileSync(file, newer);
    expect(() => store.read('key')).toThrow(NewerFileError);
    expect(() => store.read('key')).toThrow(/key was written by a newer Bowline \(format 2; this one knows 1\)/);
    expect(() => store.write('key', Uint8Array.of(4))).toThrow(NewerFileError);
    expect(fs.readFileSync(file)).toEqual(newer);
    expect(fs.readdirSync(parent)).toEqual(['key']);
  });
});
