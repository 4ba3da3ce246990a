/**
 * What the watch on the system's network costs while nothing happens: subscribes, lets 2 s go by, and says how much the heap
 * of this process grew in the seconds after. `without`: the same process without the watch, to compare with. Run it under
 * `strace -f` to count system calls; without V8's own tidying, which also wakes. Linux.
 * `node --no-memory-reducer --single-threaded dist/tests/commands/watch-idle.js [SECONDS] [without]`
 */
import { getHeapStatistics } from 'node:v8';
import { createOsRng } from '../../app/host/crypto/os-rng.ts';
import { RouteSocket } from '../../app/host/linux-net/route-socket.ts';
import { createLinuxSource } from '../../app/host/os-network/linux.ts';
import { OsWatch } from '../../app/host/os-network/os-watch.ts';
import { Netmon } from '../../app/netmon/netmon.ts';
import { instant } from '../../app/time/instant.ts';

const SETTLED_AFTER = 2_000;
const seconds = Number(process.argv[2] ?? '60');

function watch(): Netmon {
  const kernel = new RouteSocket();
  const netmon = new Netmon({ rng: createOsRng() });
  const os = new OsWatch({
    system: 'linux',
    marks: { tables: [], protocols: [], priorities: undefined },
    openSource: () => createLinuxSource(kernel),
    nameOf: (index) => kernel.nameOf(index),
    indexOf: (name) => kernel.indexOf(name),
    openDevice: () => {
      throw new Error('nobody asked for a device');
    },
    renamed: () => {},
    touched: () => {},
    tell: (told) => {
      for (const one of told) netmon.handle(one, instant(performance.now()));
      for (let output = netmon.poll(); output !== undefined; output = netmon.poll()) if (output.kind === 'command') os.obey(output.command);
    },
    log: { write: () => {} },
  });
  os.begin({ index: 1, name: 'lo' });
  return netmon;
}

const netmon = process.argv[3] === 'without' ? undefined : watch();
setTimeout(() => {
  process.stderr.write('idle begins\n');
  const before = getHeapStatistics().used_heap_size;
  setTimeout(() => {
    const grown = getHeapStatistics().used_heap_size - before;
    process.stderr.write('idle ends\n');
    process.stdout.write(`${JSON.stringify({ seconds, heapBytes: grown, events: netmon?.tally.events ?? null, deadline: netmon?.nextDeadline() ?? null })}\n`);
    process.exit(0);
  }, seconds * 1_000);
}, SETTLED_AFTER);
