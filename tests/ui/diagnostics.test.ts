/** Diagnostics: what is shown is what is copied; each click ends in words; a report of 2 MB; an engine that gives none. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileText } from '../../app/host/report.ts';
import { Stage, type UiWindow } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const tidy = (text: string): string => text.replaceAll('\u00a0', ' ').trim();
const kept = (view: UiWindow): Promise<string> => view.page.getByTestId('kept').innerText().then(tidy);
const shown = (view: UiWindow): Promise<string> => view.page.getByTestId('preview').evaluate((element) => element.textContent ?? '');
const clipboard = (view: UiWindow): Promise<string> => view.page.evaluate(() => navigator.clipboard.readText());
const asked = (view: UiWindow): Promise<readonly unknown[]> => view.page.evaluate(() => window.fakeEngine.asked.filter(({ command }) => command !== 'snapshot'));

describe('the preview', () => {
  it('begins with the summary, and is exactly what is copied', async () => {
    const view = await stage.scene('plain', '#/diagnostics');
    await view.page.getByTestId('preview').waitFor();
    const text = await shown(view);
    expect(text).toMatch(/^Bowline 0\.1\.0: diagnostics of /);
    expect(text.indexOf('=== Summary ===')).toBeLessThan(text.indexOf('=== What happened'));
    await view.page.getByTestId('copy-report').click();
    await view.page.getByText(/^Copied/).waitFor({ timeout: 10_000 });
    expect(await kept(view)).toMatch(/^Copied [\d.]+ kB to the clipboard\. Nothing was sent\.$/);
    expect(await clipboard(view)).toBe(text);
    await view.close();
  });

  it('shows names as stand-ins, until they are asked for as they are, and says what that means', async () => {
    const view = await stage.scene('plain', '#/diagnostics');
    await view.page.getByTestId('preview').waitFor();
    expect(await shown(view)).not.toContain('beacon');
    expect(tidy(await view.page.getByTestId('report-means').innerText())).toContain('replaced by a stand-in');
    await view.page.getByRole('radio', { name: 'As they are' }).click();
    await view.page.waitForFunction(() => document.querySelector('[data-testid=preview]')?.textContent?.includes('beacon') === true);
    expect(tidy(await view.page.getByTestId('report-means').innerText())).toContain('Only for people who may know your network');
    await view.page.getByTestId('copy-report').click();
    await view.page.getByText(/^Copied/).waitFor();
    expect(await clipboard(view)).toContain('beacon');
    await view.close();
  });

  it('leads to each section', async () => {
    const view = await stage.scene('plain', '#/diagnostics', { size: 'phone' });
    const preview = view.page.getByTestId('preview');
    await preview.waitFor();
    const contents = view.page.getByRole('navigation', { name: 'What is in it' }).getByRole('button');
    expect(await contents.allInnerTexts()).toEqual(['About this report', 'Summary', 'What happened, the newest last', 'The network around this computer', 'What is kept on this system', 'Devices', 'The program']);
    await contents.nth(4).click();
    const top = (await preview.boundingBox())?.y ?? 0;
    const section = (await view.page.locator('[data-section="4"]').boundingBox())?.y ?? 0;
    expect(Math.abs(section - top)).toBeLessThan(40);
    await view.close();
  });

  it('of 2 MB is there within 2 s, scrolls, and is copied whole', async () => {
    const view = await stage.scene('plain');
    const length = await view.page.evaluate(() => {
      const line = '    tried 203.0.113.17:41641 (map): 3 of 4 answered, last 12 s ago, 31 ms\n';
      const text = `Bowline 0.1.0\n\n=== Devices ===\n${line.repeat(Math.floor(1_990_000 / line.length))}`;
      const { fakeEngine } = window;
      const request = fakeEngine.request.bind(fakeEngine) as (command: string, params: unknown) => Promise<unknown>;
      Object.assign(fakeEngine, { request: async (command: string, params: unknown) => (command === 'report' ? { ok: true, value: { text, recording: 'R', fileName: 'x.txt' } } : request(command, params)) });
      window.location.hash = '#/diagnostics';
      return text.length;
    });
    const began = performance.now();
    await view.page.getByTestId('preview').waitFor({ timeout: 10_000 });
    const shownAfterMs = performance.now() - began;
    // Two frames after a jump to the end: the time one waits for what comes into sight.
    const jumpMs = await view.page.getByTestId('preview').evaluate(async (element) => {
      const start = performance.now();
      element.scrollTop = element.scrollHeight;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return performance.now() - start;
    });
    process.stdout.write(`a report of ${length} bytes: in sight after ${Math.round(shownAfterMs)} ms, a jump to its end ${Math.round(jumpMs)} ms\n`);
    await view.page.getByTestId('copy-report').click();
    await view.page.getByText(/^Copied/).waitFor();
    expect((await clipboard(view)).length).toBe(length);
    await view.close();
  });
});

describe('keeping it', () => {
  it('a browser is handed the file that the command line writes', async () => {
    const view = await stage.scene('plain', '#/diagnostics');
    await view.page.getByTestId('preview').waitFor();
    const text = await shown(view);
    const [download] = await Promise.all([view.page.waitForEvent('download'), view.page.getByTestId('save-report').click()]);
    const saved = await readFile(await download.path(), 'utf8');
    expect(saved).toBe(fileText({ text, recording: 'a recording '.repeat(2_000), fileName: '' }));
    expect(download.suggestedFilename()).toBe('bowline-2026-11-21T14-02-11Z.txt');
    await view.page.getByText(/^Handed to this browser as bowline-2026/).waitFor({ timeout: 10_000 });
    await view.close();
  });

  it('the tray copies and saves by itself, and the page says where', async () => {
    const view = await stage.scene('tray', '#/diagnostics');
    await view.page.getByTestId('preview').waitFor();
    // One clipboard for the whole browser.
    await view.page.evaluate(() => navigator.clipboard.writeText('not ours'));
    await view.page.getByTestId('save-report').click();
    await view.page.getByText(/^Saved as Documents\/bowline\.txt/).waitFor({ timeout: 10_000 });
    await view.page.getByTestId('copy-report').click();
    await view.page.getByText(/^Copied/).waitFor({ timeout: 10_000 });
    expect(await asked(view)).toContainEqual({ command: 'keepReport', params: { names: 'stand-ins', to: 'clipboard' } });
    expect(await clipboard(view)).toBe('not ours');
    await view.close();
  });

  it('says why when it was refused', async () => {
    const view = await stage.scene('tray', '#/diagnostics');
    await view.page.getByTestId('preview').waitFor();
    await view.page.evaluate(() => {
      window.fakeEngine.refuse = { keepReport: { code: 'not-written', message: 'The disk is full (ENOSPC). Choose another place.' } };
    });
    await view.page.getByTestId('save-report').click();
    await view.page.getByText('Not saved: The disk is full (ENOSPC). Choose another place.').waitFor({ timeout: 10_000 });
    await view.close();
  });

  it('says so when the browser does not allow the clipboard', async () => {
    const view = await stage.scene('plain', '#/diagnostics');
    await view.page.getByTestId('preview').waitFor();
    await view.page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await view.page.getByTestId('copy-report').click();
    await view.page.getByText(/^Not copied: This browser does not allow it here/).waitFor({ timeout: 10_000 });
    await view.close();
  });
});

describe('without a report', () => {
  it('a refusal is told with its reason and the way in a terminal, and asking again mends it', async () => {
    const view = await stage.scene('plain');
    await view.page.evaluate(() => {
      window.fakeEngine.refuse = { report: { code: 'busy', message: 'The packet thread does not answer.' } };
      window.location.hash = '#/diagnostics';
    });
    const none = view.page.getByTestId('no-report');
    await none.getByText('There is no report: The packet thread does not answer.').waitFor({ timeout: 10_000 });
    expect(tidy(await none.innerText())).toContain('bowline diagnostics');
    expect(await view.violations()).toEqual([]);
    await view.page.evaluate(() => {
      window.fakeEngine.refuse = {};
    });
    await none.getByRole('button', { name: 'Make it again' }).click();
    await view.page.getByTestId('preview').waitFor({ timeout: 10_000 });
    await view.close();
  });

  it('silence ends in words after 10 s', async () => {
    const view = await stage.scene('plain', '#/diagnostics');
    await view.page.clock.install();
    await view.page.reload();
    await view.page.evaluate(() => {
      window.fakeEngine.hang = ['report'];
    });
    await view.page.getByTestId('make-again').click();
    const none = view.page.getByTestId('no-report');
    for (let second = 0; second < 12; second += 1) {
      await view.page.evaluate((port) => window.fakeEngine.change((snapshot) => ({ self: { ...snapshot.self, port } })), second);
      await view.page.clock.runFor(1_000);
    }
    expect(tidy(await none.innerText())).toMatch(/The engine has given no answer in 10 s\./);
    expect(tidy(await none.innerText())).toContain('bowline diagnostics');
    await view.close();
  });

  it('an engine that is gone is said with the command that still makes one', async () => {
    const view = await stage.scene('plain', '#/diagnostics');
    await view.page.evaluate(() => window.fakeEngine.connect('closed'));
    const gone = view.page.getByTestId('gone');
    await gone.waitFor({ timeout: 10_000 });
    expect(tidy(await gone.innerText())).toMatch(/For a report of what happened\s+bowline diagnostics/);
    await view.close();
  });
});
