/** How the app ends: in order, once, within a bound, and at once for whoever asks again. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../tests/doubles/fake-electron.ts';
import { Leaving } from './leaving.ts';

function setUp(finish: () => Promise<void> = () => new Promise(() => undefined)) {
  const clock = new FakeClock();
  const done: string[] = [];
  const leaving = new Leaving({
    clock,
    finish: () => {
      done.push('finish');
      return finish();
    },
    takeBackNow: () => void done.push('take back'),
  });
  return { clock, done, leaving };
}
const held = (leaving: Leaving): Promise<void> => {
  const leave = leaving.ask();
  if (leave.kind === 'go') throw new Error('it went');
  return leave.until;
};

describe('quitting', () => {
  it('waits for the engine, ends it once, and goes then', async () => {
    let end: () => void = () => undefined;
    const { done, leaving, clock } = setUp(() => new Promise((resolve) => (end = resolve)));
    const first = held(leaving);
    clock.pass(500);
    const second = held(leaving);
    end();
    await Promise.all([first, second]);
    expect(done).toEqual(['finish']);
    expect(leaving.ask()).toEqual({ kind: 'go' });
  });

  it('goes after 5 s, whatever the engine does, also when its end fails', async () => {
    const { clock, leaving } = setUp();
    const then = held(leaving);
    clock.pass(5_000);
    await then;
    expect(leaving.ask().kind).toBe('go');
    const failing = setUp(() => Promise.reject(new Error('stuck')));
    await held(failing.leaving);
    expect(failing.leaving.ask().kind).toBe('go');
  });

  it('asked for again after a second goes at once, and leaves the system clean', () => {
    const { clock, done, leaving } = setUp();
    void held(leaving);
    clock.pass(1_000);
    expect(leaving.ask()).toEqual({ kind: 'go' });
    expect(done).toEqual(['finish', 'take back']);
  });

  it('that the system does not wait for takes back at once, after the engine was told to end, also when that fails', async () => {
    let end: () => void = () => undefined;
    const { done, leaving } = setUp(() => new Promise((resolve) => (end = resolve)));
    expect(leaving.phase).toBe('running');
    leaving.endNow();
    expect([done, leaving.phase]).toEqual([['finish', 'take back'], 'ending']);
    const then = held(leaving);
    end();
    await then;
    expect([leaving.ask().kind, done]).toEqual(['go', ['finish', 'take back']]);
    const failing = setUp(() => {
      throw new Error('stuck');
    });
    expect(() => failing.leaving.endNow()).toThrow('stuck');
    expect(failing.done).toEqual(['finish', 'take back']);
  });

  it('holds no installer up', () => {
    const { done, leaving } = setUp();
    leaving.goNow();
    expect(leaving.phase).toBe('ended');
    expect(leaving.ask()).toEqual({ kind: 'go' });
    expect(done).toEqual([]);
  });
});
