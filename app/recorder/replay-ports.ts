/**
 * The ports of a node that is replayed: they answer what the run was answered, in that order, without a key and without
 * chance. Asked for what the run did not ask for, they end the replay. Caller: replay.ts.
 */
import type { PeerId } from '../base/brand.ts';
import { Counters, type PeerColumn } from '../ports/counters.ts';
import type { Rng } from '../ports/rng.ts';
import { Parted, type Cursor } from './cursor.ts';
import type { Decisions } from './decisions.ts';
import type { NodeCrypto } from './recorded-ports.ts';
import { OP } from './recording.ts';
import { standInForSecret } from './values.ts';

/** Stands where a key was. */
const PLACEHOLDER = 7;

export function replayRng(cursor: Cursor): Rng {
  let drawn = 0;
  return {
    fill: (out) => void out.set(standInForSecret('drawn', ++drawn).subarray(0, out.length)),
    fillPublic: (out) => {
      cursor.must(OP.publicBytes, 'random bytes');
      put(out, cursor.from.bytes());
    },
    uint32: () => {
      cursor.must(OP.uint32, 'a random number');
      return cursor.from.word();
    },
    fraction: () => {
      cursor.must(OP.fraction, 'a random share');
      return cursor.from.float();
    },
  };
}

/** `change`: of what was in sealed messages. */
export function replayCrypto(cursor: Cursor, decisions: Pick<Decisions, 'sealed'>, change: (plain: Uint8Array) => Uint8Array): NodeCrypto {
  return {
    x25519Base: (_secret, out) => {
      cursor.must(OP.point, 'its public key');
      put(out, cursor.values.key());
    },
    boxKey: (_secret, _point, out) => {
      if (cursor.takes(OP.noBoxKey)) return false;
      cursor.must(OP.boxKey, 'a key that it shares with a peer');
      out.fill(PLACEHOLDER);
      return true;
    },
    boxSeal: (_key, _nonce, plain, out) => {
      decisions.sealed(plain);
      out.fill(0);
    },
    boxOpen: (_key, _nonce, _sealed, out) => {
      if (cursor.takes(OP.notOpened)) {
        out.fill(0);
        return false;
      }
      cursor.must(OP.opened, 'what is in a sealed message');
      put(out, change(cursor.from.bytes()));
      return true;
    },
  };
}

function put(out: Uint8Array, recorded: Uint8Array): void {
  if (out.length !== recorded.length) throw new Parted('it asks for other bytes than the run did');
  out.set(recorded);
}

/** As the run read them: a change stands where it was first seen. */
export class ReplayCounters extends Counters {
  readonly #cursor: Cursor;
  readonly #known = new Map<string, number>();
  isInStep = false;

  constructor(rows: number, cursor: Cursor) {
    super(rows);
    this.#cursor = cursor;
  }

  override read(peer: PeerId, column: PeerColumn): number {
    const cell = `${peer} ${column}`;
    if (this.isInStep && this.#cursor.takes(OP.counter)) {
      const at = this.#cursor.from.count();
      const changed = `${at} ${String(this.#cursor.values.read())}`;
      this.#known.set(changed, this.#cursor.from.float());
    }
    return this.#known.get(cell) ?? 0;
  }
}
