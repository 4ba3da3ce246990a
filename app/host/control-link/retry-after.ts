/** Reads a Retry-After header (RFC 9110, section 10.2.3): seconds, or a date. Pure but for the wall clock it is given. */

/** ms from `now` (ms since 1970), never negative; undefined when it is neither form. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // Date.parse reads far more than HTTP allows: only texts that begin as an HTTP date does.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return undefined;
  // Its oldest form names no zone, and means GMT.
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
