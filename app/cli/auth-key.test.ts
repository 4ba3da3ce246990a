import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAuthKey } from './auth-key.ts';

let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-key-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('a pre-auth key', () => {
  it('comes from the argument, from a file, or from the environment; the argument wins', () => {
    const file = path.join(folder, 'key');
    fs.writeFileSync(file, 'from-file\n');
    expect(readAuthKey('here', { BOWLINE_AUTHKEY: 'there' })).toEqual({ ok: true, key: 'here' });
    expect(readAuthKey(undefined, { BOWLINE_AUTHKEY: 'there' })).toEqual({ ok: true, key: 'there' });
    expect(readAuthKey(`file:${file}`, {})).toEqual({ ok: true, key: 'from-file' });
    expect(readAuthKey(undefined, { BOWLINE_AUTHKEY: `file:${file}` })).toEqual({ ok: true, key: 'from-file' });
    for (const none of [{}, { BOWLINE_AUTHKEY: '' }]) expect(readAuthKey(undefined, none)).toEqual({ ok: true, key: undefined });
  });

  it('that cannot be one is refused and never repeated', () => {
    for (const wrong of ['', 'two words-secret', 'secret\u00e9', 'x'.repeat(501), `file:${path.join(folder, 'secret-none')}`.replace('secret-', '')]) {
      const read = readAuthKey(wrong, {});
      expect(read.ok, wrong).toBe(false);
      expect(JSON.stringify(read)).not.toContain('secret');
    }
    expect(readAuthKey('file:/nowhere/key', {})).toMatchObject({ message: 'There is no file /nowhere/key with a pre-auth key.' });
  });
});
