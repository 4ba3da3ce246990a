import { expect, it } from 'vitest';
import { LoopDelay } from './loop-delay.ts';

function setUp() {
  let now = 0;
  const loop = new LoopDelay(() => now);
  return { loop, pass: (ms: number) => void (now += ms) };
}

it('the delay of a loop is told by half, by most, by the worst, and by how many were late', () => {
  const { loop } = setUp();
  expect(loop.view().deadlines).toEqual({ count: 0, halfMs: 0, mostMs: 0, worstMs: 0, late: 0 });
  for (let i = 0; i < 98; i++) loop.deadline(0.5);
  loop.deadline(101);
  loop.deadline(250);
  // Taken up before its time, or not waiting for one: no delay.
  loop.deadline(-3);
  const { count, halfMs, mostMs, worstMs, late } = loop.view().deadlines;
  expect([count, late]).toEqual([100, 2]);
  expect(halfMs).toBeCloseTo(0.5, 2);
  expect(mostMs).toBeCloseTo(101, 0);
  expect(worstMs).toBeCloseTo(250, 0);
});

it('a round that comes late was kept waiting by the loop; a new pace, or a pause, is no delay', () => {
  const { loop, pass } = setUp();
  loop.round();
  loop.pace(5_000);
  pass(5_000);
  loop.round();
  loop.pace(250);
  pass(400);
  loop.round();
  loop.pace(undefined);
  pass(90_000);
  loop.round();
  loop.pace(250);
  pass(250);
  loop.round();
  expect(loop.view().rounds).toMatchObject({ count: 3, late: 1 });
  expect(loop.view().rounds.worstMs).toBeCloseTo(150, 0);
});

it('a sleep of the computer is no delay, told or not', () => {
  const { loop, pass } = setUp();
  loop.pace(250);
  pass(20_000);
  loop.slept();
  loop.round();
  pass(250);
  loop.round();
  pass(3_600_000);
  loop.round();
  loop.deadline(3_600_000);
  expect(loop.view()).toMatchObject({ rounds: { count: 1, worstMs: 0.001 }, deadlines: { count: 0 } });
});
