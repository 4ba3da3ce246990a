import { expect, it } from 'vitest';
import { FakeLog } from '../tests/doubles/fake-app-engine.ts';
import { FakeElectron, FakeNotes } from '../tests/doubles/fake-electron.ts';
import { reportFaults } from './faults.ts';

it('a fault at each tick is told to a person once, and does not fill the log', () => {
  const [electron, log] = [new FakeElectron(), new FakeLog()];
  let told = 0;
  reportFaults(electron, new FakeNotes(), log, () => (told += 1));
  for (let i = 0; i < 1_000; i++) electron.fault(new TypeError('x'));
  expect([told, log.lines.length]).toEqual([1, 20 + 49]);
  expect(log.lines.at(-1)).toContain('fault 1000 of its own');
});
