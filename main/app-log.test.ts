import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAppLog } from './app-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bowline-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the app's log", () => {
  it('writes one line an entry, from its level up', async () => {
    const file = join(folder, 'bowline.log');
    const log = openAppLog(file, 'info');
    log.write('info', 'node', 'one\ntwo');
    log.write('debug', 'node', 'too fine');
    log.write('error', 'app', 'three');
    await vi.waitFor(() => expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2));
    expect(readFileSync(file, 'utf8')).toMatch(/^\d{4}-\S+ info node: one \| two\n\S+ error app: three\n$/);
  });

  it('keeps the file small and one old one', async () => {
    const file = join(folder, 'bowline.log');
    const log = openAppLog(file, 'debug');
    for (let i = 0; i < 2_500; i++) log.write('debug', 'node', 'x'.repeat(900));
    // The size is looked at with the next entry after the write.
    await vi.waitFor(() => {
      log.write('info', 'node', 'the last');
      expect(existsSync(`${file}.old`)).toBe(true);
    });
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toContain('the last'));
    expect(statSync(file).size).toBeLessThan(1_000_000);
  });
});
