/** Joining a network as a person does it: the first run, the phases, the sign-in, the key of a server, the list of servers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenes, type SceneName } from '../../renderer/src/fake-scene-list.ts';
import { Overview, Peers, Shell } from './pages.ts';
import { Stage, type Look, type UiWindow } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const tidy = (text: string): string => text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
const textOf = async (view: UiWindow, testId: string): Promise<string> => tidy(await view.page.getByTestId(testId).innerText());
/** The requests that changed something. */
const asked = (view: UiWindow): Promise<readonly { readonly command: string; readonly params: unknown }[]> =>
  view.page.evaluate(() => window.fakeEngine.asked.filter(({ command }) => command !== 'snapshot').map(({ command, params }) => ({ command, params })));

describe('the first run', () => {
  it('takes the address of a server, names a mistake while it is typed, and asks to sign in', async () => {
    const view = await stage.scene('first-run', '#/guide/server');
    const field = view.page.getByRole('textbox', { name: 'Server address' });
    const hint = (): Promise<string> => textOf(view, 'address-hint');
    const button = view.page.getByTestId('sign-in');
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await field.fill('hs.example.org/admin');
    expect(await hint()).toContain('Leave out everything after the name');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await button.click({ force: true });
    expect(await asked(view)).toEqual([]);
    await field.fill('hs.example.org');
    expect(await hint()).toBe('Bowline will ask https://hs.example.org.');
    await button.click();
    expect(await asked(view)).toEqual([{ command: 'login', params: { server: 'https://hs.example.org' } }]);
    await view.close();
  });

  it('hands a pre-auth key over once and keeps it nowhere', async () => {
    const view = await stage.scene('first-run', '#/guide/server');
    await view.page.getByRole('textbox', { name: 'Server address' }).fill('http://192.168.1.5:8080');
    expect(await textOf(view, 'address-hint')).toContain('without TLS');
    await view.page.getByRole('button', { name: 'Use a pre-auth key' }).click();
    const key = view.page.getByLabel('Pre-auth key');
    await key.fill('two words');
    expect(await view.page.getByTestId('use-key').getAttribute('aria-disabled')).toBe('true');
    await key.fill(' hskey-auth-0123456789ab-secret ');
    expect(await key.getAttribute('type')).toBe('password');
    // The answer is not needed to see the field empty.
    await view.page.evaluate(() => {
      window.fakeEngine.mute = true;
    });
    await key.press('Enter');
    expect(await asked(view)).toEqual([{ command: 'login', params: { server: 'http://192.168.1.5:8080', authKey: 'hskey-auth-0123456789ab-secret' } }]);
    expect(await key.inputValue()).toBe('');
    const kept = await view.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.documentElement.outerHTML, document.cookie]));
    expect(kept).not.toContain('hskey-auth-0123456789ab');
    await view.close();
  });
});

describe('joining', () => {
  it('names the phase with its timer, and offers no step before it is late', async () => {
    const view = await stage.scene('joining');
    expect(await textOf(view, 'phases')).toMatch(/^Reaching hs\.example\.org [34] s Register this device Receive the network map First data/);
    expect(await view.page.getByTestId('next-steps').count()).toBe(0);
    await view.close();
  });

  it('after 15 s offers what may help, and the details hold the error and no link', async () => {
    const view = await stage.scene('joining');
    await view.page.clock.install();
    await view.page.reload();
    await view.page.clock.runFor(14_000);
    await view.page.getByTestId('next-steps').waitFor();
    expect(await textOf(view, 'phases')).toContain('That takes longer than usual');
    await view.page.getByRole('button', { name: 'Copy details' }).click();
    const copied = await view.page.evaluate(() => navigator.clipboard.readText());
    expect(tidy(copied)).toMatch(/Server: https:\/\/hs\.example\.org State: Reaching hs\.example\.org, for \d+ s Tries: 1 Last error: none$/);
    await view.page.getByRole('link', { name: 'Check the address' }).click();
    await view.page.getByTestId('add-server').waitFor();
    await view.close();
  });

  it('a failed try stands with its error in words and the time of the next', async () => {
    const view = await stage.scene('joining-late');
    const phases = await textOf(view, 'phases');
    expect(phases).toContain('No contact with hs.example.org 19 s');
    expect(phases).toContain('Last error: ');
    expect(phases).toMatch(/Next try in [78] s, 4 tries so far\./);
    await view.page.getByTestId('try-again').click();
    expect((await asked(view)).length).toBe(1);
    await view.close();
  });

  it('shows no green but what was passed', async () => {
    const view = await stage.scene('joining');
    expect(await new Shell(view).greenElements()).toEqual([]);
    await view.close();
  });
});

describe('the sign-in', () => {
  it('shows the link to open, to copy and to read, and follows the server to a new one', async () => {
    const view = await stage.scene('sign-in');
    const link = view.page.getByRole('link', { name: 'Open the sign-in page' });
    const first = (await link.getAttribute('href'))!;
    expect(await link.getAttribute('rel')).toContain('noopener');
    expect(await textOf(view, 'sign-in-link')).toContain(first);
    const renewed = first.replace(/.{4}$/, 'beef');
    await view.page.evaluate((url) => {
      window.fakeEngine.change(({ account }) => ({ account: account === null ? null : { ...account, signInUrl: url } }));
    }, renewed);
    await view.page.getByText('The server gave a new link').waitFor();
    expect(await link.getAttribute('href')).toBe(renewed);
    expect(await textOf(view, 'sign-in-link')).not.toContain(first);
    await view.page.getByRole('button', { name: 'Copy link' }).click();
    expect(await view.page.evaluate(() => navigator.clipboard.readText())).toBe(renewed);
    await view.close();
  });

  it('a link that no browser should open is text only', async () => {
    const view = await stage.scene('sign-in');
    await view.page.evaluate(() => {
      window.fakeEngine.change(({ account }) => ({ account: account === null ? null : { ...account, signInUrl: 'javascript:alert(1)' } }));
    });
    await view.page.getByText('This link cannot be opened from here').waitFor();
    expect(await view.page.getByRole('link', { name: 'Open the sign-in page' }).count()).toBe(0);
    await view.close();
  });

  it('an expired key asks for it while the tunnel is still shown', async () => {
    const view = await stage.scene('expired');
    expect(await textOf(view, 'account-panel')).toContain('Sign in to hs.example.org');
    expect(await textOf(view, 'key-life')).toBe('Key expired 22 m 00 s ago');
    expect(tidy(await new Shell(view).chip())).toBe('Sign in hs.example.org');
    await view.close();
  });

  it('the end of a key is always shown, and in amber with a way to renew when it is near', async () => {
    const calm = await stage.scene('member');
    expect(await textOf(calm, 'key-life')).toBe('Key expires in 148 d');
    expect(await calm.page.getByTestId('expiry').count()).toBe(0);
    await calm.close();
    const view = await stage.scene('expires-soon');
    expect(await textOf(view, 'expiry')).toContain('The key of this device expires in 6 d');
    await view.page.getByRole('button', { name: 'Renew now' }).click();
    expect(await asked(view)).toEqual([{ command: 'login', params: {} }]);
    await view.close();
  });
});

describe('a changed key of the server', () => {
  it('shows both keys, trusts none by default, and takes two different presses to trust', async () => {
    const view = await stage.scene('key-changed');
    const question = view.page.getByTestId('key-question');
    const { keyChange } = scenes['key-changed']().account!;
    const shown = (await question.innerText()).replace(/\s/g, '');
    expect(shown).toContain(keyChange!.pinned);
    expect(shown).toContain(keyChange!.offered);
    await view.page.getByTestId('trust').click();
    expect(await asked(view)).toEqual([]);
    expect(await view.page.evaluate(() => document.activeElement?.textContent)).toBe('No');
    await view.page.keyboard.press('Escape');
    await view.page.getByTestId('trust-no').click();
    expect(await asked(view)).toEqual([{ command: 'acceptServerKey', params: { accept: false } }]);
    await question.getByText('Not trusted').waitFor();
    await view.page.getByTestId('trust').click();
    await view.page.getByTestId('trust-yes').click();
    expect((await asked(view)).at(-1)).toEqual({ command: 'acceptServerKey', params: { accept: true } });
    await view.close();
  });
});

describe('several servers', () => {
  const row = (view: UiWindow, id: string) => view.page.locator(`[data-testid=account][data-account="${id}"]`);

  it('stand side by side, one in use, and can be switched', async () => {
    const view = await stage.scene('member', '#/accounts');
    expect(await view.page.getByTestId('account').count()).toBe(3);
    expect(tidy(await row(view, 'hs.example.org').innerText())).toContain('ada on hs.example.org. Signed in. Key expires in 148 d. In use');
    await view.page.getByRole('button', { name: 'Switch to vpn.lab.example:8443' }).click();
    expect(await asked(view)).toEqual([{ command: 'switchAccount', params: { account: 'vpn.lab.example' } }]);
    await view.page.locator('[data-account="vpn.lab.example"][data-active=true]').waitFor();
    expect(await row(view, 'hs.example.org').getAttribute('data-active')).toBe('false');
    await view.close();
  });

  it('removing asks first, keeps by default, and gives the focus back', async () => {
    const view = await stage.scene('member', '#/accounts');
    const remove = view.page.getByRole('button', { name: 'Remove vpn.lab.example:8443' });
    await remove.focus();
    await view.page.keyboard.press('Enter');
    expect(await view.page.evaluate(() => document.activeElement?.textContent)).toBe('Keep it');
    await view.page.keyboard.press('Escape');
    await view.page.getByTestId('confirm').waitFor({ state: 'detached' });
    expect(await view.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Remove vpn.lab.example:8443');
    expect(await asked(view)).toEqual([]);
    await remove.click();
    await view.page.getByTestId('confirm').click();
    await row(view, 'vpn.lab.example').waitFor({ state: 'detached' });
    expect(await asked(view)).toEqual([{ command: 'removeAccount', params: { account: 'vpn.lab.example' } }]);
    await view.close();
  });

  it('signing out asks first too', async () => {
    const view = await stage.scene('member', '#/accounts');
    await view.page.getByRole('button', { name: 'Sign out of home.example.org' }).click();
    expect(await asked(view)).toEqual([]);
    await view.page.getByTestId('confirm').click();
    expect(await asked(view)).toEqual([{ command: 'logout', params: { account: 'hs.example.org' } }]);
    await row(view, 'hs.example.org').getByText('Signed out').first().waitFor();
    await view.close();
  });

  it('one more is added by its address, Escape leaves, and a known one is named', async () => {
    const view = await stage.scene('member', '#/accounts');
    await view.page.getByTestId('add').click();
    const field = view.page.getByRole('textbox', { name: 'Server address' });
    await view.page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'server-address');
    await view.page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
    await view.page.getByTestId('add').click();
    await field.fill('HS.example.org');
    expect(await textOf(view, 'address-hint')).toContain('already in the list');
    await field.fill('vpn.example.net');
    await view.page.getByTestId('sign-in').click();
    await row(view, 'vpn.example.net').waitFor();
    await field.waitFor({ state: 'detached' });
    await view.close();
  });

  it('without any says why there is nothing to sign in to', async () => {
    const view = await stage.scene('plain', '#/accounts');
    expect(await textOf(view, 'empty')).toContain('No server is used here');
    await view.close();
  });
});

describe('a network from a map', () => {
  it('shows a peer without an address in words', async () => {
    const view = await stage.scene('from-map', '#/peers/beacon');
    expect(tidy(await new Peers(view).drawer().innerText())).toContain('no address');
    await view.close();
  });

  it('control is one of the four truths, with its age, and Health tells its phase, account and key', async () => {
    const view = await stage.scene('control-down');
    expect(tidy(await view.page.locator('[data-truth=control]').innerText())).toContain('Down 2 m 24 s');
    expect(await new Overview(view).tone()).toBe('ok');
    expect(await textOf(view, 'account-panel')).toContain('No contact with hs.example.org 24 s');
    await new Shell(view).visit('Health');
    const panel = tidy(await view.page.locator('article[data-truth=control]').innerText());
    expect(panel).toContain('Server hs.example.org');
    expect(panel).toMatch(/Phase No contact with hs\.example\.org, 2\d s/);
    expect(panel).toContain('Key expires in 148 d');
    await view.close();
  });
});

describe('axe finds nothing', () => {
  const looks: readonly Look[] = [{ theme: 'light' }, { theme: 'dark', size: 'phone' }, { theme: 'light', contrast: 'more' }, { theme: 'dark', contrast: 'more' }];
  const places: readonly (readonly [SceneName, string])[] = [
    ['first-run', '#/guide/server'], ['joining-late', '#/'], ['sign-in', '#/'], ['refused', '#/'], ['key-changed', '#/'], ['key-changed-joining', '#/'], ['control-down', '#/'],
    ['renewing', '#/'], ['expired', '#/'], ['signed-out', '#/'], ['member', '#/accounts'], ['member', '#/accounts/add'], ['plain', '#/accounts'], ['control-down', '#/health'],
  ];
  it.each(places)('in %s %s', async (scene, route) => {
    const view = await stage.scene(scene, route);
    for (const look of looks) {
      await view.look(look);
      expect(await view.violations(), JSON.stringify(look)).toEqual([]);
    }
    await view.close();
  });

  it('with a question open', async () => {
    const view = await stage.scene('member', '#/accounts');
    await view.page.getByTestId('remove').first().click();
    expect(await view.violations()).toEqual([]);
    await view.close();
  });
});

describe('an account whose keys do not open', () => {
  it('is listed with why and what to do, and offers nothing that cannot be', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const view = await stage.scene('keys-locked', '#/accounts', { theme });
      const row = view.page.locator('[data-testid=account][data-account="hs.example.org"]');
      await row.getByText('sealed by another key store than this one').waitFor({ timeout: 10_000 });
      expect(await row.getByTestId('switch').count()).toBe(0);
      expect(await row.getByTestId('sign-out').count()).toBe(0);
      expect(await row.getByTestId('remove').count()).toBe(1);
      expect(await view.violations()).toEqual([]);
      await view.close();
    }
  });

  it('is signed in to again beside it, with one click', async () => {
    const view = await stage.scene('keys-locked', '#/accounts');
    await view.page.getByRole('button', { name: 'Sign in again to hs.example.org' }).click();
    await view.page.locator('[data-testid=account][data-account="hs.example.org-2"][data-active=true]').waitFor({ timeout: 10_000 });
    expect(await view.page.evaluate(() => window.fakeEngine.asked)).toContainEqual({ command: 'login', params: { server: 'https://hs.example.org' } });
    expect(await view.page.locator('[data-testid=account][data-account="hs.example.org"]').count()).toBe(1);
    await view.close();
  });
});
