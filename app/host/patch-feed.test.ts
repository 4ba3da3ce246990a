/** The feed of screens: revisions join, changes come at most four times a second, nothing runs unwatched. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { applyPatch } from '../api/patch.ts';
import type { Patch, Snapshot } from '../api/schema.ts';
import { instant, wallTime } from '../time/instant.ts';
import { PatchFeed } from './patch-feed.ts';
import { WakeUps } from './wake-ups.ts';

let name = 'a';
let moved = 0;
const watched: boolean[] = [];
const paces: (number | undefined)[] = [];
let rounds = 0;

function make(revision: number): Snapshot {
  const truth = { state: 'off', provedAt: null, detail: { key: 'truth.relay-none' } } as const;
  return {
    schema: 1, revision, now: Date.now(), wall: Date.now(), version: '0', provedForMs: 1, account: null, accounts: [], sandbox: null, shell: null, peers: [], relays: [], netcheck: null, os: null, history: [],
    overall: { state: 'connected', sentence: { key: 'overall.no-peers' }, causes: [], sinceAt: 0 },
    self: { name, publicKey: 'k', addresses: [], port: moved },
    truths: { control: truth, relay: truth, path: truth, os: truth },
  };
}

function feed(): PatchFeed {
  name = 'a';
  moved = 0;
  watched.length = 0;
  paces.length = 0;
  rounds = 0;
  return new PatchFeed({ make, now: () => instant(Date.now()), wall: () => wallTime(Date.now()), movement: () => moved, watched: (on) => watched.push(on), wakeUps: new WakeUps(), loop: { pace: (every) => paces.push(every), round: () => void (rounds += 1) } });
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('PatchFeed', () => {
  it('tells how often it looks, and each look, for the delay of the loop', () => {
    const f = feed();
    const leave = f.subscribe(() => undefined);
    vi.advanceTimersByTime(10_000);
    const look = f.watch();
    vi.advanceTimersByTime(1_000);
    look();
    leave();
    vi.advanceTimersByTime(60_000);
    expect([paces, rounds]).toEqual([[5_000, 250, 5_000, undefined], 2 + 4]);
  });

  it('gives patches that join the snapshot taken before', () => {
    const f = feed();
    const patches: Patch[] = [];
    f.subscribe((patch) => patches.push(patch));
    let seen = f.snapshot();
    for (const next of ['b', 'c', 'd']) {
      name = next;
      f.changed();
      vi.advanceTimersByTime(250);
    }
    expect(patches).toHaveLength(3);
    for (const patch of patches) {
      const after = applyPatch(seen, patch);
      if (after === 'gap') throw new Error('gap');
      seen = after;
    }
    expect(seen.self.name).toBe('d');
  });

  it('puts changes that fall together into one patch, at most four a second, watched or not', () => {
    for (const look of [true, false]) {
      const f = feed();
      let patches = 0;
      f.subscribe(() => patches++);
      const away = look ? f.watch() : () => {};
      for (let ms = 0; ms < 2_000; ms += 10) {
        name = `at ${ms}`;
        moved++;
        f.changed();
        vi.advanceTimersByTime(10);
      }
      expect(patches).toBeLessThanOrEqual(8);
      expect(patches).toBeGreaterThanOrEqual(7);
      away();
      f.close();
    }
  });

  it('notices that packets moved, and looks anew once a second for what only time changes, while a person looks', () => {
    const f = feed();
    let patches = 0;
    f.subscribe(() => patches++);
    const away = f.watch();
    vi.advanceTimersByTime(2_000);
    expect(patches).toBe(0);
    moved = 5;
    vi.advanceTimersByTime(250);
    expect(patches).toBe(1);
    name = 'older';
    vi.advanceTimersByTime(1_000);
    expect(patches).toBe(2);
    away();
    name = 'older still';
    vi.advanceTimersByTime(60_000);
    expect(patches).toBe(2);
    moved = 6;
    vi.advanceTimersByTime(5_000);
    expect(patches).toBe(3);
  });

  it('has no timer without subscribers, and one to look for traffic without people; says when people look', () => {
    const f = feed();
    f.changed();
    f.snapshot();
    expect(vi.getTimerCount()).toBe(0);
    let patches = 0;
    const leave = f.subscribe(() => patches++);
    expect(vi.getTimerCount()).toBe(1);
    const [one, two] = [f.watch(), f.watch()];
    expect(vi.getTimerCount()).toBe(1);
    one();
    one();
    expect(watched).toEqual([true]);
    name = 'changed while watched';
    f.changed();
    two();
    expect(watched).toEqual([true, false]);
    vi.advanceTimersByTime(250);
    expect([patches, vi.getTimerCount()]).toEqual([1, 1]);
    leave();
    f.changed();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('counts a revision only when something changed, and refreshes at once when unwatched', () => {
    const f = feed();
    const first = f.snapshot().revision;
    vi.advanceTimersByTime(5_000);
    expect(f.snapshot().revision).toBe(first);
    name = 'b';
    expect(f.snapshot()).toMatchObject({ revision: first + 1, self: { name: 'b' } });
  });
});
