import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BACKGROUND, keepFrameTheme, type FrameTheme } from './frame-theme.ts';

it('the frame follows the theme of the settings, and is left alone while that is the same', () => {
  const set: FrameTheme[] = [];
  const keep = keepFrameTheme((theme) => set.push(theme));
  for (const theme of ['system', 'light', 'contrast', 'dark', 'contrast-dark', 'system'] as const) keep(theme);
  expect(set).toEqual(['light', 'dark', 'system']);
});

it('a window is the colour of its page before that has drawn', () => {
  const colours = [...readFileSync(new URL('../renderer/src/styles/tokens.css', import.meta.url), 'utf8').matchAll(/--bg: (#[0-9a-f]{6});/g)].map(([, colour]) => colour);
  expect(colours.slice(0, 2)).toEqual([BACKGROUND.light, BACKGROUND.dark]);
});
