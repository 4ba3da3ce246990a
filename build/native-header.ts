/**
 * For which system and processor a native library is, by its own header: ELF (System V ABI, ch. 4), Mach-O (mach-o/loader.h), PE (Microsoft's
 * PE format). Reads no more than that, and never throws. Callers: the hooks of electron-builder, tests.
 */

export interface NativeHeader {
  readonly system: 'linux' | 'darwin' | 'win32' | 'other';
  readonly arch: 'x64' | 'arm64' | 'other';
}

/** Undefined: it is no library for one processor. A Mach-O file of several (universal) is none either. */
export function readNativeHeader(bytes: Uint8Array): NativeHeader | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 64) return undefined;
  if (view.readUInt32BE(0) === 0x7f454c46) return readElf(view);
  if (view.readUInt32LE(0) === 0xfeedfacf) return readMachO(view);
  if (view.readUInt16BE(0) === 0x4d5a) return readPe(view);
  return undefined;
}

/** EM_X86_64 and EM_AARCH64 in a 64-bit little-endian file. Android and musl have the same header: glibc's name tells which it is. */
function readElf(view: Buffer): NativeHeader | undefined {
  if (view[4] !== 2 || view[5] !== 1) return { system: 'other', arch: 'other' };
  const machine = view.readUInt16LE(18);
  return { system: view.includes('libc.so.6\0') ? 'linux' : 'other', arch: machine === 62 ? 'x64' : machine === 183 ? 'arm64' : 'other' };
}

const LC_VERSION_MIN_MACOSX = 0x24;
const LC_BUILD_VERSION = 0x32;
const PLATFORM_MACOS = 1;

function readMachO(view: Buffer): NativeHeader | undefined {
  const cpu = view.readUInt32LE(4);
  const arch = cpu === 0x01000007 ? 'x64' : cpu === 0x0100000c ? 'arm64' : 'other';
  let at = 32;
  for (let left = view.readUInt32LE(16); left > 0 && at + 12 <= view.length; left -= 1) {
    const command = view.readUInt32LE(at);
    if (command === LC_VERSION_MIN_MACOSX) return { system: 'darwin', arch };
    if (command === LC_BUILD_VERSION) return { system: view.readUInt32LE(at + 8) === PLATFORM_MACOS ? 'darwin' : 'other', arch };
    const size = view.readUInt32LE(at + 4);
    if (size < 8) return undefined;
    at += size;
  }
  return { system: 'other', arch };
}

function readPe(view: Buffer): NativeHeader | undefined {
  const at = view.readUInt32LE(0x3c);
  if (at + 6 > view.length || view.readUInt32BE(at) !== 0x50450000) return undefined;
  const machine = view.readUInt16LE(at + 4);
  return { system: 'win32', arch: machine === 0x8664 ? 'x64' : machine === 0xaa64 ? 'arm64' : 'other' };
}
