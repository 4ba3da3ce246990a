/** The scripts for packaged apps start, say what they lack, and fuses.mjs tells right fuses from wrong ones. What they find in a real package nobody has seen. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { filesBelow, read, ROOT } from '../house/source-scanner.ts';

const room = mkdtempSync(join(tmpdir(), 'bowline-packaged-'));
afterAll(() => rmSync(room, { recursive: true }));
const run = (script: string, ...args: readonly string[]) => spawnSync(process.execPath, [join(ROOT, 'tests/packaged', script), ...args], { encoding: 'utf8' });

/** These take no folder, or are the others' own. */
const WITHOUT_FOLDER = new Set(['pack-twin.mjs', 'packaged-app.mjs', 'renderer.mjs']);
const scripts = filesBelow('tests/packaged').filter((file) => file.endsWith('.mjs')).map((file) => file.slice('tests/packaged/'.length));

describe('a script for packaged apps', () => {
  it.each(scripts.filter((name) => !WITHOUT_FOLDER.has(name)))('%s says what it is not given', (name) => {
    expect(run(name)).toMatchObject({ status: 2, stderr: expect.stringMatching(/which app\?[\s\S]*usage: node /) });
    expect(run(name, join(room, 'none'))).toMatchObject({ status: 2, stderr: expect.stringMatching(/is not there/) });
  });

  it('each is in the table of its README', () => {
    const table = read('tests/packaged/README.md');
    expect(scripts.filter((name) => name !== 'packaged-app.mjs' && !table.includes(`\`${name}`))).toEqual([]);
  });
});

describe('fuses.mjs', () => {
  const made = (wire: string): string => {
    const folder = mkdtempSync(join(room, 'app-'));
    mkdirSync(join(folder, 'resources'));
    writeFileSync(join(folder, 'bowline'), Buffer.concat([Buffer.alloc(100), Buffer.from(wire === '' ? '' : 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, wire.length]), Buffer.from(wire)]));
    return folder;
  };

  it.each([
    ['000011001', 0, /as it was decided/],
    ['100011001', 1, /the fuse runAsNode is on/],
    ['000001001', 1, /enableEmbeddedAsarIntegrityValidation is off/],
    ['0000110011', 1, /nobody has decided/],
    ['', 1, /no fuses/],
  ])('%s ends with %i', (wire, status, said) => {
    expect(run('fuses.mjs', made(wire), 'linux')).toMatchObject({ status, stdout: expect.stringMatching(said) });
  });
});
