/** The list of the page's files is made of the folder as it is: links, other kinds of file and whatever lies outside are not in it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { answerPage, indexPage } from '../../main/page-files.ts';

const room = mkdtempSync(join(tmpdir(), 'bowline-page-'));
const page = join(room, 'page');
mkdirSync(join(page, 'assets'), { recursive: true });
for (const name of ['index.html', 'assets/a.js', 'assets/a.js.map', 'notes.txt', '.env']) writeFileSync(join(page, name), name);
writeFileSync(join(room, 'secret.html'), 'secret');
symlinkSync(join(room, 'secret.html'), join(page, 'link.html'));
symlinkSync(room, join(page, 'folder'));
afterAll(() => rmSync(room, { recursive: true }));

describe('the files of the page', () => {
  const index = indexPage(page);

  it('are those of known kinds, and no link', () => {
    expect([...index.keys()].toSorted()).toEqual(['/assets/a.js', '/index.html']);
  });

  it('whatever the address, are what is answered, or 404', () => {
    const part = fc.oneof(fc.constantFrom('..', '%2e%2e', '.', 'assets', 'a.js', 'index.html', 'link.html', 'folder', 'secret.html', '%00', '\u0000', '\\', '%5c', '//', 'notes.txt', '.env', '?', '#'), fc.string());
    fc.assert(
      fc.property(fc.constantFrom('app://bowline/', 'app://bowline', 'app://other/', 'file://', '', 'APP://BOWLINE/'), fc.array(part, { maxLength: 6 }), (start, parts) => {
        const { status, body, headers } = answerPage(index, `${start}${parts.join('/')}`);
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(status === 404 ? '' : Buffer.from(body).toString()).toMatch(/^(?:|index\.html|assets\/a\.js)$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
