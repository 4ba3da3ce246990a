/** Every state in three widths, light and dark, as pictures in tests/ui/screenshots for a person to look at. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SceneName } from '../../renderer/src/fake-scene-list.ts';
import { SIZES, Stage, type UiWindow } from './window.ts';

const FOLDER = fileURLToPath(new URL('./screenshots/', import.meta.url));
let stage: Stage;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  stage = await Stage.open();
});
afterAll(() => stage.close());

const pictures: readonly (readonly [name: string, scene: SceneName, route: string])[] = [
  ['overview', 'connected', '#/'],
  ['overview-attention', 'attention', '#/'],
  ['overview-offline', 'offline', '#/'],
  ['overview-woke', 'woke', '#/'],
  ['overview-plain', 'plain', '#/'],
  ['overview-young', 'young', '#/'],
  ['peers', 'connected', '#/peers'],
  ['peers-thousand', 'thousand', '#/peers'],
  ['peer', 'attention', '#/peers/beacon'],
  ['history', 'attention', '#/history'],
  ['health', 'attention', '#/health'],
  ['empty', 'empty', '#/peers'],
  ['demo', 'demo', '#/'],
  ['guide', 'first-run', '#/'],
  ['guide-server', 'first-run', '#/guide/server'],
  ['guide-blocked', 'guide-blocked', '#/guide'],
  ['guide-alone', 'guide-alone', '#/guide'],
  ['guide-first-data', 'guide-first-data', '#/guide'],
  ['guide-connected', 'guide-connected', '#/guide'],
  ['joining', 'joining', '#/'],
  ['joining-late', 'joining-late', '#/'],
  ['sign-in', 'sign-in', '#/'],
  ['refused', 'refused', '#/'],
  ['key-changed', 'key-changed', '#/'],
  ['key-changed-joining', 'key-changed-joining', '#/'],
  ['member', 'member', '#/'],
  ['control-down', 'control-down', '#/'],
  ['control-down-health', 'control-down', '#/health'],
  ['expires-soon', 'expires-soon', '#/'],
  ['renewing', 'renewing', '#/'],
  ['expired', 'expired', '#/'],
  ['signed-out', 'signed-out', '#/'],
  ['mesh', 'mesh', '#/'],
  ['mesh-peers', 'mesh', '#/peers'],
  ['mesh-peer-relayed', 'mesh', '#/peers/beacon'],
  ['mesh-peer-data-lost', 'mesh', '#/peers/capstan'],
  ['mesh-peer-direct', 'mesh', '#/peers/anchor'],
  ['mesh-health', 'mesh', '#/health'],
  ['mesh-history', 'mesh', '#/history'],
  ['relay-away', 'relay-away', '#/'],
  ['relay-away-health', 'relay-away', '#/health'],
  ['udp-blocked', 'udp-blocked', '#/'],
  ['health-settled', 'os-settled', '#/health'],
  ['health-repairing', 'os-repairing', '#/health'],
  ['health-fought-over', 'os-fought-over', '#/health'],
  ['fought-over', 'os-fought-over', '#/'],
  ['device-gone', 'device-gone', '#/health'],
  ['accounts', 'member', '#/accounts'],
  ['diagnostics', 'attention', '#/diagnostics'],
  ['settings', 'tray', '#/settings'],
  ['accounts-add', 'member', '#/accounts/add'],
  ['accounts-none', 'plain', '#/accounts'],
];

/** One window, pictured in each width and theme. */
async function picture(view: UiWindow, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await view.page.emulateMedia({ colorScheme: theme });
    for (const [size, viewport] of Object.entries(SIZES)) {
      await view.page.setViewportSize(viewport);
      await view.page.screenshot({ path: `${FOLDER}${name}-${size}-${theme}.png` });
      expect(await view.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} scrolls sideways at ${size}`).toBe(true);
    }
  }
  await view.close();
}

describe('pictures', () => {
  it.each(pictures)('%s', async (name, scene, route) => {
    await picture(await stage.scene(scene, route), name);
  });

  it('demo-server', async () => {
    const view = await stage.scene('demo');
    await view.page.getByRole('radio', { name: 'Server', exact: true }).click();
    await picture(view, 'demo-server');
  });

  it('demo-paths', async () => {
    const view = await stage.scene('demo');
    await view.page.getByRole('radio', { name: 'Paths', exact: true }).click();
    await picture(view, 'demo-paths');
  });

  it('demo-system', async () => {
    const view = await stage.scene('demo');
    await view.page.getByRole('radio', { name: 'System', exact: true }).click();
    await picture(view, 'demo-system');
  });

  it('demo-expired', async () => {
    const view = await stage.scene('demo');
    await view.page.getByRole('radio', { name: 'Server', exact: true }).click();
    await view.page.getByTestId('break-expire-key').click();
    await view.page.getByTestId('break-approve-sign-in').waitFor();
    await picture(view, 'demo-expired');
  });

  it('away', async () => {
    await picture(await stage.afterAbsence('attention', 210_000), 'away');
    await picture(await stage.afterAbsence('member', 12_000_000, '#/history'), 'away-history');
    await picture(await stage.afterAbsence('connected', 250_000, '#/history/beacon'), 'away-history-peer');
  });

  it('gone', async () => {
    const view = await stage.scene('connected');
    await view.page.evaluate(() => window.fakeEngine.connect('closed'));
    await view.page.getByTestId('gone').waitFor();
    await picture(view, 'gone');
  });

  it('starting', async () => {
    await picture(await stage.window('/fake.html?connection=connecting'), 'starting');
  });
});
