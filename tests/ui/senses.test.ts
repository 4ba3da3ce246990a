/** For those who choose their own colours, and for those whom motion disturbs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SceneName } from '../../renderer/src/fake-scene-list.ts';
import { Stage } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const pages: readonly (readonly [scene: SceneName, route: string])[] = [
  ['attention', '#/'], ['woke', '#/'], ['mesh', '#/peers'], ['mesh', '#/peers/beacon'], ['attention', '#/history'], ['os-fought-over', '#/health'], ['member', '#/accounts'], ['tray', '#/settings'], ['attention', '#/diagnostics'], ['guide-connected', '#/guide'],
];

describe('in forced colours', () => {
  it.each(pages)('%s %s keeps every shape of a state and every mark of a choice', async (scene, route) => {
    const view = await stage.scene(scene, route);
    await view.page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    const lost = await view.page.evaluate(() => {
      const behind = getComputedStyle(document.body).backgroundColor;
      const drawn = (shape: Element): boolean => {
        const { fill, stroke } = getComputedStyle(shape);
        return (fill !== 'none' && fill !== behind) || (stroke !== 'none' && stroke !== behind);
      };
      const icons = [...document.querySelectorAll('.st svg')].filter((icon) => icon.getClientRects().length > 0);
      return icons.filter((icon) => ![...icon.children].some(drawn)).map((icon) => icon.outerHTML.slice(0, 120));
    });
    expect(lost).toEqual([]);
    // A choice is told by more than the shade behind it, which is gone here.
    const same = await view.page.evaluate(() => {
      const look = (label: Element): string => {
        const { color, backgroundColor, borderColor, outlineStyle, outlineColor, textDecorationLine } = getComputedStyle(label);
        return [color, backgroundColor, borderColor, outlineStyle, outlineColor, textDecorationLine].join(' ');
      };
      return [...document.querySelectorAll('.seg')].filter((group) => {
        const chosen = group.querySelector('label:has(:checked)');
        const other = group.querySelector('label:not(:has(:checked))');
        return chosen !== null && other !== null && look(chosen) === look(other);
      }).length;
    });
    expect(same).toBe(0);
    expect(await view.violations()).toEqual([]);
    await view.close();
  });
});

describe('motion', () => {
  it('is there while something is checked, and not for those who ask for less', async () => {
    const view = await stage.scene('woke');
    const moving = (): Promise<number> => view.page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length);
    expect(await moving()).toBe(0);
    await view.page.emulateMedia({ reducedMotion: 'no-preference' });
    await view.page.waitForFunction(() => document.getAnimations().some(({ playState }) => playState === 'running'));
    await view.close();
  });
});
