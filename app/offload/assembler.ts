/**
 * A tiny assembler: the text of WebAssembly functions (the instructions of the specification, one after another, unfolded)
 * to a module that works on an imported memory. It knows only the instructions that simd-sums.ts uses. Pure; the text is
 * ours, so a mistake in it throws.
 */

/** Name to opcode bytes and kinds of immediates. u: unsigned LEB128, s: signed LEB128, m: memory argument (its offset). */
const INSTRUCTIONS: Readonly<Record<string, readonly [opcode: readonly number[], immediates: string]>> = {
  block: [[0x02, 0x40], ''],
  loop: [[0x03, 0x40], ''],
  if: [[0x04, 0x40], ''],
  end: [[0x0b], ''],
  br: [[0x0c], 'u'],
  br_if: [[0x0d], 'u'],
  'local.get': [[0x20], 'u'],
  'local.set': [[0x21], 'u'],
  'local.tee': [[0x22], 'u'],
  'i32.load': [[0x28], 'm'],
  'i32.load8_u': [[0x2d], 'm'],
  'i32.load16_u': [[0x2f], 'm'],
  'i32.store': [[0x36], 'm'],
  'i32.store8': [[0x3a], 'm'],
  'i32.store16': [[0x3b], 'm'],
  'i32.const': [[0x41], 's'],
  'i32.lt_u': [[0x49], ''],
  'i32.add': [[0x6a], ''],
  'i32.sub': [[0x6b], ''],
  'i32.and': [[0x71], ''],
  'i32.shr_u': [[0x76], ''],
  'v128.load': [[0xfd, 0x00], 'm'],
  'v128.store': [[0xfd, 0x0b], 'm'],
  'i32x4.extract_lane': [[0xfd, 0x1b], 'u'],
  'i32x4.extadd_pairwise_i16x8_u': [[0xfd, 0x7f], ''],
  'i32x4.add': [[0xfd, 0xae, 0x01], ''],
};

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const I32 = 0x7f;
const V128 = 0x7b;

export interface WasmFunction {
  readonly name: string;
  /** Parameters, all i32; the result is one i32. They are locals 0 and up; `locals` follow. */
  readonly parameters: number;
  readonly locals: readonly ('i32' | 'v128')[];
  readonly body: string;
}

/** A module that imports its memory as `env.memory` and exports the functions. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map((f) => [0x60, ...vector(Array.from({ length: f.parameters }, () => [I32])), 1, I32]);
  const exports = functions.map((f, i) => [...text(f.name), 0x00, ...unsigned(i)]);
  const codes = functions.map((f) => {
    const locals = f.locals.map((type) => [1, type === 'i32' ? I32 : V128]);
    const code = [...vector(locals), ...instructions(f.body), 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, vector(types)),
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 0x00]])),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(exports)),
    ...section(10, vector(codes)),
  ]);
}

function instructions(source: string): number[] {
  const words = source.split(/\s+/).filter((word) => word !== '');
  const out: number[] = [];
  for (let i = 0; i < words.length; i++) {
    const found = INSTRUCTIONS[words[i]!];
    if (found === undefined) throw new Error(`no instruction "${words[i]}"`);
    const [opcode, immediates] = found;
    out.push(...opcode);
    for (const kind of immediates) {
      const value = Number(words[++i]);
      if (!Number.isInteger(value)) throw new Error(`${words[i - 1]} needs a number, not "${words[i]}"`);
      // Alignment 2^0: none is promised.
      out.push(...(kind === 'm' ? [0, ...unsigned(value)] : kind === 's' ? signed(value) : unsigned(value)));
    }
  }
  return out;
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  return [...unsigned(value.length), ...Array.from(value, (c) => c.charCodeAt(0))];
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}
