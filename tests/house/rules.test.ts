/** The rules that `npm run test:rules` takes away are lines of today's source: found here in a moment, not there after minutes. */
import { expect, it } from 'vitest';
import { RULES } from '../rules/rules.ts';
import { read } from './source-scanner.ts';

it('the line of every rule is in its file, once', () => {
  const astray = RULES.filter(({ file, line }) => read(file).split(line).length !== 2).map(({ name, file }) => `${name}: ${file}`);
  expect(astray).toEqual([]);
});

it('no two rules have one name', () => {
  expect(RULES.map(({ name }) => name).filter((name, i, all) => all.indexOf(name) !== i)).toEqual([]);
});
