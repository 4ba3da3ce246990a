/**
 * Reads the SVG files of build/icons: paths of round strokes, and at most one rounded square behind them. It takes what those
 * files use and refuses everything else, so that a drawing never loses a part without a word.
 */

export type Point = readonly [x: number, y: number];
/** Lines through points, `width` wide with round ends. `cut`: takes away what is under it. */
export interface Stroke {
  readonly lines: readonly (readonly Point[])[];
  readonly width: number;
  readonly colour: string;
  readonly cut: boolean;
}
export interface Square {
  readonly from: number;
  readonly size: number;
  readonly corner: number;
  readonly colour: string;
}
export interface Drawing {
  /** Units of the picture, both ways. */
  readonly size: number;
  readonly square: Square | null;
  readonly strokes: readonly Stroke[];
}

type Attributes = ReadonlyMap<string, string>;
interface Frame {
  readonly attributes: Attributes;
  readonly move: Point;
  readonly scale: number;
}

export function readSvg(text: string): Drawing {
  const strokes: Stroke[] = [];
  let size = 0;
  let square: Square | null = null;
  const stack: Frame[] = [{ attributes: new Map(), move: [0, 0], scale: 1 }];
  for (const [, closing, name, inside, empty] of text.matchAll(/<(\/?)([a-z]+)([^>]*?)(\/?)>/g)) {
    if (closing === '/') {
      stack.pop();
      continue;
    }
    const own = new Map([...(inside ?? '').matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]));
    const frame = enter(stack.at(-1)!, own);
    if (empty !== '/') stack.push(frame);
    switch (name) {
      case 'svg':
        size = Number(/^0 0 (\d+) \1$/.exec(own.get('viewBox') ?? '')?.[1]);
        if (!(size > 0)) throw new Error(`the view box ${own.get('viewBox')} is not "0 0 n n"`);
        break;
      case 'g':
        break;
      case 'rect':
        square = { from: number(own, 'x'), size: number(own, 'width'), corner: number(own, 'rx'), colour: own.get('fill') ?? '#000' };
        break;
      case 'path':
        strokes.push(strokeOf(frame, own));
        break;
      default:
        throw new Error(`<${name}> cannot be drawn here`);
    }
  }
  return { size, square, strokes };
}

function enter(outer: Frame, own: Attributes): Frame {
  const transform = own.get('transform');
  const attributes = new Map([...outer.attributes, ...own]);
  if (transform === undefined) return { ...outer, attributes };
  const found = /^translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)$/.exec(transform);
  if (found === null) throw new Error(`the transform ${transform} cannot be drawn here`);
  return { attributes, move: [Number(found[1]), Number(found[2])], scale: Number(found[3]) };
}

function number(attributes: Attributes, name: string): number {
  const value = Number(attributes.get(name));
  if (!Number.isFinite(value)) throw new Error(`${name} is missing`);
  return value;
}

function strokeOf({ attributes, move, scale }: Frame, own: Attributes): Stroke {
  if (attributes.get('stroke-linecap') !== 'round' || attributes.get('fill') !== 'none') throw new Error('only round strokes without a fill can be drawn here');
  const lines = readPath(own.get('d') ?? '').map((line) => line.map(([x, y]): Point => [move[0] + x * scale, move[1] + y * scale]));
  return { lines, width: number(attributes, 'stroke-width') * scale, colour: attributes.get('stroke') ?? '#000', cut: own.get('class') === 'cut' };
}

const STEPS = 40;
const TAKES: Readonly<Record<string, number>> = { M: 2, L: 2, H: 1, V: 1, C: 6, A: 7 };

/** Path data of SVG 2, section 9.3, with curves as short lines. */
export function readPath(data: string): Point[][] {
  const tokens = data.match(/[a-zA-Z]|-?(?:\d+\.?\d*|\.\d+)/g) ?? [];
  const lines: Point[][] = [];
  let at: Point = [0, 0];
  let command = '';
  for (let i = 0; i < tokens.length; ) {
    if (/[a-zA-Z]/.test(tokens[i]!)) command = tokens[i++]!;
    const kind = command.toUpperCase();
    const takes = TAKES[kind];
    if (takes === undefined) throw new Error(`the path command ${command} cannot be drawn here`);
    const n = tokens.slice(i, i + takes).map(Number);
    if (n.length < takes || n.some((value) => !Number.isFinite(value))) throw new Error(`the path ${data} ends too early`);
    i += takes;
    const from = command === kind ? ([0, 0] as const) : at;
    const point = (k: number): Point => [from[0] + n[k]!, from[1] + n[k + 1]!];
    const start = at;
    switch (kind) {
      case 'M':
        at = point(0);
        lines.push([at]);
        command = command === 'M' ? 'L' : 'l';
        continue;
      case 'L':
        at = point(0);
        lines.at(-1)!.push(at);
        continue;
      case 'H':
        at = [from[0] + n[0]!, start[1]];
        lines.at(-1)!.push(at);
        continue;
      case 'V':
        at = [start[0], from[1] + n[0]!];
        lines.at(-1)!.push(at);
        continue;
      case 'C':
        at = point(4);
        lines.at(-1)!.push(...cubic(start, point(0), point(2), at));
        continue;
      default:
        at = point(5);
        lines.at(-1)!.push(...arc(start, at, n[0]!, n[4] === 1, n[3] === 1));
    }
  }
  return lines;
}

const along = (make: (t: number) => Point): Point[] => Array.from({ length: STEPS }, (_, i) => make((i + 1) / STEPS));

function cubic(a: Point, b: Point, c: Point, d: Point): Point[] {
  const mix = (t: number, i: 0 | 1): number => (1 - t) ** 3 * a[i] + 3 * (1 - t) ** 2 * t * b[i] + 3 * (1 - t) * t ** 2 * c[i] + t ** 3 * d[i];
  return along((t) => [mix(t, 0), mix(t, 1)]);
}

/** Of a circle: radius, and which of the four arcs (SVG 2, implementation notes, F.6.5). */
function arc(a: Point, b: Point, radius: number, sweep: boolean, large: boolean): Point[] {
  const [dx, dy] = [(a[0] - b[0]) / 2, (a[1] - b[1]) / 2];
  const half = Math.hypot(dx, dy);
  const r = Math.max(radius, half);
  const side = (large === sweep ? -1 : 1) * Math.sqrt(Math.max(0, r * r - half * half)) / (half || 1);
  const centre: Point = [(a[0] + b[0]) / 2 + side * dy, (a[1] + b[1]) / 2 - side * dx];
  const from = Math.atan2(a[1] - centre[1], a[0] - centre[0]);
  let turn = Math.atan2(b[1] - centre[1], b[0] - centre[0]) - from;
  if (sweep && turn <= 0) turn += 2 * Math.PI;
  if (!sweep && turn >= 0) turn -= 2 * Math.PI;
  return along((t) => [centre[0] + r * Math.cos(from + t * turn), centre[1] + r * Math.sin(from + t * turn)]);
}
