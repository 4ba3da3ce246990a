/**
 * The clocks of sleep for real: in a time namespace CLOCK_BOOTTIME is ahead as after a suspend, and the detector sees it.
 * Needs root, for the namespace.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { nativeSources } from '../../app/host/native-clocks.ts';
import { SleepDetector, SLEEP_CELLS, type ClockReading } from '../../app/time/sleep-detector.ts';

function readIn(...namespace: readonly string[]): ClockReading {
  const [command, ...args] = [...namespace, process.execPath, 'dist/tests/peers/clock-reading.js'];
  const { stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as ClockReading;
}

describe('the clocks of sleep', () => {
  it('show a suspend of ten minutes as a lead of ten minutes', () => {
    const detector = new SleepDetector(new Float64Array(SLEEP_CELLS), nativeSources().reading());
    expect(detector.read(readIn('env'))).toBeUndefined();
    expect(detector.read(readIn('unshare', '--time', '--boottime', '600', '--fork'))).toEqual({ forMs: expect.closeTo(600_000, 0), by: 'clocks' });
  });

  it('show no sleep when both clocks are ahead', () => {
    const detector = new SleepDetector(new Float64Array(SLEEP_CELLS), nativeSources().reading());
    expect(detector.read(readIn('unshare', '--time', '--monotonic', '600', '--boottime', '600', '--fork'))).toBeUndefined();
  });
});
