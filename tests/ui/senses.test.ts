/** For those who choose their own colours, for those whom motion disturbs, and for those who read German. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { de } from '../../app/language/de/index.ts';
import { en } from '../../app/language/en/index.ts';
import type { TextKey } from '../../app/language/texts.ts';
import type { SceneName } from '../../renderer/src/fake-scene-list.ts';
import { SIZES, Stage, type UiWindow } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const pages: readonly (readonly [scene: SceneName, route: string])[] = [
  ['attention', '#/'], ['woke', '#/'], ['mesh', '#/peers'], ['mesh', '#/peers/beacon'], ['attention', '#/history'], ['os-fought-over', '#/health'], ['member', '#/accounts'], ['tray', '#/settings'], ['attention', '#/diagnostics'], ['guide-connected', '#/guide'],
];

/** English texts of the catalogue that German has other words for; those without values, so that they can be found as they are. */
const ENGLISH = new Set<string>((Object.keys(en) as TextKey[]).filter((key) => en[key] !== de[key] && !en[key].includes('{') && /\p{L}/u.test(en[key])).map((key) => en[key]));
const GERMAN = new Set<string>(Object.values(de));

/** Every text on the page, and what is said of a part without being shown. */
const textsOf = (view: UiWindow): Promise<readonly string[]> =>
  view.page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() !== null) {
      const { parentElement, textContent } = walker.currentNode;
      // A report is the engine's, and one text for all who help.
      if (parentElement?.closest('pre, .contents') === null) found.push(textContent?.trim() ?? '');
    }
    for (const part of document.querySelectorAll('[aria-label], [title], [placeholder]')) for (const name of ['aria-label', 'title', 'placeholder']) found.push(part.getAttribute(name) ?? '');
    return found;
  });

/** The page of this window in German: it changes at once and wholly, fits into 400 px, and axe finds nothing. */
async function holdsInGerman(view: UiWindow): Promise<void> {
  await view.page.evaluate(() =>
    window.fakeEngine.change(({ shell }) => ({ shell: shell === null ? null : { ...shell, settings: { ...shell.settings, language: 'de' } } })),
  );
  await view.page.setViewportSize(SIZES.phone);
  await view.page.getByRole('link', { name: de['nav.settings'] }).waitFor({ timeout: 10_000 });
  const said = await textsOf(view);
  expect(said.filter((text) => ENGLISH.has(text) && !GERMAN.has(text))).toEqual([]);
  expect(said.filter((text) => GERMAN.has(text)).length).toBeGreaterThan(7);
  // What is cut says so with three dots, or can be scrolled to.
  const cut = await view.page.evaluate(() =>
    [...document.querySelectorAll('html, .app, .app *:not(.sr)')].filter((part) => {
      const { overflowX, textOverflow } = getComputedStyle(part);
      return part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0 && (part === document.documentElement || part.matches('.screen, .body') || (overflowX === 'hidden' && textOverflow !== 'ellipsis'));
    }).map((part) => `${part.className} ${part.scrollWidth} > ${part.clientWidth}: ${(part.textContent ?? '').slice(0, 80)}`),
  );
  expect(cut).toEqual([]);
  expect(await view.violations()).toEqual([]);
}

describe('in forced colours', () => {
  it.each(pages)('%s %s keeps every shape of a state and every mark of a choice, and holds in German', async (scene, route) => {
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
    // What the browser paints over it is not in a computed style: the mark must be drawn in colours of its own choice.
    const unmarked = await view.page.evaluate(() => [...document.querySelectorAll('.seg label:has(:checked), .nav a[aria-current="page"]')].filter((mark) => getComputedStyle(mark).forcedColorAdjust !== 'none').map((mark) => mark.textContent));
    expect(unmarked).toEqual([]);
    // The same window once more, as it costs the most.
    await view.page.emulateMedia({ forcedColors: 'none', colorScheme: 'light' });
    await holdsInGerman(view);
    await view.close();
  });
});

describe('in German', () => {
  it.each([['demo', '#/'], ['first-run', '#/'], ['sign-in', '#/'], ['key-changed', '#/'], ['member', '#/accounts/add']] as const)('%s %s changes at once and wholly, and fits into 400 px', async (scene, route) => {
    const view = await stage.scene(scene, route);
    await holdsInGerman(view);
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
