/** Pictures as files: PNG, and the containers of Windows (ICO) and macOS (ICNS) around them. */
import { crc32, deflateSync } from 'node:zlib';
import type { Picture } from './raster.ts';

/** PNG (ISO/IEC 15948): 8-bit RGBA, no filter. */
export function toPng({ size, pixels }: Picture): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Buffer.alloc(size * (size * 4 + 1));
  for (let y = 0; y < size; y++) rows.set(pixels.subarray(y * size * 4, (y + 1) * size * 4), y * (size * 4 + 1) + 1);
  return pngOf(chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 9 })));
}

/** The parts between the signature and the end. */
export function pngOf(...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...chunks, chunk('IEND', new Uint8Array())]);
}

export function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length);
  frame.set(body, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** Small ones as bitmaps, which every part of Windows reads; from 256 on as PNG. */
export function toIco(pictures: readonly Picture[]): Buffer {
  const bodies = pictures.map((picture) => (picture.size >= 256 ? toPng(picture) : toBitmap(picture)));
  const directory = Buffer.alloc(6 + 16 * pictures.length);
  directory.writeUInt16LE(1, 2);
  directory.writeUInt16LE(pictures.length, 4);
  let offset = directory.length;
  for (const [i, { size }] of pictures.entries()) {
    const at = 6 + 16 * i;
    directory.set([size % 256, size % 256], at);
    directory.writeUInt16LE(1, at + 4);
    directory.writeUInt16LE(32, at + 6);
    directory.writeUInt32LE(bodies[i]!.length, at + 8);
    directory.writeUInt32LE(offset, at + 12);
    offset += bodies[i]!.length;
  }
  return Buffer.concat([directory, ...bodies]);
}

/** BITMAPINFOHEADER, blue-green-red-alpha from the bottom up, then a mask that hides nothing. */
function toBitmap({ size, pixels }: Picture): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40);
  header.writeInt32LE(size, 4);
  header.writeInt32LE(size * 2, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(32, 14);
  const body = Buffer.alloc(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = (y * size + x) * 4;
      body.set([pixels[from + 2]!, pixels[from + 1]!, pixels[from]!, pixels[from + 3]!], ((size - 1 - y) * size + x) * 4);
    }
  }
  return Buffer.concat([header, body, Buffer.alloc(Math.ceil(size / 32) * 4 * size)]);
}

const ICNS_TYPES: ReadonlyMap<number, readonly string[]> = new Map([
  [32, ['ic11']],
  [64, ['ic12']],
  [128, ['ic07']],
  [256, ['ic13', 'ic08']],
  [512, ['ic14', 'ic09']],
  [1024, ['ic10']],
]);

export function toIcns(pictures: readonly Picture[]): Buffer {
  const entries = pictures.flatMap((picture) => {
    const types = ICNS_TYPES.get(picture.size);
    if (types === undefined) throw new Error(`no type for ${picture.size} pixels`);
    return types.map((type) => framed(type, toPng(picture)));
  });
  return framed('icns', Buffer.concat(entries));
}

function framed(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(data.length + 8, 4);
  return Buffer.concat([head, data]);
}
