/**
 * Makes of a recording one that may leave this computer: plays it into a recorded node with stand-ins for names and addresses
 * of the internet, so that the new recording is a true run of its own with the same decisions. Where the node would decide otherwise because of
 * another name, it says so and gives nothing. Callers: whoever writes a report.
 */
import { createTailnetMachines } from '../node/mesh/create-machines.ts';
import { Damage } from './byte-reader.ts';
import { Cursor, type Unpack } from './cursor.ts';
import { Player } from './player.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { RecordedNode } from './recorded-node.ts';
import { OP, type Recording } from './recording.ts';
import { renamedInput, renamedPlain } from './rename.ts';
import { withoutBeginning, type Unplayable } from './replay.ts';
import { ReplayCounters, replayCrypto, replayRng } from './replay-ports.ts';

export function rewrite(recording: Recording, names: Pseudonyms, { pack, unpack }: { readonly pack: (bytes: Uint8Array) => Uint8Array; readonly unpack: Unpack }): Recording | Unplayable {
  const beginning = withoutBeginning(recording);
  if (beginning !== undefined) return beginning;
  const cursor = new Cursor(recording, unpack);
  const counters = new ReplayCounters(recording.rows, cursor);
  const node = new RecordedNode({
    version: recording.version,
    capacity: Number.POSITIVE_INFINITY,
    pack,
    rng: replayRng(cursor),
    crypto: replayCrypto(cursor, { sealed: () => {} }, (plain) => renamedPlain(plain, names)),
    counters,
    createMachines: createTailnetMachines,
  });
  const player = new Player({ cursor, counters, node, change: (input) => renamedInput(input, names) });
  try {
    const why = player.play(() => {
      let effect = node.poll();
      while (effect !== undefined) effect = node.poll();
      const recorded = cursor.takes(OP.decided) ? cursor.from.count() : 0;
      if (recorded > 0) cursor.from.word();
      return recorded === node.decidedLast ? undefined : `it decides ${node.decidedLast} things where the run decided ${recorded}`;
    });
    return why === undefined ? node.recording() : { kind: 'unplayable', why: `with stand-ins for names, step ${player.steps + 1} ("${player.input}") is another: ${why}` };
  } catch (error) {
    if (error instanceof Damage) return { kind: 'unplayable', why: `it is damaged: ${error.message}` };
    throw error;
  }
}
