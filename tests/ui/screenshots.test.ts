/** Every state in three widths, light and dark, as pictures in tests/ui/screenshots for a person to look at. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SceneName } from '../../renderer/src/fake-scenes.ts';
import { SIZES, Stage } from './window.ts';

const FOLDER = fileURLToPath(new URL('./screenshots/', import.meta.url));
let stage: Stage;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  stage = await Stage.open();
});
afterAll(() => stage.close());

const pictures: readonly (readonly [name: string, scene: SceneName, route: string])[] = [
  ['overview', 'connected', '#/'],
  ['overview-attention', 'attention', '#/'],
  ['overview-offline', 'offline', '#/'],
  ['overview-woke', 'woke', '#/'],
  ['overview-plain', 'plain', '#/'],
  ['overview-young', 'young', '#/'],
  ['peers', 'connected', '#/peers'],
  ['peers-thousand', 'thousand', '#/peers'],
  ['peer', 'attention', '#/peers/beacon'],
  ['history', 'attention', '#/history'],
  ['health', 'attention', '#/health'],
  ['empty', 'empty', '#/peers'],
];

describe.each(['light', 'dark'] as const)('in %s', (theme) => {
  describe.each(Object.keys(SIZES) as (keyof typeof SIZES)[])('at %s', (size) => {
    it.each(pictures)('%s', async (name, scene, route) => {
      const view = await stage.scene(scene, route, { size, theme });
      await view.page.screenshot({ path: `${FOLDER}${name}-${size}-${theme}.png` });
      expect(await view.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'no sideways scrolling').toBe(true);
      await view.close();
    });

    it('gone', async () => {
      const view = await stage.scene('connected', '#/', { size, theme });
      await view.page.evaluate(() => window.fakeEngine.connect('closed'));
      await view.page.waitForSelector('[data-testid=gone]');
      await view.page.screenshot({ path: `${FOLDER}gone-${size}-${theme}.png` });
      await view.close();
    });
  });
});
