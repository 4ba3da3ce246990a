/** When something is on the screen, told by the page itself: two frames after the first element that fits. Nothing of it is in the product. */
import type { BrowserContext, Page } from 'playwright-core';

declare global {
  interface Window {
    /** ms since 1970 at which an element that fits `selector` and holds `text` was drawn. */
    drawn(selector: string, text: string): Promise<number>;
  }
}

export const nowMs = (): number => performance.timeOrigin + performance.now();

/** For every page of this context, before its own scripts. */
export const tellWhenDrawn = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => {
    window.drawn = (selector, text) =>
      new Promise((resolve) => {
        const seen = (): boolean => [...document.querySelectorAll(selector)].some(({ textContent }) => textContent?.includes(text) === true);
        const done = (): void => {
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now())));
        };
        if (seen()) return done();
        const watch = new MutationObserver(() => {
          if (!seen()) return;
          watch.disconnect();
          done();
        });
        watch.observe(document, { childList: true, subtree: true, characterData: true });
      });
  });

export const drawn = (page: Page, selector: string, text = ''): Promise<number> => page.evaluate(([where, what]) => window.drawn(where, what), [selector, text] as const);
