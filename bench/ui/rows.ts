/** Sides that take turns, where one sample measures several things at once: each thing becomes a row. */
import { compare, measure, type Row } from '../bench.ts';

export type Figures = Readonly<Record<string, number>>;

export type Side = { readonly name: string; readonly sample: () => Promise<Figures> };

/** The first side is ours; the first round warms up. */
export async function rowsOf(sides: readonly Side[], rounds: number, rows: readonly { readonly figure: string; readonly what: string; readonly unit: string }[]): Promise<Row[]> {
  const seen = sides.map((): Figures[] => []);
  const contenders = sides.map(({ name, sample }, i) => ({
    name,
    version: '',
    async sample() {
      seen[i]!.push(await sample());
      return 0;
    },
  }));
  await measure('', '', contenders, rounds);
  return rows.map(({ figure, what, unit }) => {
    const [ours, ...others] = sides.map(({ name }, i) => ({ name, version: '', samples: seen[i]!.slice(1).map((figures) => figures[figure] ?? Number.NaN) }));
    return compare(what, unit, ours!.samples, others);
  });
}
