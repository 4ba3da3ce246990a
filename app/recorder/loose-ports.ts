/**
 * Ports for a program that decides otherwise than the one that was recorded: they give what the step has of the kind that is asked for,
 * in order, and where it has none, something of a fixed seed. So a recording can be taken over by a mended program. Caller: accept.ts.
 */
import type { PeerId } from '../base/brand.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { Counters, type PeerColumn } from '../ports/counters.ts';
import type { Rng } from '../ports/rng.ts';
import { Damage } from './byte-reader.ts';
import type { Cursor } from './cursor.ts';
import type { NodeCrypto } from './recorded-ports.ts';
import { OP } from './recording.ts';
import { standInForSecret } from './values.ts';

const SEED = 1;
/** Stands where a key was. */
const PLACEHOLDER = 7;

export class StepEntries {
  readonly counters = new Map<string, number>();
  words: number[] = [];
  fractions: number[] = [];
  publicBytes: Uint8Array[] = [];
  boxKeys: boolean[] = [];
  /** Undefined: not authentic. */
  opened: (Uint8Array | undefined)[] = [];
  points: Uint8Array[] = [];
  lastPoint: Uint8Array | undefined;

  /** Reads all that belongs to the step. */
  take(cursor: Cursor): void {
    [this.words, this.fractions, this.publicBytes, this.boxKeys, this.opened, this.points] = [[], [], [], [], [], []];
    for (let op = cursor.from.peek(); op !== undefined && op > OP.relayWritten; op = cursor.from.peek()) {
      cursor.from.byte();
      this.#entry(op, cursor);
    }
  }

  #entry(op: number, { from, values }: Cursor): void {
    switch (op) {
      case OP.uint32:
        this.words.push(from.word());
        return;
      case OP.fraction:
        this.fractions.push(from.float());
        return;
      case OP.publicBytes:
        this.publicBytes.push(from.bytes());
        return;
      case OP.point:
        this.points.push(values.key());
        return;
      case OP.boxKey:
      case OP.noBoxKey:
        this.boxKeys.push(op === OP.boxKey);
        return;
      case OP.opened:
        this.opened.push(from.bytes());
        return;
      case OP.notOpened:
        this.opened.push(undefined);
        return;
      case OP.counter: {
        const peer = from.count();
        const column = String(values.read());
        this.counters.set(`${peer} ${column}`, from.float());
        return;
      }
      case OP.decided:
        from.count();
        from.word();
        return;
      default:
        throw new Damage('an entry of an unknown kind');
    }
  }
}

export function looseRng(entries: StepEntries): Rng {
  const chance = createSeededRng(SEED);
  let drawn = 0;
  return {
    fill: (out) => void out.set(standInForSecret('drawn', ++drawn).subarray(0, out.length)),
    fillPublic: (out) => {
      const at = entries.publicBytes.findIndex(({ length }) => length === out.length);
      const [recorded] = at < 0 ? [] : entries.publicBytes.splice(at, 1);
      if (recorded === undefined) chance.fill(out);
      else out.set(recorded);
    },
    uint32: () => entries.words.shift() ?? chance.uint32(),
    fraction: () => entries.fractions.shift() ?? chance.fraction(),
  };
}

export function looseCrypto(entries: StepEntries): NodeCrypto {
  return {
    x25519Base: (_secret, out) => {
      entries.lastPoint = entries.points.shift() ?? entries.lastPoint;
      if (entries.lastPoint === undefined) out.fill(PLACEHOLDER);
      else out.set(entries.lastPoint);
    },
    boxKey: (_secret, _point, out) => {
      out.fill(PLACEHOLDER);
      return entries.boxKeys.shift() ?? true;
    },
    boxSeal: (_key, _nonce, _plain, out) => void out.fill(0),
    boxOpen: (_key, _nonce, _sealed, out) => {
      const plain = entries.opened.shift();
      if (plain?.length !== out.length) {
        out.fill(0);
        return false;
      }
      out.set(plain);
      return true;
    },
  };
}

export class LooseCounters extends Counters {
  readonly #entries: StepEntries;

  constructor(rows: number, entries: StepEntries) {
    super(rows);
    this.#entries = entries;
  }

  override read(peer: PeerId, column: PeerColumn): number {
    return this.#entries.counters.get(`${peer} ${column}`) ?? 0;
  }
}
