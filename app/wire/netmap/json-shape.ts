/**
 * A look at JSON text before it is parsed: how deep it nests and how many values it holds, so that neither a parser's stack
 * nor its memory is at the mercy of the sender. One pass, no allocation. Whether it is JSON at all is JSON.parse's to say.
 */
import { MAX_DEPTH, MAX_MESSAGE_VALUES } from './constants.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export function judgeShape(text: string): 'fine' | 'too deep' | 'too many values' {
  let depth = 0;
  let values = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i + 1);
    } else if (code === COMMA) {
      values++;
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      values++;
      if (++depth > MAX_DEPTH) return 'too deep';
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      depth--;
    }
  }
  return values > MAX_MESSAGE_VALUES ? 'too many values' : 'fine';
}

/** Where the string that goes on at `i` ends: its closing quote, or the end of the text. */
function endOfString(text: string, i: number): number {
  for (let end = text.indexOf('"', i); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (before >= i && text.charCodeAt(before) === BACKSLASH) before--;
    if ((end - before) % 2 === 1) return end;
  }
  return text.length;
}
