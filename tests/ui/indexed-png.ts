/** Writes pixels as a PNG of at most 256 colours, some a fifth of what a browser writes. Pure. Only for reference pictures; what is read back, a browser reads. */
import { deflateSync } from 'node:zlib';
import { chunk, pngOf } from '../../build/icon-files.ts';

/** The 256 most frequent colours at 5 bits a channel, each as the first pixel of it was; others take the nearest. */
function palette(rgba: Uint8Array): { readonly colours: readonly number[]; readonly indexOf: (colour: number) => number } {
  const seen = new Map<number, { readonly colour: number; count: number }>();
  for (let i = 0; i < rgba.length; i += 4) {
    const colour = (rgba[i]! << 16) | (rgba[i + 1]! << 8) | rgba[i + 2]!;
    const entry = seen.get(colour & 0xf8f8f8);
    if (entry === undefined) seen.set(colour & 0xf8f8f8, { colour, count: 1 });
    else entry.count++;
  }
  const colours = [...seen.values()].toSorted((a, b) => b.count - a.count).slice(0, 256).map(({ colour }) => colour);
  const known = new Map<number, number>();
  const far = (a: number, b: number): number => Math.abs((a >> 16) - (b >> 16)) + Math.abs(((a >> 8) & 255) - ((b >> 8) & 255)) + Math.abs((a & 255) - (b & 255));
  return {
    colours,
    indexOf(colour) {
      let index = known.get(colour);
      if (index === undefined) {
        index = colours.reduce((best, each, i) => (far(each, colour) < far(colours[best]!, colour) ? i : best), 0);
        known.set(colour, index);
      }
      return index;
    },
  };
}

export function indexedPng(rgba: Uint8Array, width: number, height: number): Buffer {
  const { colours, indexOf } = palette(rgba);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = (y * width + x) * 4;
      rows[y * (width + 1) + x + 1] = indexOf((rgba[i]! << 16) | (rgba[i + 1]! << 8) | rgba[i + 2]!);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3], 8);
  const table = Buffer.from(colours.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return pngOf(chunk('IHDR', head), chunk('PLTE', table), chunk('IDAT', deflateSync(rows, { level: 9 })));
}
