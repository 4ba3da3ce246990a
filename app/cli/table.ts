/** Columns of text for a terminal: aligned by their widest cell, two spaces apart. Colour only where it is asked for. Pure. */

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

/** One line for the heads and one a row; no space at the ends of lines. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  const widths = columns.map((column, i) => Math.max(width(column.head), ...rows.map((row) => width(row[i] ?? ''))));
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, i) => {
        const cell = cells[i] ?? '';
        const gap = ' '.repeat(widths[i]! - width(cell));
        return column.align === 'right' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [paint.faint(line(columns.map((column) => column.head))), ...rows.map(line)];
}

/** Characters that a terminal shows: colours take no room. */
function width(text: string): number {
  let n = 0;
  let inCode = false;
  for (const character of text) {
    if (character === '\u001b') inCode = true;
    else if (inCode) inCode = character !== 'm';
    else n += 1;
  }
  return n;
}

export interface Paint {
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  bold(text: string): string;
}

const code =
  (n: number) =>
  (text: string): string =>
    `\u001b[${n}m${text}\u001b[0m`;
const plain = (text: string): string => text;

/** Real colours for a terminal whose user did not say no (https://no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): Paint {
  const wanted = stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  if (!wanted) return { good: plain, warn: plain, bad: plain, faint: plain, bold: plain };
  return { good: code(32), warn: code(33), bad: code(31), faint: code(2), bold: code(1) };
}
