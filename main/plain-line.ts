/**
 * Text of others (a server's sentence, a device's name) as one line of a menu or notification: no line breaks, no characters
 * that turn the direction of what follows, no more than fits. Pure.
 */

/** Control characters, and those that embed, override or isolate a direction (Unicode, UAX 9). */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

export function plainLine(text: string, most: number): string {
  const line = text.replace(UNSEEN, ' ').trim();
  const letters = [...line];
  return letters.length <= most ? line : `${letters.slice(0, most - 1).join('').trimEnd()}\u2026`;
}
