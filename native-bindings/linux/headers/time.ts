/** <time.h> on Linux: numbers and struct offsets as data. Calls nothing. */

export const CLOCK_MONOTONIC = 1;
/** Counts suspended time too (Linux 2.6.39). */
export const CLOCK_BOOTTIME = 7;
/** struct timespec, <time.h>. */
export const TIMESPEC = { size: 16, seconds: 0, nanoseconds: 8 } as const;
