/** The drawings of build/icons as a browser shows them, against the pictures that the build makes of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { draw } from '../../build/raster.ts';
import { readSvg } from '../../build/svg-strokes.ts';
import { Stage } from './window.ts';

const SIZE = 64;
const SOURCES = new URL('../../build/icons/', import.meta.url);

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

/** Colours times opacity, as they add to what is behind. */
const weighed = (pixels: ArrayLike<number>): number[] => Array.from(pixels, (value, i) => (i % 4 === 3 ? value : (value * pixels[i | 3]!) / 255));

it.each(readdirSync(SOURCES))('%s looks the same', async (file) => {
  const { page } = await stage.scene('connected');
  // The page's own rules let no picture in that is not its own.
  await page.goto('about:blank');
  const text = readFileSync(new URL(file, SOURCES), 'utf8');
  const drawing = readSvg(text);
  // A browser shows what is cut only where something takes it away.
  const ours = weighed(draw([{ ...drawing, strokes: drawing.strokes.filter(({ cut }) => !cut) }], SIZE).pixels);
  const theirs = weighed(
    await page.evaluate(
      async ({ svg, size }) => {
        const image = new Image();
        image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = size;
        canvas.height = size;
        const context = canvas.getContext('2d')!;
        context.drawImage(image, 0, 0, size, size);
        return [...context.getImageData(0, 0, size, size).data];
      },
      { svg: text, size: SIZE },
    ),
  );
  const apart = ours.map((value, i) => Math.abs(value - theirs[i]!));
  // Edges are smoothed in two ways; a line that lies elsewhere is ten times more.
  expect(apart.reduce((sum, value) => sum + value, 0) / apart.length).toBeLessThan(1.5);
  expect(apart.filter((value) => value > 128)).toEqual([]);
});
