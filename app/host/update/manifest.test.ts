/** What is believed of a release: by whom it is signed, for what it is, how new, how large. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePublisher, manifestOf, signed } from '../../../tests/kit/signed-updates.ts';
import { compareVersions, isInRollout, judgeManifest, MANIFEST_MOST, openManifest, sealManifest, UPDATE_MOST, type Here, type Judged, type Manifest } from './manifest.ts';
import { UPDATE_FEED, UPDATE_KEYS } from './pinned.ts';

const [current, next, stranger] = [makePublisher(), makePublisher(), makePublisher()];
const here = (change: Partial<Here> = {}): Here => ({ version: '0.1.0', platform: 'linux', arch: 'x64', now: Date.UTC(2026, 10, 26), counter: 0, keys: [current.public, next.public], ...change });
const judge = (change: Parameters<typeof manifestOf>[0] = {}, of: Partial<Here> = {}, by = current): Judged => {
  const { bytes, signature } = signed(by, manifestOf(change));
  return judgeManifest(bytes, signature, here(of));
};

describe('a manifest', () => {
  it('is followed when either pinned key signed it', () => {
    expect(judge()).toMatchObject({ kind: 'update', manifest: { version: '0.2.0', size: 148_000 } });
    expect(judge({}, {}, next)).toMatchObject({ kind: 'update' });
  });

  it('of anybody else is not even read', () => {
    expect(judge({}, {}, stranger)).toEqual({ kind: 'refused', why: 'signature', version: null });
    expect(judge({}, { keys: [] })).toEqual({ kind: 'refused', why: 'signature', version: null });
    expect(judge({}, { keys: ['', 'AAAA', 'not base64'] })).toEqual({ kind: 'refused', why: 'signature', version: null });
  });

  it('is not followed when one byte of it or of its signature is another', () => {
    const { bytes, signature } = signed(current, manifestOf());
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= by;
        expect(judgeManifest(changed, signature, here())).toMatchObject({ why: 'signature' });
      }),
    );
    fc.assert(
      fc.property(fc.nat(63), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(signature);
        changed[at]! ^= by;
        expect(judgeManifest(bytes, changed, here())).toMatchObject({ why: 'signature' });
      }),
    );
    for (const cut of [Buffer.alloc(0), signature.subarray(0, 63), Buffer.concat([signature, Buffer.of(0)])]) expect(judgeManifest(bytes, cut, here())).toMatchObject({ why: 'signature' });
  });

  it('whatever it holds ends in a value', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 80 }), (bytes, signature) => void expect(judgeManifest(bytes, signature, here()).kind).toBe('refused')));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(manifestOf())), fc.jsonValue(), (field, value) => {
        const { kind } = judge({ [field]: value });
        expect(['update', 'same', 'refused']).toContain(kind);
      }),
    );
  });

  it('comes out of its file as it went in, and out of any bytes without a throw', () => {
    const { bytes, signature } = signed(current, manifestOf());
    const opened = openManifest(sealManifest(bytes, signature));
    expect(judgeManifest(opened.manifest, opened.signature, here())).toMatchObject({ kind: 'update' });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (file) => {
        const parts = openManifest(file);
        expect(judgeManifest(parts.manifest, parts.signature, here())).toMatchObject({ why: 'signature' });
      }),
    );
  });

  it('that is signed and makes no sense is refused: fields unknown, missing, or of another form', () => {
    for (const change of [{ format: 2 }, { version: '0.2' }, { version: '0.2.0-beta' }, { version: '00.2.0' }, { size: 0 }, { size: 1.5 }, { sha512: 'short' }, { expires: 'soon' }, { counter: 0 }, { rollout: 101 }, { notes: 'x'.repeat(2_001) }, { arch: 'mips' }]) {
      expect(judge(change), JSON.stringify(change)).toMatchObject({ why: 'broken' });
    }
    const { bytes, signature } = signed(current, { ...manifestOf(), url: 'https://evil.example/x' });
    expect(judgeManifest(bytes, signature, here())).toMatchObject({ why: 'broken' });
  });

  it('names a file, never a path, an address or a kind of file that is none of ours', () => {
    for (const file of ['../Bowline.exe', '/tmp/x.exe', 'a/b.exe', 'a\\b.exe', 'https://evil.example/x.exe', '.exe', 'x.exe\u0000.zip', 'x.sh', `${'x'.repeat(200)}.exe`, 'x.exe?y', '']) expect(judge({ file }), file).toMatchObject({ why: 'broken' });
  });

  it('for another system or processor is refused', () => {
    expect(judge({ platform: 'win32' })).toMatchObject({ why: 'other-system' });
    expect(judge({ arch: 'arm64' })).toMatchObject({ why: 'other-system' });
  });

  it('is refused from the moment at which it expires', () => {
    const end = Date.UTC(2027, 0, 1);
    expect(judge({}, { now: end - 1 })).toMatchObject({ kind: 'update' });
    expect(judge({}, { now: end })).toMatchObject({ why: 'expired' });
  });

  it('older than one that was believed is refused, the same one is not', () => {
    expect(judge({ counter: 7 }, { counter: 8 })).toMatchObject({ why: 'replayed' });
    expect(judge({ counter: 7 }, { counter: 7 })).toMatchObject({ kind: 'update' });
  });

  it('of an older version is refused, and of this one is no update', () => {
    expect(judge({ version: '0.0.9' })).toMatchObject({ why: 'older', version: '0.0.9' });
    expect(judge({ version: '0.1.0' })).toMatchObject({ kind: 'same' });
  });

  it('that is too large, or wants a newer version first, is refused', () => {
    expect(judge({ size: UPDATE_MOST + 1 })).toMatchObject({ why: 'too-large' });
    expect(judge({ size: UPDATE_MOST })).toMatchObject({ kind: 'update' });
    expect(judge({ minVersion: '0.1.1' })).toMatchObject({ why: 'too-old' });
  });

  it('longer than any of ours is refused unread', () => {
    const { bytes, signature } = signed(current, { ...manifestOf(), notes: 'x'.repeat(MANIFEST_MOST) });
    expect(judgeManifest(bytes, signature, here())).toMatchObject({ why: 'signature' });
  });
});

describe('versions and rollout', () => {
  it('are ordered by their numbers, not their letters', () => {
    expect(['0.10.0', '0.9.0', '1.0.0', '0.9.10', '0.9.9'].toSorted(compareVersions)).toEqual(['0.9.0', '0.9.9', '0.9.10', '0.10.0', '1.0.0']);
  });

  it('reach about the share that was signed, never none of all, and others first each time', () => {
    const manifest = (rollout: number, version = '0.2.0'): Manifest => manifestOf({ rollout, version }) as Manifest;
    const share = (of: Manifest): number => Array.from({ length: 1_000 }, (_, i) => isInRollout(of, `computer ${i}`)).filter(Boolean).length;
    expect([share(manifest(0)), share(manifest(100))]).toEqual([0, 1_000]);
    expect(share(manifest(20))).toBeGreaterThan(150);
    expect(share(manifest(20))).toBeLessThan(250);
    const first = (version: string): string => Array.from({ length: 50 }, (_, i) => (isInRollout(manifest(20, version), `computer ${i}`) ? '1' : '0')).join('');
    expect(first('0.2.0')).not.toBe(first('0.3.0'));
  });
});

describe('what this build pins', () => {
  it('is nothing at all, or two keys and a place', () => {
    const feed = UPDATE_FEED as string | undefined;
    expect([0, 2]).toContain(UPDATE_KEYS.length);
    expect(new Set(UPDATE_KEYS).size).toBe(UPDATE_KEYS.length);
    for (const key of UPDATE_KEYS) expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(feed === undefined || /^https:\/\/.*\/$/.test(feed)).toBe(true);
  });
});
