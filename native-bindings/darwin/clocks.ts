/**
 * Darwin's two clocks of one moment: mach_continuous_time counts the time asleep, mach_absolute_time does not
 * (<mach/mach_time.h>). Both count ticks; mach_timebase_info tells how long one is. Reads only.
 */
import type { ClockReading } from '../../app/time/sleep-detector.ts';
import { createNativeMemory } from '../memory.ts';
import { darwin, type Darwin } from './libc.ts';

/** A reader for this thread, ms. `calls`: a test brings its own. */
export function openClocks(calls: Pick<Darwin, 'mach_absolute_time' | 'mach_continuous_time' | 'mach_timebase_info'> = darwin(), memory = createNativeMemory(8)): () => ClockReading {
  const { mach_absolute_time, mach_continuous_time, mach_timebase_info } = calls;
  if (mach_timebase_info(memory.base) !== 0) throw new Error('mach_timebase_info failed');
  const tickMs = memory.view.getUint32(0, true) / memory.view.getUint32(4, true) / 1e6;
  return () => ({ running: Number(mach_absolute_time()) * tickMs, aware: Number(mach_continuous_time()) * tickMs });
}
