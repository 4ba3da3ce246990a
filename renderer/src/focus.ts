/**
 * The focus of who uses the page without a mouse: what is drawn anew, or goes with what was done, must not take it along.
 * It only finds and moves; who calls knows why.
 */
const CONTROLS = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** Nothing has it any more. */
const isLost = (page: Document): boolean => page.activeElement === null || page.activeElement === page.body;

export function focusIfLost(to: HTMLElement | null, page: Document = document): void {
  if (isLost(page)) to?.focus();
}

/** Remembers which control of the page has it; the answer gives it back to the control in that place. For a page that is the same but for its words. */
export function rememberFocus(page: Document = document): () => void {
  const controls = (): HTMLElement[] => [...page.querySelectorAll<HTMLElement>(CONTROLS)];
  const place = isLost(page) ? -1 : controls().findIndex((control) => control === page.activeElement);
  return () => focusIfLost(controls()[place] ?? null, page);
}
