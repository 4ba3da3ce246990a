/** Tray, menu and window side by side: whatever is told, in whatever order and however long ago, they show the same state in the same words. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faceOf } from '../../app/api/face.ts';
import { diffSnapshots } from '../../app/api/patch.ts';
import type { Snapshot } from '../../app/api/schema.ts';
import { TrayHost } from '../../main/tray-host.ts';
import { ICON_OF } from '../../main/tray-port.ts';
import { trayWords } from '../../main/tray-words.ts';
import { FakeClock, FakeNotes, FakeTray } from '../doubles/fake-electron.ts';
import { anySnapshot, AT, LIMIT } from '../kit/random-snapshots.ts';
import { Stage, type UiWindow } from './window.ts';

const WALL = 1_800_000_000_000;
const words = trayWords('en', () => WALL, 'UTC');
const tidy = (text: string): string => text.replaceAll('\u00a0', ' ');

let stage: Stage;
let view: UiWindow;
/** What the page's engine holds. */
let told: Snapshot;
beforeAll(async () => {
  stage = await Stage.open();
  view = await stage.still('connected', '#/');
  // No patch tells the limit: with something that one tells, and asked for as a whole.
  told = await view.page.evaluate((provedForMs) => {
    window.fakeEngine.change(({ self }) => ({ provedForMs, self: { ...self, port: 1 } }));
    window.fakeEngine.connect('open');
    return window.fakeEngine.snapshot;
  }, LIMIT);
});
afterAll(async () => {
  await view.close();
  await stage.close();
});

function tray() {
  const port = new FakeTray();
  const clock = new FakeClock();
  const nothing = (): void => {};
  return { port, clock, host: new TrayHost({ port, clock, preferredLanguages: ['en-GB'], running: () => ({}), copy: nothing, open: nothing, quit: nothing, wall: () => WALL, notes: new FakeNotes() }) };
}

async function tellPage(snapshot: Snapshot): Promise<void> {
  const next = { ...snapshot, revision: told.revision + 1 };
  const patch = diffSnapshots(told, next) ?? { from: told.revision, revision: next.revision, now: next.now, wall: next.wall };
  told = next;
  await view.page.evaluate((text) => window.fakeEngine.receive(text), JSON.stringify(patch));
}

type Seen = { readonly title: string; readonly state: string | null; readonly sentence: string | null; readonly causes: readonly string[] | null; readonly green: boolean };
/** `causes` null: another page stands in the overview's place. */
const seen = (): Promise<Seen> =>
  view.page.evaluate(() => {
    const hero = document.querySelector<HTMLElement>('[data-testid=hero]');
    const heads = [...document.querySelectorAll<HTMLElement>('[data-testid=causes] li:not(.more) > p')].map((cause) => cause.firstChild?.textContent ?? '');
    return {
      title: document.title,
      state: hero?.dataset['state'] ?? null,
      sentence: hero?.querySelector('h1')?.innerText ?? null,
      causes: hero === null ? null : heads,
      green: document.querySelector('.hero .st.ok, .chip .st.ok') !== null,
    };
  });

describe('one face', () => {
  const step = fc.oneof(anySnapshot.map((snapshot) => ({ kind: 'see' as const, snapshot })), fc.integer({ min: 0, max: LIMIT }).map((ms) => ({ kind: 'pass' as const, ms })));

  it('is what tray, menu and window show, and green only with data inside its limit', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 4 }), anySnapshot, fc.integer({ min: 0, max: 2 * LIMIT }), async (steps, last, wait) => {
        const { port, clock, host } = tray();
        for (const each of [...steps, { kind: 'see' as const, snapshot: last }, { kind: 'pass' as const, ms: wait }]) {
          if (each.kind === 'see') {
            host.see(each.snapshot);
            await tellPage(each.snapshot);
          } else {
            clock.pass(each.ms);
            await view.page.clock.fastForward(each.ms);
          }
        }
        await view.page.clock.runFor(1_000);
        clock.pass(1_000);
        // The window's clock ticks once a second, and when it comes into sight: at this very moment.
        await view.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        const now = AT + wait + 1_000;
        const face = faceOf(last, now);
        const window = await seen();
        const sentence = tidy(port.read()[0] ?? '');
        expect(tidy(window.title)).toBe(`${sentence} - Bowline`);
        if (window.causes !== null) {
          compared++;
          expect([window.state, tidy(window.sentence ?? '')]).toEqual([face.state, `${sentence}.`]);
          expect(window.causes.slice(0, 3).map(tidy)).toEqual(face.causes.slice(0, 3).map(({ message }) => tidy(words.head(message, now))));
        }
        expect(port.image?.icon).toBe(ICON_OF[face.state]);
        if (window.green || port.image?.icon === 'connected') expect(last.peers.some(({ health, lastDataAt }) => health === 'proved' && lastDataAt !== null && now - lastDataAt <= LIMIT)).toBe(true);
        host.stop();
      }),
      { numRuns: 40, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(5);
  }, 240_000);
});
