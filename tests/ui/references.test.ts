/**
 * Each page and main state as it looks, at three widths, light and dark, beside a picture that was looked at and kept in
 * tests/ui/references. The clock stands still and the font is our own. Another build of Chromium draws edges of letters a little
 * differently, so what counts is how many pixels differ clearly, and how many small squares differ as a whole.
 * BOWLINE_RENEW_PICTURES=1 takes the present look for the new one: look at each that git then shows as changed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SceneName } from '../../renderer/src/fake-scene-list.ts';
import { indexedPng } from './indexed-png.ts';
import { Stage } from './window.ts';

const KEPT = fileURLToPath(new URL('./references/', import.meta.url));
const SEEN = fileURLToPath(new URL('./screenshots/', import.meta.url));
const WIDTHS = { 400: 800, 900: 680, 1280: 800 } as const;
const RENEW = process.env['BOWLINE_RENEW_PICTURES'] === '1';
/** Of all pixels, and of all squares. */
const MOST = { pixels: 0.02, squares: 0.01 };

const pages: readonly (readonly [name: string, scene: SceneName, route: string])[] = [
  ['guide', 'first-run', '#/'],
  ['guide-sign-in', 'sign-in', '#/'],
  ['guide-connected', 'guide-connected', '#/guide'],
  ['overview', 'member', '#/'],
  ['overview-attention', 'attention', '#/'],
  ['overview-offline', 'offline', '#/'],
  ['overview-woke', 'woke', '#/'],
  ['peers', 'mesh', '#/peers'],
  ['peer-relayed', 'mesh', '#/peers/beacon'],
  ['history', 'attention', '#/history'],
  ['health', 'os-fought-over', '#/health'],
  ['accounts', 'member', '#/accounts'],
  ['settings', 'tray', '#/settings'],
  ['diagnostics', 'attention', '#/diagnostics'],
];

let stage: Stage;
let eye: Awaited<ReturnType<Stage['blank']>>;
beforeAll(async () => {
  stage = await Stage.open();
  for (const folder of [KEPT, SEEN]) mkdirSync(folder, { recursive: true });
  // A page without a policy, to read pictures in.
  eye = await stage.blank();
});
afterAll(() => stage.close());

/** Draws PNGs and tells how they differ; one alone: its pixels. */
async function pixels(png: Uint8Array): Promise<{ readonly width: number; readonly height: number; readonly rgba: Uint8Array }> {
  const { width, height, text } = await eye.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const parts: string[] = [];
    for (let i = 0; i < data.length; i += 32_768) parts.push(String.fromCharCode(...data.subarray(i, i + 32_768)));
    return { width: bitmap.width, height: bitmap.height, text: btoa(parts.join('')) };
  }, Buffer.from(png).toString('base64'));
  return { width, height, rgba: Buffer.from(text, 'base64') };
}

const CLEARLY = 64;
const SQUARE = 16;
const SQUARE_CLEARLY = 12;

/** Shares of pixels and of squares that differ. */
async function difference(a: Uint8Array, b: Uint8Array): Promise<{ readonly pixels: number; readonly squares: number }> {
  const [one, other] = [await pixels(a), await pixels(b)];
  if (one.width !== other.width || one.height !== other.height) return { pixels: 1, squares: 1 };
  const across = Math.ceil(one.width / SQUARE);
  const sums = new Float64Array(across * Math.ceil(one.height / SQUARE));
  let clear = 0;
  for (let i = 0; i < one.rgba.length; i += 4) {
    const [red, green, blue] = [0, 1, 2].map((channel) => one.rgba[i + channel]! - other.rgba[i + channel]!) as [number, number, number];
    if (Math.max(Math.abs(red), Math.abs(green), Math.abs(blue)) > CLEARLY) clear++;
    const at = i / 4;
    sums[Math.floor(Math.floor(at / one.width) / SQUARE) * across + Math.floor((at % one.width) / SQUARE)]! += (red + green + blue) / 3;
  }
  const squares = sums.filter((sum) => Math.abs(sum) / SQUARE ** 2 > SQUARE_CLEARLY).length;
  return { pixels: clear / (one.rgba.length / 4), squares: squares / sums.length };
}

async function pictured(scene: SceneName, route: string, each: (picture: Buffer, size: string) => Promise<void>): Promise<void> {
  const view = await stage.still(scene, route);
  for (const theme of ['light', 'dark'] as const) {
    await view.page.emulateMedia({ colorScheme: theme });
    for (const [width, height] of Object.entries(WIDTHS)) {
      await view.page.setViewportSize({ width: Number(width), height });
      await view.page.waitForFunction((wanted) => window.innerWidth === wanted, Number(width));
      await view.page.clock.runFor(100);
      await each(await view.page.screenshot({ animations: 'disabled', caret: 'hide' }), `${width}-${theme}`);
    }
  }
  await view.close();
}

describe('the look', () => {
  it.each(pages)('%s is as it was when it was looked at', async (name, scene, route) => {
    await pictured(scene, route, async (picture, size) => {
      const file = path.join(KEPT, `${name}-${size}.png`);
      if (RENEW) {
        const { rgba, width, height } = await pixels(picture);
        writeFileSync(file, indexedPng(rgba, width, height));
      }
      expect(existsSync(file), `${file}: make it with BOWLINE_RENEW_PICTURES=1`).toBe(true);
      const differs = await difference(picture, readFileSync(file));
      if (differs.pixels > MOST.pixels || differs.squares > MOST.squares) writeFileSync(path.join(SEEN, `${name}-${size}-now.png`), picture);
      expect(differs.pixels, `${name}-${size}: pixels`).toBeLessThanOrEqual(MOST.pixels);
      expect(differs.squares, `${name}-${size}: squares`).toBeLessThanOrEqual(MOST.squares);
    });
  }, 120_000);

  it('differs from another state by more than is let pass', async () => {
    const kept = (name: string): Buffer => readFileSync(path.join(KEPT, `${name}-900-light.png`));
    for (const [one, other] of [['overview', 'overview-attention'], ['guide', 'guide-connected'], ['peers', 'peer-relayed'], ['health', 'history']] as const) {
      const { squares } = await difference(kept(one), kept(other));
      expect(squares, `${one} and ${other}`).toBeGreaterThan(MOST.squares);
    }
  });
});
