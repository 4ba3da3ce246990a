/**
 * Reads the tree's own source for the house tests: which files there are, their code without comments and without the
 * contents of strings, and what they import. A scanner, not a compiler: TypeScript 7 offers no JavaScript API. It knows
 * comments, strings, templates (with nested code) and regular expressions, which is all that can hide a word from it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Not ours, or made by a command. Everything else in the tree is held to the rules. */
const NOT_SOURCE = new Set(['node_modules', 'dist', '.git', 'coverage', 'release', 'tmp']);

/** Every file below `folder` (relative to the root, forward slashes), sorted. */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (NOT_SOURCE.has(entry.name)) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...filesBelow(path));
    else if (entry.isFile()) found.push(path);
  }
  return found.toSorted();
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export const isCode = (path: string): boolean => /\.(?:ts|tsx|mts|cts|mjs|cjs|js)$/.test(path);
export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);

export interface Scanned {
  /** Same number of lines; comments are blank, each string is `"#n"`, each regular expression `"#r"`. */
  readonly code: string;
  /** Contents of the strings, by n. A template is one string per literal part. */
  readonly strings: readonly string[];
  /** Text of the comments, without their markers. */
  readonly comments: readonly string[];
}

/** Last word or sign after which a slash begins a regular expression and not a division. */
const BEFORE_REGEX = /(?:^|[=(,:;!&|?{}[+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|yield|await|void|delete))\s*$/;

export function scan(source: string): Scanned {
  const strings: string[] = [];
  const comments: string[] = [];
  /** Depth of braces at which each open template's `${` began. */
  const templates: number[] = [];
  let depth = 0;
  let code = '';
  let i = 0;
  const blank = (text: string): string => text.replace(/[^\n]/g, '');
  const keep = (text: string): void => {
    code += `"#${strings.length}"${blank(text)}`;
    strings.push(text);
  };
  /** Reads template text from `i` to the closing backtick or the next `${`. */
  const template = (): void => {
    const start = i;
    while (i < source.length && source[i] !== '`' && !(source[i] === '$' && source[i + 1] === '{')) i += source[i] === '\\' ? 2 : 1;
    keep(source.slice(start, i));
    if (source[i] === '`') {
      i += 1;
    } else {
      templates.push(depth);
      depth += 1;
      code += '+(';
      i += 2;
    }
  };
  while (i < source.length) {
    const c = source[i]!;
    const two = source.slice(i, i + 2);
    if (two === '//' || (i === 0 && two === '#!')) {
      const end = source.indexOf('\n', i);
      const stop = end < 0 ? source.length : end;
      comments.push(source.slice(i + 2, stop));
      i = stop;
    } else if (two === '/*') {
      const end = source.indexOf('*/', i + 2);
      const stop = end < 0 ? source.length : end;
      comments.push(source.slice(i + 2, stop));
      code += ` ${blank(source.slice(i, stop))}`;
      i = stop + 2;
    } else if (c === "'" || c === '"') {
      const start = ++i;
      while (i < source.length && source[i] !== c && source[i] !== '\n') i += source[i] === '\\' ? 2 : 1;
      keep(source.slice(start, i));
      i += 1;
    } else if (c === '`') {
      i += 1;
      template();
    } else if (c === '}' && templates.at(-1) === depth - 1) {
      templates.pop();
      depth -= 1;
      code += ')+';
      i += 1;
      template();
    } else if (c === '/' && BEFORE_REGEX.test(code.slice(-24))) {
      let inClass = false;
      i += 1;
      while (i < source.length && source[i] !== '\n' && (inClass || source[i] !== '/')) {
        if (source[i] === '\\') i += 1;
        else if (source[i] === '[') inClass = true;
        else if (source[i] === ']') inClass = false;
        i += 1;
      }
      code += '"#r"';
      i += 1;
    } else {
      if (c === '{') depth += 1;
      if (c === '}') depth -= 1;
      code += c;
      i += 1;
    }
  }
  return { code, strings, comments };
}

export interface Import {
  /** As written: `./x.ts`, `node:fs`, `electron`. `(computed)` for a dynamic import whose target is not one string. */
  readonly target: string;
  /** Gone after compilation: `import type`, `export type`, or every name marked `type`. */
  readonly typeOnly: boolean;
}

const FROM = /\b(?:import|export)\b([^;"()]*?)\bfrom\s*"#(\d+)"/g;
const BARE = /\bimport\s*"#(\d+)"/g;
const CALLED = /(?<![.\w$])(?:import|require)\s*\(\s*(?:"#(\d+)"\s*[,)])?/g;

export function importsOf(source: string): Import[] {
  const { code, strings } = scan(source);
  const found: Import[] = [];
  for (const [, clause = '', n] of code.matchAll(FROM)) found.push({ target: strings[Number(n)]!, typeOnly: isTypeOnly(clause) });
  for (const [, n] of code.matchAll(BARE)) found.push({ target: strings[Number(n)]!, typeOnly: false });
  for (const [, n] of code.matchAll(CALLED)) found.push({ target: n === undefined ? '(computed)' : strings[Number(n)]!, typeOnly: false });
  return found;
}

function isTypeOnly(clause: string): boolean {
  const text = clause.trim();
  if (/^type\b(?!\s*,)/.test(text)) return true;
  const names = /^\{(.*)\}$/s.exec(text)?.[1];
  if (names === undefined) return false;
  const each = names.split(',').filter((name) => name.trim() !== '');
  return each.length > 0 && each.every((name) => /^\s*type\s/.test(name));
}

/** Where an import of `path` leads: a path from the root for relative ones, else the specifier itself. */
export function resolveImport(path: string, target: string): string {
  if (!target.startsWith('.')) return target;
  const parts = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
