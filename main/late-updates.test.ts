import { describe, expect, it } from 'vitest';
import type { UpdateView } from '../app/api/schema.ts';
import type { Updates } from '../app/host/shell/hands.ts';
import { FakeClock } from '../tests/doubles/fake-electron.ts';
import { FIRST_LOOK, LateUpdates, LOOK_EVERY, lookByItself } from './late-updates.ts';

class FakeUpdates implements Updates {
  readonly begun: string[] = [];
  state: UpdateView = { kind: 'off', why: 'unsigned' };
  change: () => void = () => undefined;
  view(): UpdateView {
    return this.state;
  }
  begin(step: string, by = 'person'): boolean {
    this.begun.push(`${step} by ${by}`);
    return true;
  }
  onChange(callback: () => void): void {
    this.change = callback;
  }
}

describe('updates', () => {
  it('are as nobody has looked until it is known whether this build gets any, and then as they are', async () => {
    let known: (updates: Updates) => void = () => undefined;
    const late = new LateUpdates(new Promise((resolve) => (known = resolve)));
    let changes = 0;
    late.onChange(() => (changes += 1));
    expect([late.view(), late.begin('check'), changes]).toEqual([{ kind: 'none', checkedAt: null, waiting: null }, false, 0]);
    const real = new FakeUpdates();
    known(real);
    await Promise.resolve();
    expect([late.view(), changes]).toEqual([{ kind: 'off', why: 'unsigned' }, 1]);
    expect([late.begin('download', 'itself'), real.begun]).toEqual([true, ['download by itself']]);
    real.change();
    expect(changes).toBe(2);
  });

  it('are looked for a minute after the start and twice a day, while a person wants that, and not after the end', () => {
    const clock = new FakeClock();
    const updates = new FakeUpdates();
    let isWanted = true;
    const end = lookByItself(clock, updates, () => isWanted);
    clock.pass(FIRST_LOOK - 1);
    expect(updates.begun).toEqual([]);
    clock.pass(1);
    clock.pass(24 * 3_600_000);
    expect(updates.begun).toEqual(Array.from({ length: 3 }, () => 'check by itself'));
    isWanted = false;
    clock.pass(LOOK_EVERY);
    isWanted = true;
    clock.pass(LOOK_EVERY);
    expect([updates.begun.length, clock.waiting]).toEqual([4, 1]);
    end();
    expect(clock.waiting).toBe(0);
  });
});
