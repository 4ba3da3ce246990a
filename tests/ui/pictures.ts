/**
 * Pictures as a browser sees them: their pixels, and where two of them differ. Edges of letters are drawn a little differently by
 * each build of a browser, so what counts is not a pixel but a square of them: one that is lighter, darker or of another colour as a
 * whole, or in which many pixels are clearly others. For references.test.ts and the walk-through; it decides nothing.
 */
import type { Page } from 'playwright-core';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** Side of a square, in pixels. */
export const SQUARE = 16;
/** Of 255: so much a square differs on average in one channel. */
const SHADE = 10;
/** Of 255: so much a pixel differs clearly; and this share of a square's pixels that do. */
const CLEARLY = 96;
const SHARE = 0.125;

const base64 = (png: Uint8Array): string => Buffer.from(png).toString('base64');

/** `page`: an empty one without a policy. */
export async function pixelsOf(page: Page, png: Uint8Array): Promise<Pixels> {
  const { width, height, text } = await page.evaluate(async (data) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { data: bytes } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const parts: string[] = [];
    for (let i = 0; i < bytes.length; i += 32_768) parts.push(String.fromCharCode(...bytes.subarray(i, i + 32_768)));
    return { width: bitmap.width, height: bitmap.height, text: btoa(parts.join('')) };
  }, base64(png));
  return { width, height, rgba: Buffer.from(text, 'base64') };
}

/** Places of the squares that differ, as `x,y` of their first pixel; of another size: one place, `size`. */
export function differences(page: Page, one: Uint8Array, other: Uint8Array): Promise<readonly string[]> {
  return page.evaluate(
    async ({ pngs, square, shade, clearly, share }) => {
      const [a, b] = await Promise.all(
        pngs.map(async (data) => {
          const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
          const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
          context.drawImage(bitmap, 0, 0);
          return context.getImageData(0, 0, bitmap.width, bitmap.height);
        }),
      );
      if (a === undefined || b === undefined || a.width !== b.width || a.height !== b.height) return ['size'];
      const differs = (left: number, top: number): boolean => {
        const sums = [0, 0, 0];
        let [clear, all] = [0, 0];
        for (let y = top; y < Math.min(top + square, a.height); y++) {
          for (let x = left; x < Math.min(left + square, a.width); x++) {
            let most = 0;
            for (const channel of [0, 1, 2]) {
              const at = (y * a.width + x) * 4 + channel;
              const by = a.data[at]! - b.data[at]!;
              sums[channel]! += by;
              most = Math.max(most, Math.abs(by));
            }
            all++;
            if (most > clearly) clear++;
          }
        }
        return clear > share * all || sums.some((sum) => Math.abs(sum) > shade * all);
      };
      const found: string[] = [];
      for (let top = 0; top < a.height; top += square) for (let left = 0; left < a.width; left += square) if (differs(left, top)) found.push(`${left},${top}`);
      return found;
    },
    { pngs: [base64(one), base64(other)], square: SQUARE, shade: SHADE, clearly: CLEARLY, share: SHARE },
  );
}
