import { describe, expect, it } from 'vitest';
import { compare, measure, spread } from './bench.ts';

describe('the measuring of a benchmark', () => {
  it('gives min, median and max', () => {
    expect(spread([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 });
  });

  it('takes turns, drops the warm-up and compares medians', async () => {
    const order: string[] = [];
    const contender = (name: string, values: number[]) => ({
      name,
      version: '1',
      sample() {
        order.push(name);
        return values.shift()!;
      },
    });
    const row = await measure('x', 'us', [contender('ours', [99, 1, 2, 3]), contender('theirs', [99, 4, 4, 4])], 3);
    expect(order.join(' ')).toBe('ours theirs theirs ours ours theirs theirs ours');
    expect(row).toEqual({
      what: 'x',
      unit: 'us',
      ours: { min: 1, median: 2, max: 3 },
      peers: { theirs: { version: '1', min: 4, median: 4, max: 4 } },
      ratio: { theirs: 0.5 },
    });
  });

  it('gives no ratio to nothing', () => {
    expect(compare('x', '%', [1, 2, 3], [{ name: 'theirs', version: '1', samples: [0, 0, 5] }])).toMatchObject({ ours: { median: 2 }, peers: { theirs: { median: 0 } }, ratio: {} });
  });
});
