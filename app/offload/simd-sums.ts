/**
 * The sums of checksum.ts in WebAssembly with SIMD, from the text below: 16 bytes an instruction, and a copy that sums
 * what it copies in the same pass. For arenas that lie in a WebAssembly.Memory of up to 64 KiB a packet: lanes of 32 bits
 * then cannot overflow.
 */
import { assemble, type WasmFunction } from './assembler.ts';
import type { Sums } from './checksum.ts';

interface Names {
  readonly to: number;
  readonly from: number;
  readonly left: number;
  readonly a: number;
  readonly b: number;
  readonly v: number;
  readonly sum: number;
  readonly w: number;
}

/** Adds the 16 bytes at from + offset to an accumulator of 32-bit lanes; copies them too where `to` is one. */
function wide({ to, from, v }: Names, copies: boolean, accumulator: number, offset: number): string {
  return `
    ${copies ? `local.get ${to}` : ''}
    local.get ${from} v128.load ${offset} local.${copies ? 'tee' : 'set'} ${v}
    ${copies ? `v128.store ${offset}` : ''}
    local.get ${accumulator} local.get ${v} i32x4.extadd_pairwise_i16x8_u i32x4.add local.set ${accumulator}`;
}

/** `body` as long as at least `step` bytes are left. */
function whileLeft({ to, from, left }: Names, copies: boolean, step: number, body: string): string {
  return `
    block
      loop
        local.get ${left} i32.const ${step} i32.lt_u br_if 1
        ${body}
        ${copies ? `local.get ${to} i32.const ${step} i32.add local.set ${to}` : ''}
        local.get ${from} i32.const ${step} i32.add local.set ${from}
        local.get ${left} i32.const ${step} i32.sub local.set ${left}
        br 0
      end
    end`;
}

/** Adds a value of at most 4 bytes to the sum; copies it too. */
function narrow({ to, from, sum, w }: Names, copies: boolean, load: string, store: string): string {
  return `
    ${copies ? `local.get ${to}` : ''}
    local.get ${from} ${load} 0 local.${copies ? 'tee' : 'set'} ${w}
    ${copies ? `${store} 0` : ''}
    local.get ${sum} local.get ${w} i32.const 65535 i32.and i32.add local.get ${w} i32.const 16 i32.shr_u i32.add local.set ${sum}`;
}

function fold({ sum }: Names): string {
  return `local.get ${sum} i32.const 65535 i32.and local.get ${sum} i32.const 16 i32.shr_u i32.add local.set ${sum}`;
}

function sumFunction(name: string, copies: boolean): WasmFunction {
  const p = copies ? 1 : 0;
  const n: Names = { to: 0, from: p, left: p + 1, a: p + 2, b: p + 3, v: p + 4, sum: p + 5, w: p + 6 };
  const lane = (i: number): string => `local.get ${n.a} i32x4.extract_lane ${i}`;
  return {
    name,
    parameters: p + 2,
    locals: ['v128', 'v128', 'v128', 'i32', 'i32'],
    body: `
      ${whileLeft(n, copies, 64, wide(n, copies, n.a, 0) + wide(n, copies, n.b, 16) + wide(n, copies, n.a, 32) + wide(n, copies, n.b, 48))}
      ${whileLeft(n, copies, 16, wide(n, copies, n.a, 0))}
      local.get ${n.a} local.get ${n.b} i32x4.add local.set ${n.a}
      ${lane(0)} ${lane(1)} i32.add ${lane(2)} i32.add ${lane(3)} i32.add local.set ${n.sum}
      ${whileLeft(n, copies, 4, narrow(n, copies, 'i32.load', 'i32.store'))}
      ${whileLeft(n, copies, 2, narrow(n, copies, 'i32.load16_u', 'i32.store16'))}
      ${whileLeft(n, copies, 1, narrow(n, copies, 'i32.load8_u', 'i32.store8'))}
      ${fold(n)}
      ${fold(n)}
      local.get ${n.sum}`,
  };
}

/** Sums over `memory`; undefined where this machine's WebAssembly has no SIMD. */
export function createSimdSums(memory: WebAssembly.Memory): Sums | undefined {
  const code = assemble([sumFunction('sum', false), sumFunction('copy', true)]);
  if (!WebAssembly.validate(code)) return undefined;
  const { sum, copy } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } }).exports;
  return { sum: sum as Sums['sum'], copy: copy as Sums['copy'] };
}
