/**
 * Whether full traffic for long leaves anything behind: `bowline up` at both ends, TCP one way and then the other without a
 * pause, memory of both processes looked at every ten seconds, and every garbage collection of theirs counted (Node tells,
 * with --trace-gc). A packet path that allocates would show as collections for each gigabyte.
 */
import { compare, spread, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { keyPair } from '../key-pair.ts';
import { useOf } from '../proc.ts';
import { SIDES, UNDERLAY, withLab, type Lab, type Side } from './lab.ts';
import { bowlineUp, other } from './products.ts';
import { missing } from './programs.ts';
import { wgFile } from './wg-file.ts';

const PORT = 51_820;
const OVERLAY: Readonly<Record<Side, string>> = { a: '10.77.0.1', b: '10.77.0.2' };
const LOOK_EVERY = 10_000;
/** Seconds of one iperf3 run. */
const RUN = 30;
/** Start-up, compilation and the first growth of heaps are over by then. */
const WARM_UP_S = 60;
const STREAMS = '4';

interface Collections {
  /** Of young objects: one for each few MB allocated. */
  scavenges: number;
  /** Of everything. */
  full: number;
}

interface End {
  readonly pid: number;
  readonly collections: Collections;
  readonly residentMb: number[];
}

async function run(lab: Lab, { seconds, note }: BenchOptions, say: (line: string) => void): Promise<Row[]> {
  const pair = lab.pair();
  const keys = { a: keyPair(), b: keyPair() };
  const ends: End[] = [];
  for (const side of SIDES) {
    const collections: Collections = { scavenges: 0, full: 0 };
    const far = other(side);
    const config = wgFile(keys[side], [OVERLAY[side]], PORT, [{ publicKey: keys[far].publicKey, allowed: `${OVERLAY[far]}/32`, endpoint: `${UNDERLAY[far]}:${PORT}` }]);
    const { end } = await bowlineUp(lab, pair, side, config, { node: ['--trace-gc'], said: (text) => count(text, collections) });
    ends.push({ pid: end.pid, collections, residentMb: [] });
  }
  const server = pair.start('b', ['iperf3', '-s']);
  await server.until(async () => (await pair.run('b', 'ss', '-Hltn', 'sport', '=', ':5201')) !== '');

  const gigabits: number[] = [];
  let bytes = 0;
  const load = async (forSeconds: number, reverse: boolean): Promise<void> => {
    const args = ['-c', OVERLAY.b, '-t', String(forSeconds), '-P', STREAMS, '-J', ...(reverse ? ['-R'] : [])];
    const { end } = JSON.parse(await pair.run('a', 'iperf3', ...args)) as { end: { sum_received: { bytes: number; bits_per_second: number } } };
    bytes += end.sum_received.bytes;
    gigabits.push(end.sum_received.bits_per_second / 1e9);
  };
  await load(WARM_UP_S, false);
  gigabits.length = bytes = 0;
  const before = ends.map(({ collections }) => ({ ...collections }));
  const look = (): void => {
    for (const { pid, residentMb } of ends) residentMb.push(useOf(pid).residentMb);
  };
  look();
  const looking = setInterval(look, LOOK_EVERY);
  try {
    const until = Date.now() + seconds * 1_000;
    for (let i = 0; Date.now() < until; i++) {
      await load(Math.max(1, Math.min(RUN, Math.round((until - Date.now()) / 1_000))), i % 2 === 1);
      say(`${Math.round((until - Date.now()) / 1_000)} s left: ${gigabits.at(-1)!.toFixed(2)} Gbit/s, ${ends.map(({ residentMb }) => `${residentMb.at(-1)!.toFixed(1)} MB`).join(' and ')}`);
    }
  } finally {
    clearInterval(looking);
  }
  note(`${(bytes / 1e9).toFixed(0)} GB in ${seconds} s, after ${WARM_UP_S} s to warm up.`);
  const gigabytes = bytes / 1e9;
  const each = (of: (c: Collections) => number): number[] => ends.map(({ collections }, i) => of(collections) - of(before[i]!));
  return [
    compare('resident memory of an end', 'MB', ends.flatMap(({ residentMb }) => residentMb), []),
    compare('the last tenth of the looks less the first tenth', 'MB', ends.map(({ residentMb }) => grown(residentMb)), []),
    compare('TCP four streams', 'Gbit/s', gigabits, []),
    compare('collections of young objects, for each GB', 'count', each(({ scavenges }) => scavenges).map((n) => n / gigabytes), []),
    compare('full collections', 'count', each(({ full }) => full), []),
  ];
}

/** Lines such as `[123:0x7f...]  2042 ms: Scavenge 9.1 (12.2) -> 8.4 (14.2) MB, ...`. */
function count(text: string, into: Collections): void {
  into.scavenges += text.match(/ms: Scavenge/g)?.length ?? 0;
  into.full += text.match(/ms: Mark-/g)?.length ?? 0;
}

function grown(values: readonly number[]): number {
  const tenth = Math.max(1, Math.floor(values.length / 10));
  return spread(values.slice(-tenth)).median - spread(values.slice(0, tenth)).median;
}

export const soak: Bench = {
  name: 'soak',
  what: 'full traffic through a tunnel for an hour: memory, and garbage collections for each gigabyte',
  needs: 'Linux, root, iproute2, iperf3',
  seconds: 3_600,
  run(options, say) {
    const lacking = missing();
    if (lacking !== undefined) return Promise.reject(new Error(lacking));
    return withLab((lab) => run(lab, options, say));
  },
};
