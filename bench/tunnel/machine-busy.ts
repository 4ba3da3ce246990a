/** How much of the machine others use: the share of all cores that is not idle while a benchmark waits. */
import os from 'node:os';

const WATCH_MS = 400;

/** Percent of all cores over 0.4 s. */
export async function machineBusy(): Promise<number> {
  const before = times();
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const after = times();
  return (100 * (after.busy - before.busy)) / Math.max(1, after.all - before.all);
}

function times(): { readonly busy: number; readonly all: number } {
  let busy = 0;
  let all = 0;
  for (const { times } of os.cpus()) {
    const sum = Object.values(times).reduce((x, y) => x + y, 0);
    all += sum;
    busy += sum - times.idle;
  }
  return { busy, all };
}
