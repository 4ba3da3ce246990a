/** The scanner itself: what it must see, and what must not fool it. */
import { describe, expect, it } from 'vitest';
import { importsOf, resolveImport, scan } from './source-scanner.ts';

describe('the source scanner', () => {
  it('blanks comments and strings and keeps the lines', () => {
    const { code, strings, comments } = scan("const a = 'Date'; // Date\n/* Date\n */ const b = 1;\n");
    expect(code).not.toContain('Date');
    expect(code.split('\n')).toHaveLength(4);
    expect(strings).toEqual(['Date']);
    expect(comments).toEqual([' Date', ' Date\n ']);
  });

  it('sees code inside a template but not its text', () => {
    const { code } = scan('const t = `text Date ${{ a: `inner ${Math.random()} Date` }} more Date`; let z = {};');
    expect(code).toContain('Math.random()');
    expect(code).not.toContain('Date');
    expect(code).toContain('let z = {};');
  });

  it('is not fooled by quotes and slashes in regular expressions', () => {
    const { code } = scan("const r = /['/]\\/`/g; const d = 8 / 2; x = 'Date' / 1; process;");
    expect(code).toContain('8 / 2');
    expect(code).toContain('process;');
    expect(code).not.toContain('Date');
  });

  it('finds every form of import and knows which are types only', () => {
    const found = importsOf(`
      import { a } from './a.ts';
      import type { B } from './b.ts';
      import { type C, type D } from './c.ts';
      import d, { type E } from "./d.ts";
      import * as f from './f.ts';
      import './g.ts';
      export { h } from './h.ts';
      export * from './i.ts';
      export type { J } from './j.ts';
      const k = await import('./k.ts');
      const l = require('./l.cjs');
      const m = import(name);
      import {
        n,
      } from './n.ts';
      // import { no } from './no.ts';
      const text = "import { no } from './no.ts'";
    `);
    expect(found.toSorted((x, y) => (x.target < y.target ? -1 : 1))).toEqual([
      { target: '(computed)', typeOnly: false },
      { target: './a.ts', typeOnly: false },
      { target: './b.ts', typeOnly: true },
      { target: './c.ts', typeOnly: true },
      { target: './d.ts', typeOnly: false },
      { target: './f.ts', typeOnly: false },
      { target: './g.ts', typeOnly: false },
      { target: './h.ts', typeOnly: false },
      { target: './i.ts', typeOnly: false },
      { target: './j.ts', typeOnly: true },
      { target: './k.ts', typeOnly: false },
      { target: './l.cjs', typeOnly: false },
      { target: './n.ts', typeOnly: false },
    ]);
  });

  it('resolves relative targets from the importing file', () => {
    expect(resolveImport('app/wireguard/peer.ts', '../base/ip.ts')).toBe('app/base/ip.ts');
    expect(resolveImport('app/wireguard/peer.ts', './timers.ts')).toBe('app/wireguard/timers.ts');
    expect(resolveImport('app/wireguard/peer.ts', 'node:fs')).toBe('node:fs');
  });
});
