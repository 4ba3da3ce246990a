/** Health as a person reads it: four truths with ages that tick, what is being repaired, and who undoes it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TruthName } from '../../app/api/schema.ts';
import { Health, Overview } from './pages.ts';
import { Stage } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

describe('the four truths', () => {
  it('stand in their order, each with its state, its age and what it rests on; ages tick', async () => {
    const view = await stage.scene('os-settled', '#/health');
    const health = new Health(view);
    expect(await health.truths()).toEqual(['control', 'relay', 'path', 'os']);
    for (const name of ['control', 'relay', 'path', 'os'] as TruthName[]) expect(await health.truth(name), name).toMatch(/ OK \d+(\.\d)? s .*Proved by .*Last interrupted/);
    expect(await health.truth('os')).toContain('Network device bowline0 is set up, with 14 routes. Proved by reading back what was set. Kept up all is there');
    expect(await health.truth('os')).toMatch(/Last interrupted 13:58, for 0\.4 s$/);
    const age = await health.age('os');
    await view.page.waitForFunction((before) => document.querySelector('[data-truth=os] .age')?.textContent !== before, age);
    await view.close();
  });
});

describe('what is being repaired', () => {
  it('is nothing, most of the time', async () => {
    const view = await stage.scene('os-settled', '#/health');
    expect(await view.page.getByTestId('empty').innerText()).toContain('Nothing is being repaired');
    await view.close();
  });

  it('names what is not there, and who removed it', async () => {
    const view = await stage.scene('os-repairing', '#/health');
    const health = new Health(view);
    expect(await health.truth('os')).toMatch(/^This computer Stale .*Putting back the exception 10\.10\.10\.0\/24 and 1 more\. .*Kept up being put back, .*Not there 10\.10\.10\.0\/24, 100\.64\.0\.0\/10 Put back 1 time/);
    expect(await health.repairs()).toEqual([expect.stringMatching(/This computer systemd-networkd removed the exception 10\.10\.10\.0\/24 and 1 more Put back → running/)]);
    await view.close();
  });

  it('is told with its opponent while somebody goes on undoing it, on every page, and nothing of it is green', async () => {
    const view = await stage.scene('os-fought-over');
    expect((await new Overview(view).causes()).join()).toMatch(/systemd-networkd keeps removing the exception 10\.10\.10\.0\/24 and 1 more\n?.*Undone 9 times\..*Tell that program to leave it alone, or end it\./s);
    await view.page.evaluate(() => {
      window.location.hash = '#/health';
    });
    const health = new Health(view);
    expect(await health.truth('os')).toMatch(/^This computer Down .*Undone 9 times By systemd-networkd Next try /);
    expect(await view.page.locator('[data-truth=os] .st.ok').count()).toBe(0);
    expect(await health.undone()).toEqual([expect.stringMatching(/systemd-networkd removed the exception 10\.10\.10\.0\/24 and 1 more Put back → it stays 0\.4 s/)]);
    await view.close();
  });

  it('tells of a device that is gone, how often a new one was tried, and who is cut off', async () => {
    const view = await stage.scene('device-gone', '#/health');
    const health = new Health(view);
    expect(await health.truth('os')).toMatch(/^This computer Down .*Network device bowline0 is gone since .*: making a new one\./);
    expect(await health.repairs()).toEqual([expect.stringMatching(/Network device bowline0 was deleted Made a new one, 2 tries; the last: EBUSY → running .*Cut off: anchor, beacon, capstan/)]);
    await view.close();
  });

  it('is read from top to bottom with the keyboard', async () => {
    const view = await stage.scene('os-fought-over', '#/health');
    const body = view.page.getByRole('group', { name: 'Health' });
    await body.focus();
    await view.page.keyboard.press('End');
    await view.page.waitForFunction(() => {
      const scrolled = document.querySelector('[data-testid=health] .body');
      return scrolled !== null && scrolled.scrollTop > 0 && scrolled.scrollTop + scrolled.clientHeight >= scrolled.scrollHeight - 1;
    });
    await view.close();
  });
});
