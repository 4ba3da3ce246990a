/**
 * The ports of a node whose run is recorded: each does what the real one does, and keeps the answer where it is no secret, so
 * that a replay can answer the same without keys. Random bytes that may be a key, and box keys, are never kept. Caller:
 * recorded-node.ts.
 */
import type { PeerId } from '../base/brand.ts';
import { Counters, type PeerColumn } from '../ports/counters.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Rng } from '../ports/rng.ts';
import type { Decisions } from './decisions.ts';
import type { Journal } from './journal.ts';
import { OP } from './recording.ts';

/** What the machines of the event thread use of it. */
export type NodeCrypto = Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen' | 'x25519Base'>;

export function recordRng(rng: Rng, journal: Journal): Rng {
  return {
    fill: (out) => rng.fill(out),
    fillPublic: (out) => {
      rng.fillPublic(out);
      journal.entry(OP.publicBytes);
      journal.out.bytes(out);
    },
    uint32: () => {
      const value = rng.uint32();
      journal.entry(OP.uint32);
      journal.out.word(value);
      return value;
    },
    fraction: () => {
      const value = rng.fraction();
      journal.entry(OP.fraction);
      journal.out.float(value);
      return value;
    },
  };
}

export function recordCrypto(crypto: NodeCrypto, journal: Journal, decisions: Decisions): NodeCrypto {
  return {
    // A public key of ours.
    x25519Base: (secret, out) => {
      crypto.x25519Base(secret, out);
      journal.entry(OP.point);
      journal.values.key(out);
    },
    boxKey: (secret, point, out) => {
      const isUsable = crypto.boxKey(secret, point, out);
      journal.entry(isUsable ? OP.boxKey : OP.noBoxKey);
      return isUsable;
    },
    boxSeal: (key, nonce, plain, out) => {
      decisions.sealed(plain);
      crypto.boxSeal(key, nonce, plain, out);
    },
    boxOpen: (key, nonce, sealed, out) => {
      const isAuthentic = crypto.boxOpen(key, nonce, sealed, out);
      journal.entry(isAuthentic ? OP.opened : OP.notOpened);
      if (isAuthentic) journal.out.bytes(out);
      return isAuthentic;
    },
  };
}

/** The packet thread writes while the node reads: within one step, a cell that was read does not change. */
export class RecordedCounters extends Counters {
  readonly #source: Counters;
  readonly #journal: Journal;
  readonly #known = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  #isInStep = false;

  constructor(counters: Counters, journal: Journal) {
    super(counters.rows, counters.buffer);
    this.#source = counters;
    this.#journal = journal;
  }

  stepBegins(): void {
    this.#isInStep = true;
  }

  stepEnded(): void {
    this.#isInStep = false;
    if (this.#seen.size > 0) this.#seen.clear();
  }

  override read(peer: PeerId, column: PeerColumn): number {
    if (!this.#isInStep) return this.#source.read(peer, column);
    const cell = `${peer} ${column}`;
    const seen = this.#seen.get(cell);
    if (seen !== undefined) return seen;
    const value = this.#source.read(peer, column);
    this.#seen.set(cell, value);
    if (value !== (this.#known.get(cell) ?? 0)) {
      this.#known.set(cell, value);
      this.#journal.entry(OP.counter);
      this.#journal.out.count(peer);
      this.#journal.values.write(column, 'kind');
      this.#journal.out.float(value);
    }
    return value;
  }
}
