/** The licences of what a package contains: all allowed, and the file that goes into it is that of this lockfile. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALLOWED, partsOf, writeLicences } from './licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const parts = partsOf(root);

describe('the licences of others', () => {
  it('are all among those that were allowed', () => {
    expect(parts.filter(({ licence }) => !ALLOWED.has(licence)).map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
  });

  it('include every dependency, the font and the icons', () => {
    const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { dependencies: Record<string, string> };
    const names = parts.map(({ name }) => name);
    for (const name of [...Object.keys(dependencies), '@fontsource-variable/inter', 'lucide-react', 'react-dom', 'zustand']) expect(names).toContain(name);
    expect(parts.find(({ name }) => name === '@fontsource-variable/inter')).toMatchObject({ licence: 'OFL-1.1', text: expect.stringContaining('SIL OPEN FONT LICENSE') });
    expect(parts.find(({ name }) => name === 'lucide-react')).toMatchObject({ licence: 'ISC', text: expect.stringContaining('ISC License') });
  });

  it('are in THIRD-PARTY-LICENCES as of this lockfile; `npm run licences` writes it anew', () => {
    expect(readFileSync(`${root}THIRD-PARTY-LICENCES`, 'utf8') === writeLicences(parts)).toBe(true);
  });
});
