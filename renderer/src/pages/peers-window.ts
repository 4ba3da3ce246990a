/**
 * Which rows of a long table are drawn: those in sight and some around, more where it is scrolled to. All rows have one height, so
 * positions are exact. A row that leaves at one end is used again at the other: its place among the elements stays while it is scrolled,
 * and follows the order of the rows when that ends.
 */
import { useEffect, useState, type RefObject } from 'react';

/** As many rows as a frame of quick scrolling passes, a few times over. */
const AHEAD = 9;
const BEHIND = 2;
/** After the last scrolling: not after each step of it, which may be a scrolling of its own. */
const RESTS_AFTER_MS = 150;
/** Shorter tables are drawn whole. */
const WHOLE_UP_TO = 80;

export type RowWindow = {
  readonly kind: 'whole' | 'part';
  /** Of the rows, the first that is drawn and the one after the last. */
  readonly first: number;
  readonly end: number;
  readonly rowHeight: number;
  /** `first` when it was scrolled last: the order of the elements. */
  readonly rested: number;
};

export type View = {
  readonly rowHeight: number;
  readonly inSight: number;
  /** The topmost row in sight, and the one of the last rest. */
  readonly top: number;
  readonly restedTop: number;
  readonly down: boolean;
};

/** Pure. */
export function rowWindow(rows: number, { rowHeight, inSight, top, restedTop, down }: View): RowWindow {
  if (rows <= WHOLE_UP_TO) return { kind: 'whole', first: 0, end: rows, rowHeight, rested: 0 };
  const drawn = Math.min(rows, Math.ceil(inSight / rowHeight) + 1 + AHEAD + BEHIND);
  const from = (at: number): number => Math.max(0, Math.min(rows - drawn, at - (down ? BEHIND : AHEAD)));
  return { kind: 'part', first: from(top), end: from(top) + drawn, rowHeight, rested: from(restedTop) };
}

/** The indexes of the drawn rows, in the order of their elements, with the element that each one uses. Pure. */
export function places({ kind, first, end, rested }: RowWindow): readonly { readonly index: number; readonly element: number }[] {
  const drawn = end - first;
  return Array.from({ length: drawn }, (_, i) => {
    if (kind === 'whole') return { index: i, element: i };
    const element = (rested + i) % drawn;
    return { index: first + ((((element - first) % drawn) + drawn) % drawn), element };
  });
}

export function useRowWindow(scroller: RefObject<HTMLElement | null>, rows: number): RowWindow {
  const [view, setView] = useState<View>({ rowHeight: 40, inSight: 1_000, top: 0, restedTop: 0, down: true });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    // Only the place changes by scrolling; sizes are read when they may have changed. The same row on top: nothing to draw.
    let resting: ReturnType<typeof setTimeout> | undefined;
    const scrolled = (): void => {
      clearTimeout(resting);
      resting = setTimeout(() => setView((last) => (last.restedTop === last.top ? last : { ...last, restedTop: last.top })), RESTS_AFTER_MS);
      setView((last) => {
        const top = Math.floor(element.scrollTop / last.rowHeight);
        return top === last.top ? last : { ...last, top, down: top > last.top };
      });
    };
    const look = (): void => {
      const rowHeight = element.querySelector<HTMLElement>('tr[data-peer]')?.offsetHeight ?? 40;
      const top = Math.floor(element.scrollTop / rowHeight);
      setView((last) => ({ ...last, rowHeight, inSight: element.clientHeight, top, restedTop: top }));
    };
    look();
    element.addEventListener('scroll', scrolled, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', scrolled);
      clearTimeout(resting);
      resized.disconnect();
    };
  }, [scroller]);
  return rowWindow(rows, view);
}
