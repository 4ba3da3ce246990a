/**
 * Takes a recording over: feeds it to the program as it is now, whatever that decides, and records that anew. A fault that was mended
 * decides otherwise than its recording; what is kept then is how it is decided now, and a test holds the program to it.
 * Callers: `bowline replay --accept`.
 */
import { createTailnetMachines } from '../node/mesh/create-machines.ts';
import { Damage } from './byte-reader.ts';
import { Cursor, type Unpack } from './cursor.ts';
import { LooseCounters, looseCrypto, looseRng, StepEntries } from './loose-ports.ts';
import { Player } from './player.ts';
import { RecordedNode } from './recorded-node.ts';
import type { Recording } from './recording.ts';
import { withoutBeginning, type Unplayable } from './replay.ts';

export function accept(recording: Recording, { pack, unpack }: { readonly pack: (bytes: Uint8Array) => Uint8Array; readonly unpack: Unpack }): Recording | Unplayable {
  const beginning = withoutBeginning(recording);
  if (beginning !== undefined) return beginning;
  const entries = new StepEntries();
  const cursor = new Cursor(recording, unpack);
  const counters = new LooseCounters(recording.rows, entries);
  const node = new RecordedNode({ version: recording.version, capacity: Number.POSITIVE_INFINITY, pack, rng: looseRng(entries), crypto: looseCrypto(entries), counters, createMachines: createTailnetMachines });
  const player = new Player({ cursor, node, read: () => entries.take(cursor) });
  try {
    const why = player.play(() => {
      let effect = node.poll();
      while (effect !== undefined) effect = node.poll();
      return undefined;
    });
    return why === undefined ? node.recording() : { kind: 'unplayable', why: `step ${player.steps + 1} ("${player.input}"): ${why}` };
  } catch (error) {
    if (error instanceof Damage) return { kind: 'unplayable', why: `it is damaged: ${error.message}` };
    throw error;
  }
}
