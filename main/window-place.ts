/**
 * Where the window stands: what was kept, judged by the displays that there are now. Pure. A window is never opened where a
 * person cannot get hold of it: its title must lie on a display, else the size is kept and the system chooses the place.
 * Caller: window.ts.
 */
import * as v from 'valibot';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Without x and y: the system chooses. */
export type Place = { readonly width: number; readonly height: number; readonly x?: number; readonly y?: number };

export const SMALLEST = { width: 360, height: 480 } as const;
export const USUAL = { width: 980, height: 680 } as const;
/** So much of the title must be in reach, in pixels. */
const GRIP = { width: 120, height: 32 } as const;

const Pixel = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));
export const RectangleSchema = v.object({ x: Pixel, y: Pixel, width: v.pipe(Pixel, v.minValue(1)), height: v.pipe(Pixel, v.minValue(1)) });

/** `displays`: what of each is free for windows. */
export function placeOf(kept: Rectangle | null, displays: readonly Rectangle[]): Place {
  if (kept === null) return USUAL;
  const home = displays.find((display) => hasGrip(kept, display));
  const most = home ?? displays[0];
  const fit = (wanted: number, smallest: number, room: number | undefined): number => Math.max(smallest, Math.min(wanted, room ?? wanted));
  const size = { width: fit(kept.width, SMALLEST.width, most?.width), height: fit(kept.height, SMALLEST.height, most?.height) };
  return home === undefined ? size : { ...size, x: kept.x, y: kept.y };
}

/** The part of the title on this display is wide enough to be dragged. */
function hasGrip({ x, y, width }: Rectangle, display: Rectangle): boolean {
  const seen = Math.min(x + width, display.x + display.width) - Math.max(x, display.x);
  return seen >= GRIP.width && y >= display.y && y + GRIP.height <= display.y + display.height;
}
