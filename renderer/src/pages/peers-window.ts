/** Which rows of a long table are drawn: those in sight and some around. All rows have one height, so positions are exact. */
import { useEffect, useState, type RefObject } from 'react';

const AROUND = 9;
/** Shorter tables are drawn whole. */
const WHOLE_UP_TO = 80;

export type RowWindow = { readonly first: number; readonly end: number; readonly rowHeight: number };

/** Pure. */
export function rowWindow(rows: number, rowHeight: number, scrolled: number, inSight: number): RowWindow {
  if (rows <= WHOLE_UP_TO) return { first: 0, end: rows, rowHeight };
  const first = Math.max(0, Math.min(rows - 1, Math.floor(scrolled / rowHeight)) - AROUND);
  return { first, end: Math.min(rows, Math.ceil((scrolled + inSight) / rowHeight) + AROUND), rowHeight };
}

export function useRowWindow(scroller: RefObject<HTMLElement | null>, rows: number): RowWindow {
  const [view, setView] = useState({ rowHeight: 40, scrolled: 0, inSight: 1_000 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    // Only the place changes by scrolling; sizes are read when they may have changed.
    const scrolled = (): void => setView((view) => ({ ...view, scrolled: element.scrollTop }));
    const look = (): void => {
      const rowHeight = element.querySelector<HTMLElement>('tbody tr[data-peer]')?.offsetHeight ?? 40;
      setView({ rowHeight, scrolled: element.scrollTop, inSight: element.clientHeight });
    };
    look();
    element.addEventListener('scroll', scrolled, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', scrolled);
      resized.disconnect();
    };
  }, [scroller]);
  return rowWindow(rows, view.rowHeight, view.scrolled, view.inSight);
}
