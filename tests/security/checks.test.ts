/** The table of checks is true: every test it names is there, and docs/SECURITY.md is what it says. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { read, ROOT } from '../house/source-scanner.ts';
import { CHECKS, FOLDER, securityTable } from './checks.ts';

/** Of its tests and groups. */
const titlesOf = (file: string): string[] => [...read(file).matchAll(/\b(?:it|describe)(?:\.each\([\s\S]*?\))?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g)].map(([, , title]) => title!);

const FILE = join(ROOT, 'docs', 'SECURITY.md');
const START = '<!-- checks -->';
const END = '<!-- /checks -->';

it('there are 28 checks, each held by a test or open by name', () => {
  expect(CHECKS).toHaveLength(28);
  expect(CHECKS.filter(({ held, rest }) => held.length === 0 && rest === undefined)).toEqual([]);
});

it('every test that it names is there', () => {
  const all = CHECKS.flatMap(({ held }) => held);
  const astray = all.filter(({ file, title }) => !existsSync(join(ROOT, file)) || (title !== undefined && !titlesOf(file).some((told) => told.includes(title))));
  expect(astray).toEqual([]);
  expect(CHECKS.flatMap(({ script }) => script ?? []).filter((script) => !existsSync(join(ROOT, FOLDER, script)))).toEqual([]);
});

it('docs/SECURITY.md has the table', () => {
  const text = readFileSync(FILE, 'utf8');
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  expect([from > 0, to > from]).toEqual([true, true]);
  const renewed = `${text.slice(0, from)}${START}\n\n${securityTable()}\n\n${text.slice(to)}`;
  if (process.env['BOWLINE_RENEW_SECURITY'] === '1') writeFileSync(FILE, renewed);
  expect(readFileSync(FILE, 'utf8') === renewed, 'docs/SECURITY.md is stale: BOWLINE_RENEW_SECURITY=1 npx vitest run tests/security').toBe(true);
});
