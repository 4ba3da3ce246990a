/** Small files: a person can hold one in mind. Counted without tests, which may list cases at length. */
import { describe, expect, it } from 'vitest';
import { filesBelow, isCode, isTest, read } from './source-scanner.ts';

const LIMIT = 600;
const MEDIAN = 150;
/** Files over the limit, each with the reason why splitting would make it worse. */
const ALLOWED: Readonly<Record<string, string>> = {};

const lines = (text: string): number => text.split('\n').length - 1;

function tooLong(sizes: readonly (readonly [path: string, lines: number])[], allowed: Readonly<Record<string, string>>): string[] {
  return sizes.filter(([path, n]) => n > LIMIT && allowed[path] === undefined).map(([path, n]) => `${path} has ${n} lines; the limit is ${LIMIT}`);
}

const sizes = ['app', 'main', 'renderer', 'native-bindings', 'bench']
  .flatMap((folder) => filesBelow('').filter((path) => path.startsWith(`${folder}/`)))
  .filter((path) => isCode(path) && !isTest(path))
  .map((path) => [path, lines(read(path))] as const);

describe('file sizes', () => {
  it(`no file has more than ${LIMIT} lines`, () => {
    expect(tooLong(sizes, ALLOWED)).toEqual([]);
  });

  it(`the median file is under ${MEDIAN} lines`, () => {
    const sorted = sizes.map(([, n]) => n).toSorted((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(MEDIAN);
  });

  it('no exception is stale', () => {
    for (const path of Object.keys(ALLOWED)) expect(sizes.find(([name]) => name === path)?.[1], path).toBeGreaterThan(LIMIT);
  });

  it('can fail', () => {
    expect(tooLong([['app/long.ts', 601]], {})).toHaveLength(1);
    expect(tooLong([['app/long.ts', 601]], { 'app/long.ts': 'a table' })).toEqual([]);
  });
});
