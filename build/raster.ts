/** Pixels of a drawing at any size: each pixel by its distance to the strokes, so that edges are smooth without sampling. */
import type { Drawing, Point, Square, Stroke } from './svg-strokes.ts';

/** 8-bit RGBA, not premultiplied. */
export interface Picture {
  readonly size: number;
  readonly pixels: Uint8Array;
}

/** `margin`: empty pixels around. `layers`: drawn one over the other; a cut takes away of all below. `ink`: instead of each stroke's colour. */
export function draw(layers: readonly Drawing[], size: number, margin = 0, ink?: string): Picture {
  const pixels = new Uint8Array(size * size * 4);
  for (const drawing of layers) {
    const scale = (size - 2 * margin) / drawing.size;
    if (drawing.square !== null) paint(pixels, rgb(drawing.square.colour), squareCover(drawing.square, size, margin, scale));
    for (const stroke of drawing.strokes) {
      const cover = strokeCover(stroke, size, margin, scale);
      if (!stroke.cut) paint(pixels, rgb(ink ?? stroke.colour), cover);
      else for (let i = 0; i < cover.length; i++) pixels[i * 4 + 3] = Math.round(pixels[i * 4 + 3]! * (1 - cover[i]!));
    }
  }
  return { size, pixels };
}

const clamp = (value: number): number => Math.max(0, Math.min(1, value));

function rgb(colour: string): readonly [number, number, number] {
  const digits = colour.slice(1);
  const wide = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  return [0, 2, 4].map((i) => Number.parseInt(wide.slice(i, i + 2), 16)) as unknown as readonly [number, number, number];
}

/** The colour over what is there (Porter and Duff), not premultiplied. `cover`: of each pixel, 0 to 1. */
function paint(pixels: Uint8Array, colour: readonly [number, number, number], cover: Float32Array): void {
  for (let i = 0; i < cover.length; i++) {
    const alpha = cover[i]!;
    if (alpha <= 0) continue;
    const at = i * 4;
    const below = pixels[at + 3]! / 255;
    const whole = alpha + below * (1 - alpha);
    for (let c = 0; c < 3; c++) pixels[at + c] = Math.round((colour[c]! * alpha + pixels[at + c]! * below * (1 - alpha)) / whole);
    pixels[at + 3] = Math.round(whole * 255);
  }
}

/** Each line looks only at the pixels that it can reach. */
function strokeCover({ lines, width }: Stroke, size: number, margin: number, scale: number): Float32Array {
  const cover = new Float32Array(size * size);
  const reach = width / 2 + 1 / scale;
  const pixel = (unit: number): number => unit * scale + margin;
  for (const line of lines) {
    for (const [i, to] of line.entries()) {
      const from = line[Math.max(0, i - 1)]!;
      const left = Math.max(0, Math.floor(pixel(Math.min(from[0], to[0]) - reach)));
      const right = Math.min(size - 1, Math.ceil(pixel(Math.max(from[0], to[0]) + reach)));
      const top = Math.max(0, Math.floor(pixel(Math.min(from[1], to[1]) - reach)));
      const bottom = Math.min(size - 1, Math.ceil(pixel(Math.max(from[1], to[1]) + reach)));
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const covered = clamp((width / 2 - distance((x + 0.5 - margin) / scale, (y + 0.5 - margin) / scale, from, to)) * scale + 0.5);
          if (covered > cover[y * size + x]!) cover[y * size + x] = covered;
        }
      }
    }
  }
  return cover;
}

function distance(px: number, py: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : clamp(((px - ax) * dx + (py - ay) * dy) / length);
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

function squareCover({ from, size: side, corner }: Square, size: number, margin: number, scale: number): Float32Array {
  const half = side / 2;
  return Float32Array.from({ length: size * size }, (_, i) => {
    const dx = Math.abs(((i % size) + 0.5 - margin) / scale - from - half) - (half - corner);
    const dy = Math.abs((Math.floor(i / size) + 0.5 - margin) / scale - from - half) - (half - corner);
    const outside = Math.hypot(Math.max(0, dx), Math.max(0, dy)) + Math.min(0, Math.max(dx, dy));
    return clamp((corner - outside) * scale + 0.5);
  });
}
