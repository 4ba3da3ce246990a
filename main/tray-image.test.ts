import { describe, expect, it } from 'vitest';
import { trayPixels } from './tray-image.ts';

describe('tray icons', () => {
  const all = ['connected', 'idle', 'connecting', 'attention', 'offline', 'paused'] as const;

  it('all differ, keep to their square, and are premultiplied', () => {
    const drawn = all.map((icon) => trayPixels(icon, 32, 255));
    expect(new Set(drawn.map((pixels) => pixels.join())).size).toBe(all.length);
    for (const pixels of drawn) {
      expect(pixels).toHaveLength(32 * 32 * 4);
      for (let i = 0; i < pixels.length; i += 4) expect(pixels[i]).toBeLessThanOrEqual(pixels[i + 3]! + 1);
      // The corners are empty, and something is drawn.
      expect([pixels[3], pixels[32 * 4 - 1], pixels.at(-1)]).toEqual([0, 0, 0]);
      expect(pixels.some((value) => value > 200)).toBe(true);
    }
  });

  it('carry the colour of a template only in their opacity', () => {
    const pixels = trayPixels('connected', 16, 0);
    for (let i = 0; i < pixels.length; i += 4) expect([pixels[i], pixels[i + 1], pixels[i + 2]]).toEqual([0, 0, 0]);
  });
});
