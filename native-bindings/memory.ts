/**
 * Memory whose address the kernel can be told: one WebAssembly.Memory (which Electron allows; external array buffers it
 * does not), two views made once, and the address as a plain number. It never grows, because its address would change.
 * System calls take `base + offset`. Decides nothing about what lies where.
 */
import koffi from 'koffi';
import type { Arena } from '../app/base/batch.ts';

const PAGE = 65_536;

export interface NativeMemory extends Arena {
  /** Address of the first byte; below 2^47, so exact as a number. */
  readonly base: number;
  /** For WebAssembly code that works on the same bytes. */
  readonly memory: WebAssembly.Memory;
}

/** At least `size` bytes, zeroed. */
export function createNativeMemory(size: number): NativeMemory {
  const pages = Math.ceil(size / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const bytes = new Uint8Array(memory.buffer);
  return { bytes, view: new DataView(memory.buffer), base: addressOf(bytes), memory };
}

/** The address of bytes that V8 does not move: a typed array of at least 64 bytes with its own buffer. */
export function addressOf(bytes: Uint8Array): number {
  return Number(koffi.address(bytes));
}

/** Writes a pointer (or a size_t) at `at`, little-endian. */
export function putPointer(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}
