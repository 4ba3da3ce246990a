/**
 * Writes the pictures that the packager and the README need, from the shapes in main/tray-image.ts: dist/icons/icon.png
 * (the app) and dist/icons/tray.png (all tray states, to look at). The sources keep no pixels. Run by `npm run package`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { coverage, trayPixels } from '../main/tray-image.ts';

const OUT = new URL('../icons/', import.meta.url);
const APP = { size: 512, margin: 26, corner: 104, ground: [0x16, 0x32, 0x4f], ink: [0xf3, 0xf6, 0xfa] } as const;

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length);
  frame.set(body, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** A PNG of 8-bit RGBA pixels (not premultiplied). */
export function encodePng(width: number, height: number, pixels: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (width * 4 + 1));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width * 4, (y + 1) * width * 4), y * (width * 4 + 1) + 1);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', new Uint8Array())]);
}

/** The knot on a rounded square. */
export function appIcon(size: number): Uint8Array {
  const pixels = new Uint8Array(size * size * 4);
  const unit = size / APP.size;
  const half = (APP.size / 2 - APP.margin) * unit;
  const corner = APP.corner * unit;
  const knot = 23 * unit;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const dx = Math.max(0, Math.abs(x + 0.5 - size / 2) - (half - corner));
      const dy = Math.max(0, Math.abs(y + 0.5 - size / 2) - (half - corner));
      const square = Math.max(0, Math.min(1, corner - Math.hypot(dx, dy) + 0.5));
      const ink = coverage('connected', (x + 0.5) / knot - 3.13, (y + 0.5) / knot - 3.13, knot, 0.75);
      const at = (y * size + x) * 4;
      for (let c = 0; c < 3; c++) pixels[at + c] = Math.round(APP.ground[c]! * (1 - ink) + APP.ink[c]! * ink);
      pixels[at + 3] = Math.round(255 * square);
    }
  }
  return pixels;
}

function traySheet(): { width: number; height: number; pixels: Uint8Array } {
  const states = ['connected', 'idle', 'connecting', 'attention', 'offline', 'paused'] as const;
  const cell = 64;
  const [width, height] = [cell * states.length, cell];
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (const [n, state] of states.entries()) {
    const drawn = trayPixels(state, cell, 0);
    for (let i = 0; i < cell * cell; i++) {
      const at = (Math.floor(i / cell) * width + n * cell + (i % cell)) * 4;
      pixels.fill(255 - drawn[i * 4 + 3]!, at, at + 3);
    }
  }
  return { width, height, pixels };
}

mkdirSync(OUT, { recursive: true });
writeFileSync(new URL('icon.png', OUT), encodePng(APP.size, APP.size, appIcon(APP.size)));
const sheet = traySheet();
writeFileSync(new URL('tray.png', OUT), encodePng(sheet.width, sheet.height, sheet.pixels));
