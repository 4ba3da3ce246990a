/** docs/WORDS.md is what the catalogue says. BOWLINE_RENEW_WORDS=1 writes it anew: read what git then shows as changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { unshown, wordsTable } from '../kit/words-table.ts';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'WORDS.md');

it('docs/WORDS.md has every state and error as the catalogue says it', () => {
  const table = wordsTable();
  if (process.env['BOWLINE_RENEW_WORDS'] === '1') writeFileSync(FILE, table);
  expect(readFileSync(FILE, 'utf8') === table, 'docs/WORDS.md is stale: BOWLINE_RENEW_WORDS=1 npx vitest run tests/house/words.test.ts').toBe(true);
});

it('leaves out no message, and no cell', () => {
  expect(unshown()).toEqual([]);
  expect(wordsTable().split('\n').filter((line) => /\|\s+\|/.test(line.replace(/^\|\s+\|/, '|')))).toEqual([]);
});
