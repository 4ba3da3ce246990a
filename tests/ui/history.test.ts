/** The history as a person reads it: cause, action, result, who was cut off; by truth, by device, and while one was away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { History, Shell } from './pages.ts';
import { Stage } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

describe('while one was away', () => {
  it('the overview sums it up, the sidebar counts it, and the history tells it first', async () => {
    const view = await stage.afterAbsence('attention', 210_000);
    const history = new History(view);
    expect(await history.away()).toMatch(/^While you were away: 2 reconnects, longest \d+ s, 1 still running\n13:58 to 14:02\. The repair goes on\.$/);
    expect(await view.page.getByTestId('unread').innerText()).toMatch(/^2/);
    await new Shell(view).visit('History');
    expect(await history.groups()).toEqual(['While you were away', 'Today']);
    expect((await history.entries('While you were away'))[0]).toMatch(/^14:01:32 Peer paths beacon: no data for 25 s Asked for a new session, 4 tries → running \d+ s Cut off: beacon$/);
    expect(await history.entries('Today')).toHaveLength(1);
    expect(await view.violations()).toEqual([]);
    await view.close();
  });

  it('one click marks it as read, for ever, and it is reached by keyboard', async () => {
    const view = await stage.afterAbsence('connected', 250_000);
    const history = new History(view);
    expect(await history.away()).toContain('While you were away: 1 reconnect, 8.1 s\n13:58 to 14:02. All of it is over.');
    await view.page.getByTestId('mark-as-read').focus();
    await view.page.keyboard.press('Enter');
    await view.page.getByTestId('away').waitFor({ state: 'detached' });
    expect(await view.page.getByTestId('unread').count()).toBe(0);
    expect(await view.page.evaluate(() => JSON.parse(localStorage.getItem('bowline.looks') ?? '{}') as unknown)).toMatchObject({ away: null });
    await view.close();
  });

  it('says on the history alone that nothing was interrupted', async () => {
    const view = await stage.afterAbsence('connected', 100_000, '#/history');
    expect(await new History(view).away()).toContain('While you were away: no reconnect\n14:00 to 14:02. Nothing was interrupted.');
    await new Shell(view).visit('Overview');
    expect(await view.page.getByTestId('away').count()).toBe(0);
    await view.close();
  });

  it('a computer that stood still is an absence; a page that is looked at is none', async () => {
    const view = await stage.scene('connected');
    await view.page.clock.install();
    await view.page.reload();
    await view.page.clock.runFor(90_000);
    expect(await view.page.getByTestId('away').count()).toBe(0);
    await view.page.clock.fastForward(300_000);
    await new Shell(view).visit('History');
    await view.page.getByTestId('away').waitFor();
    await view.close();
  });
});

describe('the history', () => {
  it('shows one truth, one device, or both, and says so when there is nothing', async () => {
    const view = await stage.scene('attention', '#/history');
    const history = new History(view);
    expect(await history.all()).toHaveLength(5);
    await history.device().selectOption('capstan');
    expect(view.page.url()).toMatch(/#\/history\/capstan$/);
    expect((await history.all()).map((text) => text.slice(0, 40))).toEqual([expect.stringContaining('capstan moved'), expect.stringContaining('No data from any of')]);
    await view.page.getByRole('radio', { name: 'Relay', exact: true }).click();
    expect(await view.page.getByTestId('empty').innerText()).toContain('Nothing happened to Relay and capstan');
    await history.device().selectOption('All');
    await view.page.getByRole('radio', { name: 'Everything', exact: true }).click();
    expect(await history.all()).toHaveLength(5);
    await view.close();
  });

  it('is reached from the details of a device, for that device', async () => {
    const view = await stage.scene('connected', '#/peers/beacon');
    await view.page.getByTestId('drawer').getByRole('link', { name: 'All of it' }).click();
    expect(await new History(view).device().inputValue()).toBe('beacon');
    expect(await new History(view).all()).toHaveLength(2);
    await view.close();
  });
});
