/**
 * Windows' two clocks of one moment: QueryInterruptTime counts sleep and hibernation, QueryUnbiasedInterruptTime does not
 * (<realtimeapiset.h>, in units of 100 ns). Where the first is missing (Wine), GetTickCount64 counts them too, in ms.
 */
import type { ClockReading } from '../../app/time/sleep-detector.ts';
import { createNativeMemory } from '../memory.ts';
import { clockCalls } from './calls.ts';

const UNITS_A_MS = 10_000n;

/** A reader for this thread, ms; exact to a tick of the system, 0.5 to 16 ms. */
export function openClocks(): () => ClockReading {
  const { QueryUnbiasedInterruptTime, QueryInterruptTime, GetTickCount64 } = clockCalls();
  const { view, base } = createNativeMemory(16);
  const ms = (at: number): number => Number(view.getBigUint64(at, true) / UNITS_A_MS);
  return () => {
    QueryUnbiasedInterruptTime(base);
    const running = ms(0);
    if (QueryInterruptTime === undefined) return { running, aware: Number(GetTickCount64()) };
    QueryInterruptTime(base + 8);
    return { running, aware: ms(8) };
  };
}
