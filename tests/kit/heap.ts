/** How much memory is kept, as opposed to used in passing: the heap after a collection, which no test run starts by itself. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of V8's heap and of array buffers that are still referenced. */
export function bytesKept(): number {
  // What a first one only unlinks, a second one frees.
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Times that `work` is done: compiled code and caches grow too, now and then, but not each time; what is kept for ever does. */
const TRIES = 3;

/** Bytes that `work` leaves behind: the least of a few times, of which the first under `enough` will do. */
export function bytesKeptBy(work: () => void, enough: number): number {
  let least = Infinity;
  for (let tried = 0; tried < TRIES && least >= enough; tried++) {
    const before = bytesKept();
    work();
    least = Math.min(least, bytesKept() - before);
  }
  return least;
}
