/** Reads what a person writes for "since": `90s`, `10m`, `2h`, `3d` ago, or a date and time (ISO 8601). Pure. */

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Wall time in ms since 1970, or undefined when the text is neither. `wall`: now. */
export function parseSince(text: string, wall: number): number | undefined {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null) return Math.max(0, wall - Number(ago[1]) * UNITS[ago[2]!]!);
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return undefined;
  const at = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : Math.max(0, at);
}
