/** Settings and what this Bowline is: each change ends in words, what cannot be had says why, and each state of an update its next step. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage, type UiWindow } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const row = (view: UiWindow, name: string) => view.page.getByTestId(`setting-${name}`);
const asked = (view: UiWindow): Promise<readonly unknown[]> => view.page.evaluate(() => window.fakeEngine.asked.filter(({ command }) => command !== 'snapshot'));

describe('settings', () => {
  it('are chosen by keyboard, kept, and said to be kept', async () => {
    const view = await stage.scene('tray', '#/settings');
    await row(view, 'notify').getByRole('radio', { name: 'Problems' }).focus();
    await view.page.keyboard.press('ArrowRight');
    await row(view, 'notify').getByText('Saved.').waitFor();
    expect(await row(view, 'notify').getByRole('radio', { name: 'None' }).isChecked()).toBe(true);
    expect(await asked(view)).toContainEqual({ command: 'changeSettings', params: { change: { notify: 'none' } } });
    await view.close();
  });

  it('change the language and the appearance at once, without leaving the page', async () => {
    const view = await stage.scene('tray', '#/settings');
    await row(view, 'theme').getByRole('radio', { name: 'Dark', exact: true }).click();
    expect(await view.page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await row(view, 'language').getByRole('radio', { name: 'Deutsch' }).click();
    await view.page.getByRole('heading', { name: 'Einstellungen', level: 1 }).waitFor({ timeout: 10_000 });
    expect(await view.page.evaluate(() => [document.documentElement.lang, window.location.hash])).toEqual(['de', '#/settings']);
    await row(view, 'language').getByRole('radio', { name: 'English' }).click();
    await view.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor({ timeout: 10_000 });
    await view.close();
  });

  it('that cannot be had here are off and say why', async () => {
    const view = await stage.scene('plain', '#/settings');
    for (const name of ['startAtLogin', 'notify', 'updates']) {
      expect(await row(view, name).innerText()).toContain('Cannot be set here');
      expect(await row(view, name).getByRole('radio').first().isDisabled()).toBe(true);
    }
    await view.close();
  });

  it('that were not kept say so, with the reason', async () => {
    const view = await stage.scene('tray', '#/settings');
    await view.page.evaluate(() => {
      window.fakeEngine.refuse = { changeSettings: { code: 'not-kept', message: 'The disk is full (ENOSPC).' } };
    });
    await row(view, 'report').getByRole('radio', { name: 'As they are' }).click();
    await row(view, 'report').getByText('Not saved: The disk is full (ENOSPC).').waitFor({ timeout: 10_000 });
    await view.close();
  });

  it('that wait for the system say so, and are not shown as on', async () => {
    const view = await stage.scene('tray-waits-for-approval', '#/settings');
    await row(view, 'startAtLogin').getByText('System Settings > General > Login Items').waitFor({ timeout: 10_000 });
    expect(await row(view, 'startAtLogin').getByRole('radio', { name: 'Off' }).isChecked()).toBe(true);
    await view.close();
  });

  it('say how keys lie on disk', async () => {
    for (const [scene, said] of [
      ['tray', 'Sealed by the macOS keychain'],
      ['plain', 'In files that only this user can read'],
    ] as const) {
      const view = await stage.scene(scene, '#/settings');
      await view.page.getByTestId('keys').getByText(said).waitFor({ timeout: 10_000 });
      await view.close();
    }
  });

  it('of a bare command line are none', async () => {
    const view = await stage.scene('no-shell', '#/settings');
    expect(await view.page.getByTestId('settings').innerText()).toContain('nothing to choose here');
    await view.close();
  });

  it.each(['tray', 'plain', 'no-shell', 'update-ready', 'update-failed', 'tray-waits-for-approval'] as const)('in scene %s axe finds nothing, light and dark', async (scene) => {
    const view = await stage.scene(scene, '#/settings');
    for (const theme of ['light', 'dark'] as const) {
      await view.look({ theme });
      expect(await view.violations(), theme).toEqual([]);
    }
    await view.close();
  });
});

describe('an update', () => {
  let view: UiWindow;
  beforeAll(async () => {
    view = await stage.scene('tray', '#/settings');
  });
  afterAll(() => view.close());

  it.each([
    ['update-never', 'Not looked for updates yet.', 'check'],
    ['update-available', 'Version 0.2.0 is there', 'download'],
    ['update-ready', 'ends the tunnel for some seconds', 'install'],
    ['update-failed', 'is not the file that was signed, so it was deleted', 'download'],
    ['update-waiting', 'this computer is not among the first', 'check'],
  ] as const)('in scene %s says where it stands and asks for the next step', async (scene, said, step) => {
    await view.show(scene, '#/settings');
    await view.page.getByTestId('about').getByText(said).waitFor({ timeout: 10_000 });
    await view.page.getByTestId(`update-${step}`).click();
    expect(await asked(view)).toContainEqual({ command: 'update', params: { step } });
  });

  it.each([
    ['update-off', 'names no place'],
    ['update-checking', 'Looking for an update'],
    ['update-verifying', 'every byte are being checked'],
    ['update-installing', 'Bowline starts again by itself'],
    ['update-downloading', '41\u00a0%'],
    ['plain', 'Updated the way it was installed'],
  ] as const)('in scene %s has nothing to press', async (scene, said) => {
    await view.show(scene, '#/settings');
    await view.page.getByTestId('about').getByText(said.replace('\u00a0', ' ')).waitFor({ timeout: 10_000 });
    expect(await view.page.getByTestId('about').getByRole('button').count()).toBe(0);
  });
});

describe('copying in the tray', () => {
  it('is done by the app, as the page may not', async () => {
    const view = await stage.scene('tray');
    await view.page.evaluate(() => navigator.clipboard.writeText('not ours'));
    await view.page.getByRole('button', { name: /^Copy / }).first().click();
    await view.page.waitForFunction(() => window.fakeEngine.asked.some(({ command }) => command === 'copyText'));
    expect(await view.page.evaluate(() => navigator.clipboard.readText())).toBe('not ours');
    await view.close();
  });
});
