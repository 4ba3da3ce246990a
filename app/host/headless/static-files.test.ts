import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readStaticFiles } from './static-files.ts';

const made: string[] = [];
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bowline-static-'));
  made.push(path);
  return path;
}
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true });
});

describe('the files of the page', () => {
  it('are a fixed list with types and cache headers', () => {
    const root = folder();
    mkdirSync(join(root, 'assets'));
    writeFileSync(join(root, 'index.html'), '<p>');
    writeFileSync(join(root, 'assets', 'index-1a2b3c4d.js'), '1');
    writeFileSync(join(root, 'assets', 'plain.css'), 'a{}');
    writeFileSync(join(root, 'notes.exe'), 'x');
    const files = readStaticFiles(root);
    expect([...files.keys()].toSorted()).toEqual(['/', '/assets/index-1a2b3c4d.js', '/assets/plain.css', '/index.html']);
    expect(files.get('/')).toMatchObject({ type: 'text/html; charset=utf-8', cache: 'no-cache' });
    expect(files.get('/assets/index-1a2b3c4d.js')).toMatchObject({ type: 'text/javascript; charset=utf-8', cache: expect.stringContaining('immutable') });
    expect(files.get('/assets/plain.css')).toMatchObject({ type: 'text/css; charset=utf-8', cache: 'no-cache' });
  });

  it('a link out of the folder is not followed', () => {
    const root = folder();
    const outside = folder();
    writeFileSync(join(outside, 'secret.txt'), 'x');
    writeFileSync(join(root, 'index.html'), '<p>');
    symlinkSync(join(outside, 'secret.txt'), join(root, 'link.txt'));
    expect([...readStaticFiles(root).keys()]).toEqual(['/index.html', '/']);
  });

  it('a page that is not built is said so, with the command that builds it', () => {
    expect(() => readStaticFiles(join(folder(), 'none'))).toThrow(/not built.*npm run build/);
  });
});
