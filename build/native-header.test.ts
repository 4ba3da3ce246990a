/** Headers of the prebuilt natives in the tree, of all systems that sodium-native is built for. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listNatives, nativesOf } from './before-pack.ts';
import { readNativeHeader } from './native-header.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const header = (host: string) => readNativeHeader(readFileSync(`${root}node_modules/sodium-native/prebuilds/${host}/sodium-native.node`));

describe('the header of a native', () => {
  it.each([
    ['linux-x64', 'linux', 'x64'],
    ['linux-arm64', 'linux', 'arm64'],
    ['darwin-x64', 'darwin', 'x64'],
    ['darwin-arm64', 'darwin', 'arm64'],
    ['win32-x64', 'win32', 'x64'],
    ['win32-arm64', 'win32', 'arm64'],
    ['android-x64', 'other', 'x64'],
    ['android-arm64', 'other', 'arm64'],
    ['android-ia32', 'other', 'other'],
    ['android-arm', 'other', 'other'],
  ])('of %s says so', (host, system, arch) => {
    expect(header(host)).toEqual({ system, arch });
  });

  it('of an app for a phone is none for macOS', () => {
    expect(readNativeHeader(readFileSync(`${root}node_modules/sodium-native/prebuilds/ios-arm64/sodium-native.bare`))).toEqual({ system: 'other', arch: 'arm64' });
  });

  it('of any bytes at all is a header or none, never a throw', () => {
    const magic = fc.constantFrom([0x7f, 0x45, 0x4c, 0x46, 2, 1], [0xcf, 0xfa, 0xed, 0xfe], [0x4d, 0x5a], []);
    fc.assert(fc.property(magic, fc.uint8Array({ maxLength: 300 }), (start, rest) => void readNativeHeader(Uint8Array.from([...start, ...rest]))));
  });
});

describe('the list of natives', () => {
  it('is made of the files for that system and processor', () => {
    expect(Object.keys(listNatives(root, process.platform, process.arch).natives)).toEqual(nativesOf(process.platform, process.arch));
  });

  it('is not made where one is not installed', () => {
    expect(() => listNatives(root, 'win32', 'arm64')).toThrow('koffi.node is not installed: npm ci --os=win32 --cpu=arm64');
  });
});
