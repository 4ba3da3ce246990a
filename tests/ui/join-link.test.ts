/** A link that names a server: it is shown, judged, and nothing is sent before a click. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage, type UiWindow } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const asked = (view: UiWindow): Promise<readonly string[]> => view.page.evaluate(() => window.fakeEngine.asked.map(({ command }) => command).filter((command) => command === 'login' || command === 'dropInvitation'));

describe('a link to join', () => {
  it('writes the address, asks, and sends nothing before the click', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const view = await stage.scene('link-join', '#/join', { theme });
      const { page } = view;
      await page.getByRole('heading', { name: 'Join the network of hs.other.example?' }).waitFor();
      expect(await page.getByRole('textbox', { name: 'Server address' }).inputValue()).toBe('https://hs.other.example');
      expect(await page.getByTestId('address-hint').innerText()).toBe('Bowline will ask https://hs.other.example.');
      expect(await asked(view)).toEqual([]);
      expect(await view.violations()).toEqual([]);
      await page.getByTestId('sign-in').click();
      await page.waitForFunction(() => window.fakeEngine.asked.some(({ command }) => command === 'login'));
      expect(await page.evaluate(() => window.fakeEngine.asked.find(({ command }) => command === 'login')?.params)).toEqual({ server: 'https://hs.other.example' });
      await view.close();
    }
  });

  it('is put away by a person without a trace', async () => {
    const view = await stage.scene('link-join', '#/join');
    await view.page.getByRole('button', { name: 'Not now' }).click();
    await view.page.waitForFunction(() => window.location.hash === '#/' || window.location.hash.startsWith('#/guide'));
    expect(await asked(view)).toEqual(['dropInvitation']);
    await view.page.evaluate(() => (window.location.hash = '#/join'));
    await view.page.getByRole('heading', { name: 'Join your network' }).waitFor();
    expect(await view.page.getByRole('textbox', { name: 'Server address' }).inputValue()).toBe('');
    await view.close();
  });
});
