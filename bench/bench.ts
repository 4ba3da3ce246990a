/**
 * What a benchmark is, and how contenders are measured: interleaved, one after the other in each round and in turning
 * order, so that a slow minute of the machine hits all alike. The first round warms up and is not counted.
 */

/** One side of a comparison. `sample` measures once and returns a value in the benchmark's unit. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  sample(): number | Promise<number>;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly peers: Readonly<Record<string, Spread & { readonly version: string }>>;
  /** ours.median / peer.median. Under 1 is better where the unit is a time, over 1 where it is a rate. */
  readonly ratio: Readonly<Record<string, number>>;
  /** Counts over the whole watch, by reason. */
  readonly detail?: Readonly<Record<string, number>>;
}

/** What one run of a benchmark prints: its first row is the headline, told at the top level; the rest by name below it. */
export interface Report extends Row {
  readonly bench: string;
  readonly rounds: number;
  readonly machine: string;
  /** Sentences: what was missing, what disturbed the run. */
  readonly notes: readonly string[];
  readonly measures: Readonly<Record<string, Omit<Row, 'what'>>>;
}

export interface BenchOptions {
  readonly rounds: number;
  /** For benchmarks that watch something or load it: how long at a time. */
  readonly seconds: number;
  /** Contenders beside the usual ones, by name. */
  readonly with: readonly string[];
  /** With a real network device where the benchmark can do without. */
  readonly tun: boolean;
  /** Keeps a sentence for the end of the report. */
  readonly note: (sentence: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly what: string;
  readonly needs: string;
  /** `seconds` when it is not said. */
  readonly seconds: number;
  run(options: BenchOptions, say: (line: string) => void): Promise<Row[]>;
}

export function spread(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: round(sorted[0]!), median: round(median), max: round(sorted.at(-1)!) };
}

/** Four digits are more than any of this is worth. */
export const round = (value: number): number => Number(value.toPrecision(4));

/** `ours` is the first contender. */
export async function measure(what: string, unit: string, contenders: readonly Contender[], rounds: number): Promise<Row> {
  const samples = contenders.map((): number[] => []);
  for (let r = 0; r <= rounds; r++) {
    for (let i = 0; i < contenders.length; i++) {
      const turn = (i + r) % contenders.length;
      const value = await contenders[turn]!.sample();
      if (r > 0) samples[turn]!.push(value);
    }
  }
  const [ours, ...others] = contenders.map(({ name, version }, i) => ({ name, version, samples: samples[i]! }));
  return compare(what, unit, ours!.samples, others);
}

/** One row. A ratio to nothing (a median of 0) is left out. */
export function compare(what: string, unit: string, ours: readonly number[], others: readonly { readonly name: string; readonly version: string; readonly samples: readonly number[] }[]): Row {
  const mine = spread(ours);
  const peers = others.map(({ name, version, samples }) => ({ name, version, ...spread(samples) }));
  return {
    what,
    unit,
    ours: mine,
    peers: Object.fromEntries(peers.map(({ name, ...of }) => [name, of])),
    ratio: Object.fromEntries(peers.filter(({ median }) => median !== 0).map(({ name, median }) => [name, round(mine.median / median)])),
  };
}

/** Runs `work` (which does `times` things) and returns microseconds for one. */
export function microsecondsEach(times: number, work: () => void): number {
  const began = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - began) / 1_000 / times;
}
