/** Linux's two clocks of one moment: CLOCK_BOOTTIME counts suspended time, CLOCK_MONOTONIC does not. Reads only. */
import type { ClockReading } from '../../app/time/sleep-detector.ts';
import { check } from '../system-error.ts';
import { CLOCK_BOOTTIME, CLOCK_MONOTONIC, TIMESPEC } from './headers/time.ts';
import { libc } from './libc.ts';
import { createNativeMemory } from '../memory.ts';

/** A reader for this thread. ms, exact to less than a microsecond. Throws SystemError where the kernel lacks one of them. */
export function openClocks(): () => ClockReading {
  const { clock_gettime } = libc();
  const { view, base } = createNativeMemory(2 * TIMESPEC.size);
  const ms = (at: number): number => Number(view.getBigInt64(at + TIMESPEC.seconds, true)) * 1_000 + Number(view.getBigInt64(at + TIMESPEC.nanoseconds, true)) / 1e6;
  return () => {
    check(clock_gettime(CLOCK_MONOTONIC, base), 'clock_gettime', 'CLOCK_MONOTONIC');
    check(clock_gettime(CLOCK_BOOTTIME, base + TIMESPEC.size), 'clock_gettime', 'CLOCK_BOOTTIME');
    return { running: ms(0), aware: ms(TIMESPEC.size) };
  };
}
