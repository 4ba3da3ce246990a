/**
 * Draws the tray icons: the bowline knot as strokes in a 16 x 16 square, with a sign for each state, as pixels of any
 * size. The same shapes as build/icons/tray-*.svg; drawn here because a tray takes pixels and the sources keep none.
 */
import type { TrayIcon } from './tray-port.ts';

type Point = readonly [x: number, y: number];
interface Stroke {
  readonly points: readonly Point[];
  readonly width: number;
  /** Erases what is drawn so far: the gap beside a crossing line. */
  readonly erase?: boolean;
}

const STEPS = 48;
const steps = (make: (t: number) => Point): Point[] => Array.from({ length: STEPS + 1 }, (_, i) => make(i / STEPS));

function curve(a: Point, b: Point, c: Point, d: Point): Point[] {
  const mix = (t: number, i: 0 | 1): number => (1 - t) ** 3 * a[i] + 3 * (1 - t) ** 2 * t * b[i] + 3 * (1 - t) * t ** 2 * c[i] + t ** 3 * d[i];
  return steps((t) => [mix(t, 0), mix(t, 1)]);
}

/** Part of the loop: centre 8, 9.75, radius 5.25; degrees clockwise from the right. */
const loop = (from: number, to: number): Point[] =>
  steps((t) => {
    const angle = ((from + (to - from) * t) * Math.PI) / 180;
    return [8 + 5.25 * Math.cos(angle), 9.75 + 5.25 * Math.sin(angle)];
  });

const line = (width: number, ...points: Point[]): Stroke => ({ points, width });

const TAIL: Stroke = { points: curve([6.5, 2.6], [5.7, 2], [5, 1.5], [4.6, 1]), width: 1.5 };
const KNOT: readonly Stroke[] = [
  {
    points: [...curve([11.4, 1], [10, 3.5], [2.75, 4.7], [2.75, 9.75]), ...loop(180, 0), ...curve([13.25, 9.75], [13.25, 6.9], [11.2, 5.4], [9.3, 4.3])],
    width: 1.5,
  },
  TAIL,
];
const SLASH: readonly Point[] = [
  [1.9, 3.2],
  [13.6, 14.9],
];

const SHAPES: Readonly<Record<TrayIcon, readonly Stroke[]>> = {
  connected: KNOT,
  idle: [...KNOT, line(1.6, [6.4, 9.75], [9.6, 9.75])],
  connecting: [
    { points: curve([11.4, 1], [10.6, 2.4], [8, 3.4], [5.9, 4.9]), width: 1.5 },
    line(1.5, [9.3, 4.3], [10, 4.75]),
    TAIL,
    { points: loop(204, 151), width: 1.5 },
    { points: loop(110, 66), width: 1.5 },
    { points: loop(28, -25), width: 1.5 },
  ],
  attention: [...KNOT, line(1.6, [8, 7.1], [8, 10.2]), line(1.8, [8, 12.4], [8, 12.41])],
  offline: [...KNOT, { points: SLASH, width: 4.2, erase: true }, { points: SLASH, width: 1.5 }],
  paused: [...KNOT, line(1.6, [6.6, 8.2], [6.6, 11.8]), line(1.6, [9.4, 8.2], [9.4, 11.8])],
};

function distance(px: number, py: number, [ax, ay]: Point, [bx, by]: Point): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

/** How much of the point the shape covers, 0 to 1. `x`, `y`: in the 16 x 16 square; `scale`: pixels for one unit; `weight`: of the strokes. */
export function coverage(icon: TrayIcon, x: number, y: number, scale: number, weight = 1): number {
  let covered = 0;
  for (const { points, width, erase } of SHAPES[icon]) {
    let nearest = Infinity;
    for (let i = 1; i < points.length; i++) nearest = Math.min(nearest, distance(x, y, points[i - 1]!, points[i]!));
    const stroke = Math.max(0, Math.min(1, ((width * weight) / 2 - nearest) * scale + 0.5));
    covered = erase === true ? Math.min(covered, 1 - stroke) : Math.max(covered, stroke);
  }
  return covered;
}

/**
 * `size` x `size` pixels of 4 bytes: the colour three times (0 black, 255 white; premultiplied), then opacity. The order
 * of colours does not matter, as they are equal.
 */
export function trayPixels(icon: TrayIcon, size: number, colour: 0 | 255): Uint8Array {
  const scale = size / 16;
  const pixels = new Uint8Array(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const alpha = coverage(icon, (x + 0.5) / scale, (y + 0.5) / scale, scale);
      const at = (y * size + x) * 4;
      pixels.fill(Math.round(colour * alpha), at, at + 3);
      pixels[at + 3] = Math.round(255 * alpha);
    }
  }
  return pixels;
}
