/** Each main task from its beginning to its end with Tab, Enter, arrows and Escape alone; and the focus is never lost on the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keys, Peers } from './pages.ts';
import { Stage, type UiWindow } from './window.ts';

let stage: Stage;
let view: UiWindow;
let keys: Keys;
beforeAll(async () => {
  stage = await Stage.open();
  view = await stage.scene('connected');
  keys = new Keys(view);
});
afterAll(async () => {
  await view.close();
  await stage.close();
});

type Role = 'button' | 'link' | 'radio' | 'textbox';
const the = (role: Role, name: string | RegExp) => view.page.getByRole(role, { name, exact: true });
const asked = (): Promise<readonly { readonly command: string; readonly params: unknown }[]> => view.page.evaluate(() => window.fakeEngine.asked.filter(({ command }) => command !== 'snapshot').map(({ command, params }) => ({ command, params })));
const clipboard = (): Promise<string> => view.page.evaluate(() => navigator.clipboard.readText());
const row = (id: string) => view.page.locator(`[data-testid=account][data-account="${id}"]`);

describe('joining', () => {
  it('with a pre-auth key', async () => {
    await view.show('first-run');
    await keys.activate(the('link', 'Enter the address'));
    const address = the('textbox', 'Server address');
    await address.waitFor();
    expect(await keys.has(address)).toBe(true);
    await keys.type('hs.example.org');
    await keys.activate(the('button', 'Use a pre-auth key'));
    const key = view.page.getByLabel('Pre-auth key');
    await key.waitFor();
    expect(await keys.has(key)).toBe(true);
    await keys.type('hskey-auth-0123456789ab-secret');
    await keys.press('Enter');
    await view.page.waitForFunction(() => window.fakeEngine.asked.some(({ command }) => command === 'login'));
    expect(await asked()).toEqual([{ command: 'login', params: { server: 'https://hs.example.org', authKey: 'hskey-auth-0123456789ab-secret' } }]);
  });

  it('by a link that names the server', async () => {
    await view.show('link-join', '#/join');
    await keys.activate(view.page.getByTestId('sign-in'));
    expect(await asked()).toEqual([{ command: 'login', params: { server: 'https://hs.other.example' } }]);
  });

  it('again, before a key ends', async () => {
    await view.show('expires-soon');
    await keys.activate(the('button', 'Renew now'));
    expect(await asked()).toEqual([{ command: 'login', params: {} }]);
    expect(await keys.isSomewhere()).toBe(true);
  });
});

describe('accounts', () => {
  it('a second one is added, used, signed out of and removed', async () => {
    await view.show('member', '#/accounts');
    const add = view.page.getByTestId('add');
    await keys.activate(add);
    const address = the('textbox', 'Server address');
    await address.waitFor();
    expect(await keys.has(address)).toBe(true);
    await keys.press('Escape');
    await address.waitFor({ state: 'detached' });
    expect(await keys.has(add)).toBe(true);

    await keys.press('Enter');
    await address.waitFor();
    await keys.type('vpn.example.net');
    await keys.activate(view.page.getByTestId('add-server').getByTestId('sign-in'));
    await row('vpn.example.net').waitFor();
    await address.waitFor({ state: 'detached' });
    expect(await keys.has(add)).toBe(true);

    await keys.activate(the('button', 'Switch to vpn.lab.example:8443'));
    await view.page.locator('[data-account="vpn.lab.example"][data-active=true]').waitFor();
    expect(await row('vpn.lab.example').evaluate((line) => line.contains(document.activeElement))).toBe(true);

    await keys.activate(row('vpn.lab.example').getByTestId('sign-out'));
    expect(await keys.has(the('button', 'Keep it'))).toBe(true);
    await keys.activate(view.page.getByTestId('confirm'));
    await row('vpn.lab.example').getByText('Signed out').first().waitFor();
    expect(await row('vpn.lab.example').evaluate((line) => line.contains(document.activeElement))).toBe(true);

    await keys.activate(row('vpn.lab.example').getByTestId('remove'));
    await keys.activate(view.page.getByTestId('confirm'));
    await row('vpn.lab.example').waitFor({ state: 'detached' });
    expect(await keys.has(add)).toBe(true);
    expect((await asked()).map(({ command }) => command)).toEqual(['login', 'switchAccount', 'logout', 'removeAccount']);
  });
});

describe('peers', () => {
  it('are sorted and filtered, and back', async () => {
    await view.show('mesh', '#/peers');
    const peers = new Peers(view);
    await keys.activate(peers.head('Latency').getByRole('button'));
    expect(await peers.head('Latency').getAttribute('aria-sort')).toBe('ascending');
    await keys.press('Enter');
    expect(await peers.head('Latency').getAttribute('aria-sort')).toBe('descending');
    await keys.to(the('radio', 'All'));
    await keys.press('ArrowRight');
    await keys.press('ArrowRight');
    expect(await the('radio', 'Relayed').isChecked()).toBe(true);
    expect((await peers.names()).toSorted()).toEqual(['beacon', 'capstan']);
    await keys.press('ArrowRight');
    await keys.activate(the('button', 'Show all'));
    expect(await peers.rows().count()).toBe(3);
    expect(await keys.has(peers.search())).toBe(true);
  });

  it('one is pinged, checked, tried directly, understood, and its address copied', async () => {
    await view.show('mesh', '#/peers');
    const peers = new Peers(view);
    await keys.press('/');
    await keys.type('beac');
    await keys.press('ArrowDown');
    await keys.press('Enter');
    await peers.drawer().waitFor();
    const explained = peers.drawer().getByText('Why, and what to do');
    await keys.activate(explained);
    expect(await peers.drawer().getByText('What Bowline does').isVisible()).toBe(true);
    await keys.activate(the('button', 'Copy 10.77.0.3'));
    await peers.drawer().getByText('Copied').first().waitFor();
    expect(await clipboard()).toBe('10.77.0.3');
    await keys.activate(peers.tryDirect());
    await view.page.getByText(/^Asking at 3 addresses, /).waitFor();
    await keys.activate(view.page.getByTestId('check'), 'Space');
    await view.page.getByText('Asked, waiting for the answer').waitFor();
    await keys.activate(view.page.getByTestId('ping'));
    await view.page.getByText(/^Answered in/).waitFor();
    await keys.press('Escape');
    await peers.drawer().waitFor({ state: 'detached' });
    expect(await keys.has(peers.row('beacon').getByRole('button'))).toBe(true);
  });
});

describe('what happened', () => {
  it('is filtered by truth and device, and what was missed is marked as read', async () => {
    const away = await stage.afterAbsence('attention', 210_000, '#/history');
    const there = new Keys(away);
    await there.activate(away.page.getByTestId('mark-as-read'));
    await away.page.getByTestId('away').waitFor({ state: 'detached' });
    expect(await there.isSomewhere()).toBe(true);
    await there.to(away.page.getByRole('radio', { name: 'Everything', exact: true }));
    await there.press('ArrowRight');
    await there.press('ArrowRight');
    await away.page.getByTestId('empty').getByText('Nothing happened to Relay').waitFor();
    await there.to(away.page.getByTestId('history-device'));
    await there.press('ArrowDown');
    await away.page.waitForFunction(() => window.location.hash === '#/history/anchor');
    expect(await there.isSomewhere()).toBe(true);
    await away.close();
  });
});

describe('health', () => {
  it('all are checked, the network around is measured, and a trouble is explained', async () => {
    await view.show('relay-away', '#/health');
    await keys.activate(view.page.getByTestId('check-all'));
    await view.page.getByText('Asked 3 devices').waitFor();
    const relay = view.page.locator('.panel[data-truth=relay]');
    await keys.activate(relay.locator('summary'));
    expect(await relay.getByText('What to do', { exact: true }).isVisible()).toBe(true);
    await keys.activate(view.page.getByTestId('measure'));
    await view.page.getByText('Measured', { exact: true }).waitFor();
  });
});

describe('diagnostics', () => {
  it('are read, shown as they are, copied and saved', async () => {
    await view.show('plain', '#/diagnostics');
    await view.page.getByTestId('preview').waitFor();
    await keys.to(the('radio', 'Stand-ins'));
    await keys.press('ArrowRight');
    await view.page.waitForFunction(() => document.querySelector('[data-testid=preview]')?.textContent?.includes('beacon') === true);
    await keys.activate(view.page.getByTestId('copy-report'));
    await view.page.getByText(/^Copied/).waitFor();
    expect(await clipboard()).toContain('beacon');
    await keys.to(view.page.getByTestId('save-report'));
    await Promise.all([view.page.waitForEvent('download'), keys.press('Enter')]);
    await keys.activate(view.page.getByTestId('make-again'));
    await view.page.getByTestId('preview').waitFor();
    expect(await keys.isSomewhere()).toBe(true);
  });
});

describe('settings', () => {
  const setting = (name: string) => view.page.getByTestId(`setting-${name}`);

  it('each is changed where it stands, the language too, and an update is looked for', async () => {
    await view.show('tray', '#/settings');
    await keys.to(setting('theme').getByRole('radio', { name: 'As the system', exact: true }));
    await keys.press('ArrowRight');
    await setting('theme').getByText('Saved.').waitFor();
    for (const [name, first] of [['startAtLogin', 'Off'], ['notify', 'Problems'], ['report', 'Stand-ins'], ['updates', 'Look and ask']] as const) {
      await keys.to(setting(name).getByRole('radio', { name: first }));
      await keys.press(name === 'startAtLogin' ? 'ArrowLeft' : 'ArrowRight');
      await setting(name).getByText('Saved.').waitFor();
    }
    await keys.activate(view.page.getByTestId('update-check'));
    await view.page.getByTestId('update-download').waitFor();
    expect(await keys.has(view.page.getByTestId('update-download'))).toBe(true);
    await keys.press('Shift+Tab');
    await keys.to(setting('language').getByRole('radio').first());
    await keys.press('ArrowRight');
    await keys.press('ArrowRight');
    await view.page.getByRole('heading', { name: 'Einstellungen', level: 1 }).waitFor();
    expect(await keys.has(setting('language').getByRole('radio', { name: 'Deutsch' }))).toBe(true);
  });

  it('the appearance goes round by its button from every page', async () => {
    await view.show('tray');
    await keys.activate(view.page.getByTestId('theme'));
    await keys.press('Space');
    expect(await view.page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  });
});

describe('the engine', () => {
  it('that is gone is asked again', async () => {
    await view.show('connected', '#/health');
    await view.page.evaluate(() => window.fakeEngine.connect('closed'));
    await view.page.getByTestId('gone').waitFor();
    await keys.activate(view.page.getByTestId('gone').getByRole('button'));
    await view.page.evaluate(() => window.fakeEngine.connect('open'));
    await view.page.getByTestId('health').waitFor();
  });

  it('of the sandbox is broken, fault by fault', async () => {
    await view.show('connected');
    await keys.to(the('radio', 'Tunnels'));
    await keys.press('ArrowRight');
    await keys.activate(view.page.getByTestId('break-block-udp'));
    await view.page.waitForFunction(() => document.querySelector('[data-testid=break-block-udp]')?.getAttribute('data-active') === 'true');
    expect(await keys.has(view.page.getByTestId('break-block-udp'))).toBe(true);
  });
});
