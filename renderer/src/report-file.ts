/** A report as the page shows and saves it: cut into its sections, and as the one file that `bowline replay` takes. Pure. */
import type { CommandResult } from '../../app/api/schema.ts';

export type Report = CommandResult<'report'>;

/** `text` begins with the line of its title; all texts put together are the report. The first has no title. */
export type Section = { readonly title: string | null; readonly text: string; readonly lines: number };

/** Stands before the recording in a file: MARK of recorder/recording.ts, held equal by a test. */
const MARK = '=== Recording, for `bowline replay` ===';

export const fileOf = ({ text, recording }: Report): string => `${text}\n\n${MARK}\n${recording}\n`;

export const bytesOf = (text: string): number => new Blob([text]).size;

export const linesOf = (text: string): number => text.trimEnd().split('\n').length;

export function sectionsOf(text: string): readonly Section[] {
  return text
    .split(/^(?==== .+ ===$)/m)
    .filter((part) => part !== '')
    .map((part) => ({ title: /^=== (.+) ===\n/.exec(part)?.[1] ?? null, text: part, lines: linesOf(part) }));
}

export type Piece = { readonly startsAt: number; readonly text: string };

/** Pieces of so many lines at most: each is laid out only when it comes into sight. `startsAt`: in the text. */
export function piecesOf(text: string, most = 200): readonly Piece[] {
  const lines = text.split(/(?<=\n)/);
  const pieces: Piece[] = [];
  for (let at = 0, startsAt = 0; at < lines.length; at += most) {
    const piece = lines.slice(at, at + most).join('');
    pieces.push({ startsAt, text: piece });
    startsAt += piece.length;
  }
  return pieces;
}
