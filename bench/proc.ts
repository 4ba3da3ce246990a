/** What Linux says of a process: CPU time, voluntary waits of all its threads, resident memory. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessUse {
  readonly at: bigint;
  readonly cpuSeconds: number;
  /** Times that any thread gave up the processor to wait: each is followed by one wake-up. */
  readonly waits: number;
  readonly residentMb: number;
}

let ticks: number | undefined;

export function useOf(pid: number): ProcessUse {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  // The name in brackets may hold spaces; fields are counted behind it. utime and stime are the 14th and 15th of all.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  let waits = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    waits += numberIn(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'), /^voluntary_ctxt_switches:\s+(\d+)/m);
  }
  return {
    at: process.hrtime.bigint(),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticks,
    waits,
    residentMb: numberIn(readFileSync(`/proc/${pid}/status`, 'utf8'), /^VmRSS:\s+(\d+)/m) / 1_024,
  };
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}
