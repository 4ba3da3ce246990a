/** The natives of a package against the list in its archive. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultOfNatives, nativeDigest } from './native-list.ts';

const prebuilt = (host: string): Buffer => readFileSync(new URL(`../node_modules/sodium-native/prebuilds/${host}/sodium-native.node`, import.meta.url));
const ELF = prebuilt('linux-x64');
const LIST = JSON.stringify({ system: 'linux', arch: 'x64', natives: { 'a.node': nativeDigest(ELF) } });
const fault = (list: string | undefined, native: Uint8Array | undefined, system = 'linux', arch = 'x64') => faultOfNatives(system, arch, () => list, () => native);

const changed = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 1;
  return copy;
};

describe('the natives of a package', () => {
  it('are loaded when they are as they were packed', () => {
    expect(fault(LIST, ELF)).toBeUndefined();
  });

  it('keep the app from starting when one byte of one was changed, or it is gone', () => {
    for (const at of [0, 4_096, ELF.length - 1]) expect(fault(LIST, changed(ELF, at))).toEqual({ kind: 'changed', file: 'a.node' });
    expect(fault(LIST, ELF.subarray(0, -1))).toEqual({ kind: 'changed', file: 'a.node' });
    expect(fault(LIST, undefined)).toEqual({ kind: 'missing', file: 'a.node' });
  });

  it('are not believed without a list, or with one that names nothing', () => {
    for (const list of [undefined, '', '{', '[]', '{"system":"linux","arch":"x64","natives":{}}', LIST.replace('a.node":"', 'a.node":"x'), LIST.replace('{', '{"more":1,')]) expect(fault(list, ELF)).toEqual({ kind: 'unlisted' });
  });

  it('of another system or processor are told apart', () => {
    expect(fault(LIST, ELF, 'win32')).toEqual({ kind: 'other-system', list: 'linux-x64' });
    expect(fault(LIST, ELF, 'linux', 'arm64')).toEqual({ kind: 'other-system', list: 'linux-x64' });
  });

  it('are the business of the hardened runtime on macOS', () => {
    expect(fault(undefined, undefined, 'darwin')).toBeUndefined();
  });
});

describe('the hash of a native for Windows', () => {
  const unsigned = prebuilt('win32-x64');
  const pe = unsigned.readUInt32LE(0x3c) + 24;
  /** As signtool leaves it: filled up to 8 bytes, a table at the end, its entry and the checksum written. */
  function sign(bytes: Buffer, table: Buffer): Buffer {
    const filled = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
    const signed = Buffer.concat([filled, table]);
    signed.writeUInt32LE(0x1234, pe + 64);
    signed.writeUInt32LE(filled.length, pe + 144);
    signed.writeUInt32LE(table.length, pe + 148);
    return signed;
  }

  it('stays when it is signed after it was packed', () => {
    for (const bytes of [unsigned, prebuilt('win32-arm64')]) expect(nativeDigest(sign(bytes, Buffer.alloc(1_024, 7)))).toBe(nativeDigest(bytes));
  });

  it('changes with any other byte, and with one that hides behind a table in the middle', () => {
    const digest = nativeDigest(unsigned);
    for (const at of [2, pe + 60, pe + 70, 5_000, unsigned.length - 1]) expect(nativeDigest(changed(unsigned, at))).not.toBe(digest);
    const short = sign(unsigned, Buffer.alloc(64, 7));
    expect(nativeDigest(Buffer.concat([short, Buffer.from('more')]))).not.toBe(digest);
  });
});
