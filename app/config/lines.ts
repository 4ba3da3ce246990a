/**
 * Cuts the text of a configuration file into sections and entries with their line numbers and comments. Knows the shape
 * (`[Section]`, `Key = value`, `# comment`), no field. Called by wg-quick.ts only.
 */
export interface Entry {
  readonly line: number;
  readonly key: string;
  /** Trimmed, without a comment. */
  readonly value: string;
}

export interface Section {
  readonly line: number;
  /** As written, without brackets. */
  readonly title: string;
  readonly entries: Entry[];
  /** Beside the title, then below it until its first entry. */
  readonly comments: string[];
  /** On the line directly above the title. */
  readonly above: string | undefined;
}

/** A line that is neither; `length` in characters. It is not quoted: it may hold a key. */
export interface StrayLine {
  readonly line: number;
  readonly kind: 'no equals sign' | 'before any section' | 'unclosed bracket';
  readonly length: number;
}

export interface Lines {
  readonly sections: Section[];
  readonly stray: StrayLine[];
}

export function cutLines(text: string): Lines {
  const sections: Section[] = [];
  const stray: StrayLine[] = [];
  let current: Section | undefined;
  let above: string | undefined;
  for (const [i, raw] of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/).entries()) {
    const line = i + 1;
    const hash = raw.indexOf('#');
    const comment = hash < 0 ? undefined : raw.slice(hash).replace(/^[#\s]+/, '').trim();
    const content = (hash < 0 ? raw : raw.slice(0, hash)).trim();
    if (content === '') {
      if (comment !== undefined && current?.entries.length === 0) current.comments.push(comment);
      above = comment;
      continue;
    }
    if (content.startsWith('[')) {
      const title = /^\[\s*([^[\]]*?)\s*\]$/.exec(content)?.[1];
      if (title === undefined) {
        stray.push({ line, kind: 'unclosed bracket', length: content.length });
      } else {
        current = { line, title, entries: [], comments: comment === undefined ? [] : [comment], above };
        sections.push(current);
      }
    } else {
      const equals = content.indexOf('=');
      if (equals < 0) stray.push({ line, kind: 'no equals sign', length: content.length });
      else if (current === undefined) stray.push({ line, kind: 'before any section', length: content.length });
      else current.entries.push({ line, key: content.slice(0, equals).trim(), value: content.slice(equals + 1).trim() });
    }
    above = undefined;
  }
  return { sections, stray };
}
