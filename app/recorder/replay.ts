/**
 * Runs a recording again: a fresh node is fed what the recorded one was fed, its ports answer what they answered then, and after each
 * step it must have decided the same. It reaches nothing outside. What is wrong with a recording is a sentence in the
 * result, never a throw. Callers: `bowline replay`, tests, and whoever writes a recording and wants it proved.
 */
import { createTailnetMachines } from '../node/mesh/create-machines.ts';
import { Node } from '../node/node.ts';
import type { NodeView } from '../node/types.ts';
import { Damage } from './byte-reader.ts';
import { Cursor, type Unpack } from './cursor.ts';
import { Decisions } from './decisions.ts';
import { Player } from './player.ts';
import { OP, type Recording } from './recording.ts';
import { ReplayCounters, replayCrypto, replayRng } from './replay-ports.ts';
import { Scrubber } from './scrub.ts';

export type Replay = {
  /** Taken again, with the same decisions. */
  readonly steps: number;
  /** Of recorded time that was replayed. */
  readonly seconds: number;
  readonly traceHash: string;
} & (
  /** `view`: what the node shows at the end. */
  | { readonly kind: 'same'; readonly view: NodeView }
  /** `step` counts from 1; `input`: what came in; `why`: a phrase; `wanted`: kinds of effects that the replay has. */
  | { readonly kind: 'other'; readonly step: number; readonly input: string; readonly why: string; readonly wanted: readonly string[] }
);

export type Unplayable = { readonly kind: 'unplayable'; readonly why: string };

/** `unpack`: the other way of the recorder's `pack`; undefined when the bytes are not of it. */
export function replay(recording: Recording, unpack: Unpack): Replay | Unplayable {
  const beginning = withoutBeginning(recording);
  if (beginning !== undefined) return beginning;
  try {
    return play(recording, new Cursor(recording, unpack));
  } catch (error) {
    if (error instanceof Damage) return { kind: 'unplayable', why: `it is damaged: ${error.message}` };
    throw error;
  }
}

export function withoutBeginning({ droppedSteps }: Recording): Unplayable | undefined {
  if (droppedSteps === 0) return undefined;
  return { kind: 'unplayable', why: `its first ${droppedSteps} steps had no room any more, and a replay has to begin at the first one` };
}

function play(recording: Recording, cursor: Cursor): Replay {
  const decisions = new Decisions(new Scrubber());
  const counters = new ReplayCounters(recording.rows, cursor);
  const ports = { rng: replayRng(cursor), crypto: replayCrypto(cursor, decisions, (bytes) => bytes), counters };
  const node = new Node({
    rng: ports.rng,
    counters,
    createMachines: () => createTailnetMachines(ports),
    relayed: (region, peer, bytes) => decisions.relayed(region, peer, bytes.length),
  });
  const player = new Player({ cursor, counters, node });
  let wanted: string[] = [];
  const why = player.play(() => {
    wanted = [];
    for (let effect = node.poll(); effect !== undefined; effect = node.poll()) {
      wanted.push(effect.kind === 'dataplane' ? effect.command.kind : effect.kind);
      decisions.effect(effect);
    }
    return compare(cursor, decisions);
  });
  const end = { steps: player.steps, seconds: player.seconds, traceHash: decisions.digest() };
  if (why !== undefined) return { kind: 'other', ...end, step: player.steps + 1, input: player.input, why, wanted };
  if (end.traceHash !== recording.traceHash || end.steps !== recording.steps) throw new Damage('its steps are not those that it counted');
  try {
    return { kind: 'same', ...end, view: node.view(player.now) };
  } catch {
    throw new Damage('what it holds makes no sense');
  }
}

/** Undefined: as the run. */
function compare(cursor: Cursor, decisions: Decisions): string | undefined {
  const count = decisions.takeCount();
  if (!cursor.takes(OP.decided)) return count === 0 ? undefined : 'it decides something where the run decided nothing';
  const [recorded, word] = [cursor.from.count(), cursor.from.word()];
  if (recorded !== count) return `it decides ${count} things where the run decided ${recorded}`;
  return word === decisions.word ? undefined : 'it decides something else than the run';
}
