/**
 * Renders build/icons into dist/icons: the tray's pictures in black and white at each size that main/tray-pictures.ts names,
 * and the app's as the packager wants them. The sources keep no pixels. Run by `npm start` and `npm run package`, which need them, and by `npm test`; with `--sheet`, also
 * dist/icons/sheet.png: all states at real size and large, on light and dark.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pictureName, TRAY_ICONS, TRAY_MARGINS } from '../main/tray-pictures.ts';
import { toIcns, toIco, toPng } from './icon-files.ts';
import { draw, type Picture } from './raster.ts';
import { readSvg, type Drawing } from './svg-strokes.ts';

const SOURCES = new URL('../../build/icons/', import.meta.url);
const OUT = new URL('../icons/', import.meta.url);
const INKS = { black: '#000', white: '#fff' } as const;
/** Up to this size the app's picture is the bolder one. */
const SMALL = 32;

const svg = (name: string): Drawing => readSvg(readFileSync(new URL(`${name}.svg`, SOURCES), 'utf8'));

function layersOf(icon: (typeof TRAY_ICONS)[number], dot: boolean): readonly Drawing[] {
  return dot ? [svg(`tray-${icon}`), svg('tray-dot')] : [svg(`tray-${icon}`)];
}

function writeTray(): void {
  mkdirSync(new URL('tray/', OUT), { recursive: true });
  for (const icon of TRAY_ICONS) {
    for (const dot of [false, true]) {
      const layers = layersOf(icon, dot);
      for (const [size, margin] of TRAY_MARGINS) {
        for (const ink of ['black', 'white'] as const) {
          writeFileSync(new URL(`tray/${pictureName({ icon, dot }, size, ink)}`, OUT), toPng(draw(layers, size, margin, INKS[ink])));
        }
      }
    }
  }
}

function writeApp(): void {
  const [large, small] = [svg('app'), svg('app-small')];
  const app = (size: number): Picture => draw([size <= SMALL ? small : large], size);
  mkdirSync(new URL('linux/', OUT), { recursive: true });
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) writeFileSync(new URL(`linux/${size}x${size}.png`, OUT), toPng(app(size)));
  writeFileSync(new URL('icon.png', OUT), toPng(app(512)));
  writeFileSync(new URL('icon.ico', OUT), toIco([16, 20, 24, 32, 40, 48, 64, 256].map(app)));
  writeFileSync(new URL('icon.icns', OUT), toIcns([32, 64, 128, 256, 512, 1024].map(app)));
}

/** For the eyes: nothing ships of it. */
function writeSheet(): void {
  const sizes = [16, 18, 22, 24, 32];
  const shown = [...TRAY_ICONS.map((icon) => [icon, false] as const), ['connected', true] as const];
  const [zoom, cell, band] = [8, 32 * 8 + 16, 48 + (16 + 22 + 32) * 8 + 48];
  const size = Math.max(cell * shown.length, band * 2 + 140);
  const pixels = new Uint8Array(size * size * 4).fill(255);
  const put = (picture: Picture, left: number, top: number, times: number, ground: number): void => {
    for (let y = 0; y < picture.size * times; y++) {
      for (let x = 0; x < picture.size * times; x++) {
        const from = (Math.floor(y / times) * picture.size + Math.floor(x / times)) * 4;
        const alpha = picture.pixels[from + 3]! / 255;
        const at = ((top + y) * size + left + x) * 4;
        for (let c = 0; c < 3; c++) pixels[at + c] = Math.round(picture.pixels[from + c]! * alpha + ground * (1 - alpha));
      }
    }
  };
  for (const [n, { ink, ground }] of [{ ink: '#000', ground: 236 }, { ink: '#fff', ground: 32 }].entries()) {
    for (let i = n * band * size * 4; i < (n + 1) * band * size * 4; i += 4) pixels.fill(ground, i, i + 3);
    for (const [i, [icon, dot]] of shown.entries()) {
      let left = i * cell + 8;
      for (const each of sizes) {
        put(draw(layersOf(icon, dot), each, each === 18 ? 1 : 0, ink), left, n * band + 8, 1, ground);
        left += each + 8;
      }
      let top = n * band + 56;
      for (const each of [16, 22, 32]) {
        put(draw(layersOf(icon, dot), each, 0, ink), i * cell + 8, top, zoom, ground);
        top += each * zoom + 12;
      }
    }
  }
  let left = 8;
  for (const each of [16, 24, 32, 48, 64, 128]) {
    put(draw([svg(each <= SMALL ? 'app-small' : 'app')], each), left, band * 2 + 6, 1, 255);
    left += each + 12;
  }
  writeFileSync(new URL('sheet.png', OUT), toPng({ size, pixels }));
}

writeTray();
writeApp();
if (process.argv.includes('--sheet')) writeSheet();
