/** The guide of a newcomer: each step and what can go wrong in it, without a mouse, in both languages, and from any point again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenes, type SceneName } from '../../renderer/src/fake-scene-list.ts';
import { Shell } from './pages.ts';
import { Stage, type UiWindow } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const tidy = (text: string): string => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim();
const title = async (view: UiWindow): Promise<string> => tidy(await view.page.getByRole('heading', { level: 1 }).innerText());
const card = async (view: UiWindow): Promise<string> => tidy(await view.page.locator('.card').innerText());
const step = (view: UiWindow): Promise<string | null> => view.page.locator('[data-testid=guide-steps] [aria-current=step]').getAttribute('data-step');
const logins = (view: UiWindow): Promise<readonly unknown[]> => view.page.evaluate(() => window.fakeEngine.asked.filter(({ command }) => command === 'login').map(({ params }) => params));

describe('the guide', () => {
  it('leads from the first start to the first computer by keyboard alone', async () => {
    const view = await stage.scene('first-run');
    const { page } = view;
    await page.getByRole('heading', { name: 'Your devices, in one private network' }).waitFor();
    const press = async (key: string, until: () => Promise<boolean>): Promise<void> => {
      for (let i = 0; i < 30 && !(await until()); i++) await page.keyboard.press(key);
      expect(await until()).toBe(true);
    };
    const focused = (name: string) => async (): Promise<boolean> => (await page.evaluate(() => document.activeElement?.textContent ?? '')).trim() === name;
    await press('Tab', focused('Enter the address'));
    await page.keyboard.press('Enter');
    const field = page.getByRole('textbox', { name: 'Server address' });
    await field.waitFor();
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.type('hs.example.org');
    await press('Tab', focused('Continue in browser'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Joining hs.example.org' }).waitFor();
    expect(await logins(view)).toEqual([{ server: 'https://hs.example.org' }]);
    expect(await step(view)).toBe('account');

    // What the engine tells from here on; the page is never touched.
    const [signIn, connected] = [scenes['sign-in'](), scenes['guide-connected']()];
    await page.evaluate((scene) => window.fakeEngine.change(() => ({ account: scene.account, accounts: scene.accounts })), signIn);
    await page.getByRole('heading').getByText('Sign in to hs.example.org').waitFor();
    await press('Tab', focused('Copy message'));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^Please let the computer "this-laptop" into the network of hs\.example\.org\..*https:\/\/hs\.example\.org\/register\//);
    await page.evaluate((scene) => window.fakeEngine.change((_, now) => ({ account: scene.account, accounts: scene.accounts, self: scene.self, shell: scene.shell, peers: scene.peers.map((peer) => ({ ...peer, health: peer.name === 'capstan' ? peer.health : 'proved', lastDataAt: peer.name === 'capstan' ? null : now })) })), connected);
    await page.getByRole('heading', { name: 'Connected to 2 devices' }).waitFor();
    expect(await page.locator('[data-testid=guide-steps] .done').count()).toBe(4);
    await press('Tab', focused('Open the overview'));
    await page.keyboard.press('Enter');
    await page.getByTestId('overview').waitFor();
    await view.close();
  });

  it('goes on where it was when the page is loaded again', async () => {
    for (const [scene, route, stands] of [['first-run', '#/guide/server', 'Join your network'], ['sign-in', '#/guide', 'Sign in to hs.example.org'], ['guide-alone', '#/guide', 'This computer is in the network']] as const) {
      const view = await stage.scene(scene, route);
      expect(await title(view)).toBe(stands);
      await view.page.reload();
      await view.page.waitForSelector('.card');
      expect(await title(view)).toBe(stands);
      await view.close();
    }
  });

  it('is not shown to a device that was in the network before', async () => {
    const view = await stage.scene('member');
    await view.page.getByTestId('overview').waitFor();
    expect(await view.page.getByTestId('guide-steps').count()).toBe(0);
    await view.close();
  });

  it('names what is wrong with an address, and says when the engine refuses it', async () => {
    const view = await stage.scene('first-run', '#/guide/server');
    const field = view.page.getByRole('textbox', { name: 'Server address' });
    const hint = view.page.getByTestId('address-hint');
    for (const [typed, said] of [['two words', 'An address has no spaces.'], ['ftp://hs.example.org', 'Write https://'], ['ada@hs.example.org', 'Leave out the user name'], ['hs.example.org:0', 'A port is a number']] as const) {
      await field.fill(typed);
      expect(await hint.innerText()).toContain(said);
      expect(await field.getAttribute('aria-invalid')).toBe('true');
    }
    await view.page.evaluate(() => {
      window.fakeEngine.refuse = { login: { code: 'bad-server', message: 'The server hs.example.org is not one Bowline can use' } };
    });
    await field.fill('hs.example.org');
    await view.page.getByTestId('sign-in').click();
    await view.page.getByText('The server hs.example.org is not one Bowline can use').waitFor();
    expect(await title(view)).toBe('Join your network');
    await view.close();
  });

  const states: readonly (readonly [scene: SceneName, at: string | null, title: string, words: readonly string[]])[] = [
    ['joining-late', 'account', 'Joining hs.example.org', ['No contact with hs.example.org', 'Last error', 'Try again', 'Check the address']],
    ['sign-in', 'account', 'Sign in to hs.example.org', ['Open the sign-in page', 'Does somebody have to let this computer in?', 'Use another server']],
    ['refused', 'account', 'Joining hs.example.org', ['Refused by hs.example.org', 'authkey expired', 'Use a pre-auth key']],
    ['key-changed-joining', 'account', 'Waiting for your answer', ['Trust the new key']],
    ['guide-blocked', 'device', 'This computer is in the network, its programs are not', ['sudo bowline up --server https://hs.example.org', 'Copy command']],
    ['guide-alone', 'computers', 'This computer is in the network', ['No other device is there yet', '10.77.0.1', 'Closing the page ends nothing']],
    ['guide-first-data', 'computers', 'In the network with 2 devices', ['None of them has answered yet']],
    ['guide-connected', null, 'Connected to 2 devices', ['1 more has not answered', 'anchor', 'In the menu bar, at the top right']],
  ];
  for (const [scene, at, heading, words] of states) {
    it(`says how it stands and what is next: ${scene}`, async () => {
      const view = await stage.scene(scene, '#/guide');
      for (const theme of ['light', 'dark'] as const) {
        await view.look({ theme, size: theme === 'light' ? 'wide' : 'phone' });
        expect(await title(view)).toBe(heading);
        const said = await card(view);
        for (const word of words) expect(said).toContain(word);
        if (at === null) expect(await view.page.locator('[aria-current=step]').count()).toBe(0);
        else expect(await step(view)).toBe(at);
        expect(await view.violations()).toEqual([]);
        expect(await view.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
      }
      await view.close();
    });
  }

  it('shows green only beside the age of data', async () => {
    const view = await stage.scene('guide-connected', '#/guide');
    const cells = view.page.locator('.answering li:has(.st.ok)');
    expect(await cells.count()).toBe(2);
    for (const text of await cells.allInnerTexts()) expect(tidy(text)).toMatch(/\d+ s$/);
    await view.close();
    const waiting = await stage.scene('guide-first-data', '#/guide');
    expect(await new Shell(waiting).greenElements()).toEqual([]);
    await waiting.close();
  });

  it('speaks German when that is chosen', async () => {
    const view = await stage.scene('first-run');
    await view.page.evaluate(() => window.fakeEngine.change(({ shell }) => ({ shell: shell === null ? null : { ...shell, settings: { ...shell.settings, language: 'de' } } })));
    await view.page.getByRole('heading', { name: 'Die eigenen Geräte in einem privaten Netz' }).waitFor();
    await view.page.getByRole('link', { name: 'Adresse eingeben' }).click();
    await view.page.getByRole('textbox', { name: 'Serveradresse' }).waitFor();
    expect(await view.violations()).toEqual([]);
    await view.close();
  });
});
