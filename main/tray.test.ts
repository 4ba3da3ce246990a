import { describe, expect, it } from 'vitest';
import { FakeTray } from '../tests/doubles/fake-electron.ts';
import { sampleSnapshot } from '../tests/doubles/fake-app-engine.ts';
import type { MenuEntry } from './ports.ts';
import { trayPixels } from './tray-image.ts';
import { trayView } from './tray-view.ts';
import { Tray } from './tray.ts';

const labels = (menu: readonly MenuEntry[]): string[] => menu.map((entry) => (entry.kind === 'line' ? '-' : entry.label));
const cause = (peer: string) =>
  ({ id: peer, severity: 'down', message: { key: 'cause.peer-no-endpoint', peer }, sinceAt: 0, peer }) as const;

describe('what the tray shows', () => {
  it('before the engine runs, says so', () => {
    const view = trayView(undefined);
    expect(view.icon).toBe('connecting');
    expect(labels(view.menu)).toEqual(['Starting the engine', '-', 'Open Bowline', 'Quit']);
  });

  it('is the sentence, the causes, the own address and the last reconnect', () => {
    const view = trayView(sampleSnapshot());
    expect(view.icon).toBe('connected');
    expect(view.tooltip).toBe('Bowline: Connected. All 3 devices answer');
    expect(labels(view.menu)).toEqual([
      'Connected. All 3 devices answer',
      '-',
      "Copy this device's address: 100.64.0.7",
      'No reconnect since start',
      '-',
      'Check all devices now',
      'Open Bowline',
      'Quit',
    ]);
  });

  it('lists three causes and counts the rest', () => {
    const view = trayView(
      sampleSnapshot({
        overall: { state: 'attention', sentence: { key: 'overall.some-silent', silent: 5, total: 9 }, causes: ['a', 'b', 'c', 'd', 'e'].map(cause), sinceAt: 0 },
      }),
    );
    expect(view.icon).toBe('attention');
    expect(labels(view.menu).slice(1, 4).map((label) => label[0])).toEqual(['a', 'b', 'c']);
    expect(labels(view.menu)[4]).toBe('and 2 more');
  });

  it('tells a reconnect that still runs', () => {
    const entry = {
      id: 1,
      at: 0,
      startedAt: 9_000,
      truth: 'path',
      peer: 'nas',
      cause: { key: 'history.cause.started' },
      action: { key: 'history.action.followed' },
      result: null,
      durationMs: null,
      unreachable: [],
    } as const;
    expect(labels(trayView(sampleSnapshot({ history: [{ ...entry, unreachable: [] }] })).menu).join('\n')).toContain('Reconnecting now: ');
    const done = { ...entry, result: { key: 'history.result.stopped' } as const, durationMs: 3_100, unreachable: [] };
    expect(labels(trayView(sampleSnapshot({ history: [done] })).menu).join('\n')).toContain('Last reconnect took 3.1\u00a0s: ');
  });
});

describe('the tray', () => {
  it('replaces the menu only when it changed, and never while it is open', () => {
    const port = new FakeTray();
    const tray = new Tray(port, () => {});
    expect(port.menus).toHaveLength(1);
    tray.show(sampleSnapshot());
    tray.show(sampleSnapshot({ revision: 8, now: 10_500 }));
    expect(port.menus).toHaveLength(2);
    port.menuOpen(true);
    tray.show(sampleSnapshot({ overall: { state: 'offline', sentence: { key: 'overall.none-answer', total: 3 }, causes: [], sinceAt: 0 } }));
    expect([port.menus.length, port.icon]).toEqual([2, 'connected']);
    port.menuOpen(false);
    expect([port.menus.length, port.icon]).toEqual([3, 'offline']);
    port.menuOpen(true);
    port.menuOpen(false);
    expect(port.menus).toHaveLength(3);
  });
});

describe('tray icons', () => {
  const all = ['connected', 'idle', 'connecting', 'attention', 'offline', 'paused'] as const;

  it('all differ, keep to their square, and are premultiplied', () => {
    const drawn = all.map((icon) => trayPixels(icon, 32, 255));
    expect(new Set(drawn.map((pixels) => pixels.join())).size).toBe(all.length);
    for (const pixels of drawn) {
      expect(pixels).toHaveLength(32 * 32 * 4);
      for (let i = 0; i < pixels.length; i += 4) expect(pixels[i]).toBeLessThanOrEqual(pixels[i + 3]! + 1);
      // The corners are empty, and something is drawn.
      expect([pixels[3], pixels[32 * 4 - 1], pixels.at(-1)]).toEqual([0, 0, 0]);
      expect(pixels.some((value) => value > 200)).toBe(true);
    }
  });

  it('carry the colour of a template only in their opacity', () => {
    const pixels = trayPixels('connected', 16, 0);
    for (let i = 0; i < pixels.length; i += 4) expect([pixels[i], pixels[i + 1], pixels[i + 2]]).toEqual([0, 0, 0]);
  });
});
