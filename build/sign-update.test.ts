/** The signing script against what the app believes: a key that it made signs a manifest that the app follows, and nothing else is written. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeManifest, openManifest } from '../app/host/update/manifest.ts';
import { makeKey, signRelease, type Release } from './sign-update.ts';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-sign-'));
  fs.writeFileSync(path.join(folder, 'Bowline-0.2.0.zip'), 'an installer');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const NOW = Date.UTC(2026, 10, 26);
const release = (change: Partial<Release> = {}): Release => ({ key: path.join(folder, 'a.pem'), installer: path.join(folder, 'Bowline-0.2.0.zip'), platform: 'darwin', arch: 'arm64', version: '0.2.0', min: '0.1.0', counter: 3, days: 30, rollout: 10, notes: 'Faster.', out: folder, now: NOW, ...change });
const files = (): string[] => fs.readdirSync(folder).toSorted();

describe('signing a release', () => {
  it('writes what the app of before follows, by the key that it printed', async () => {
    const pinned = makeKey(release().key);
    await signRelease(release());
    expect(files()).toEqual(['Bowline-0.2.0.zip', 'a.pem', 'bowline-darwin-arm64.update']);
    const { manifest: bytes, signature } = openManifest(fs.readFileSync(path.join(folder, 'bowline-darwin-arm64.update')));
    const here = { version: '0.1.0', platform: 'darwin', arch: 'arm64', now: NOW, counter: 0 };
    expect(judgeManifest(bytes, signature, { ...here, keys: [pinned] })).toMatchObject({ kind: 'update', manifest: { version: '0.2.0', file: 'Bowline-0.2.0.zip', size: 12, rollout: 10 } });
    expect(judgeManifest(bytes, signature, { ...here, keys: [makeKey(path.join(folder, 'b.pem'))] })).toMatchObject({ why: 'signature' });
    expect(judgeManifest(bytes, signature, { ...here, now: NOW + 31 * 86_400_000, keys: [pinned] })).toMatchObject({ why: 'expired' });
  });

  it('keeps the secret to its owner, and never writes over one', () => {
    makeKey(release().key);
    if (process.platform !== 'win32') expect(fs.statSync(release().key).mode & 0o777).toBe(0o600);
    const before = fs.readFileSync(release().key, 'utf8');
    expect(() => makeKey(release().key)).toThrow('EEXIST');
    expect(fs.readFileSync(release().key, 'utf8')).toBe(before);
  });

  it('of what no app would follow writes nothing', async () => {
    makeKey(release().key);
    for (const [change, why] of [
      [{ version: '0.2' }, 'broken'],
      [{ version: '0.0.9' }, 'older'],
      [{ version: '0.1.0' }, 'no update'],
      [{ days: 0 }, 'expired'],
      [{ counter: Number.NaN }, 'broken'],
      [{ rollout: 200 }, 'broken'],
      [{ arch: 'mips' }, 'broken'],
    ] as const) {
      await expect(signRelease(release(change)), why).rejects.toThrow(why);
    }
    expect(files()).toEqual(['Bowline-0.2.0.zip', 'a.pem']);
  });

  it('does not replace a manifest by accident', async () => {
    makeKey(release().key);
    await signRelease(release());
    await expect(signRelease(release({ counter: 4 }))).rejects.toThrow('is there already');
  });
});
