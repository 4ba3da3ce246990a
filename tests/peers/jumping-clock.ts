/**
 * A sleep of one process, played on a real system: its clocks that count suspended time (CLOCK_BOOTTIME, wall time) jump ahead
 * while CLOCK_MONOTONIC does not, as after a suspend. A running process cannot change its time namespace, so a small library
 * stands between it and the C library (LD_PRELOAD) and adds what a file says. Every thread and native binding of the
 * process sees it. Needs gcc. Caller: control-wake.test.ts.
 */
import { writeFileSync } from 'node:fs';
import { toTheEnd, type Segment } from './rooms.ts';

/** `ahead`: seconds, in memory that the file is; 8 bytes. */
const SOURCE = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static volatile long long *ahead;
__attribute__((constructor)) static void open_ahead(void) {
  int fd = open(getenv("BOWL_CLOCK_AHEAD"), O_RDONLY);
  if (fd < 0) abort();
  ahead = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
  if (ahead == MAP_FAILED) abort();
}
int clock_gettime(clockid_t clock, struct timespec *to) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, to);
  if (result == 0 && ahead && (clock == CLOCK_BOOTTIME || clock == CLOCK_REALTIME)) to->tv_sec += *ahead;
  return result;
}
int gettimeofday(struct timeval *to, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(to, zone);
  if (result == 0 && ahead) to->tv_sec += *ahead;
  return result;
}
`;

export class JumpingClock {
  /** For the process whose clocks they are. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: string;
  #ahead = 0;

  private constructor(library: string, file: string) {
    this.#file = file;
    this.environment = { LD_PRELOAD: library, BOWL_CLOCK_AHEAD: file };
  }

  static async make(segment: Segment, name: string): Promise<JumpingClock> {
    const library = `${segment.folder}/${name}.so`;
    const compiled = await toTheEnd(['gcc', '-shared', '-fPIC', '-O1', '-o', library, segment.file(`${name}.c`, SOURCE), '-ldl']);
    if (compiled.status !== 0) throw new Error(`gcc: ${compiled.error}`);
    return new JumpingClock(library, segment.file(`${name}.ahead`, '\0'.repeat(8)));
  }

  /** s, of all jumps. */
  get ahead(): number {
    return this.#ahead;
  }

  jump(seconds: number): void {
    this.#ahead += seconds;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(this.#ahead));
    // In place: the process has this file in its memory.
    writeFileSync(this.#file, bytes, { flag: 'r+' });
  }
}
