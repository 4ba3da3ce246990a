/**
 * Runs a recording again: a fresh node is fed what the recorded one was fed, its ports answer what they answered then, and after each
 * step it must have decided the same. It reaches nothing outside. What is wrong with a recording is a sentence in the
 * result, never a throw. Callers: `bowline replay`, tests, and whoever writes a recording and wants it proved.
 */
import type { PeerId } from '../base/brand.ts';
import { createTailnetMachines } from '../node/mesh/create-machines.ts';
import { Node } from '../node/node.ts';
import type { NodeInput, NodeView } from '../node/types.ts';
import type { RelayLinkEvent } from '../ports/relay-link.ts';
import type { Instant } from '../time/instant.ts';
import { Damage } from './byte-reader.ts';
import { Cursor, Parted, type Unpack } from './cursor.ts';
import { Decisions } from './decisions.ts';
import { TICKS_A_MS } from './journal.ts';
import { OP, type Recording } from './recording.ts';
import { readRelayChunk } from './relay-stream.ts';
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

const MS_A_SECOND = 1_000;

/** `unpack`: the other way of the recorder's `pack`; undefined when the bytes are not of it. */
export function replay(recording: Recording, unpack: Unpack): Replay | Unplayable {
  if (recording.droppedSteps > 0) {
    return { kind: 'unplayable', why: `its first ${recording.droppedSteps} steps had no room any more, and a replay has to begin at the first one` };
  }
  const player = new Player(recording, unpack);
  try {
    return player.play();
  } catch (error) {
    if (error instanceof Damage) return { kind: 'unplayable', why: `it is damaged: ${error.message}` };
    throw error;
  }
}

class Player {
  readonly #recording: Recording;
  readonly #cursor: Cursor;
  readonly #decisions: Decisions;
  readonly #counters: ReplayCounters;
  readonly #node: Node;
  #steps = 0;
  #last = 0;
  #began: number | undefined;
  #input = 'nothing';
  #wanted: string[] = [];

  constructor(recording: Recording, unpack: Unpack) {
    this.#recording = recording;
    this.#cursor = new Cursor(recording, unpack);
    this.#decisions = new Decisions(new Scrubber());
    this.#counters = new ReplayCounters(recording.rows, this.#cursor);
    const ports = { rng: replayRng(this.#cursor), crypto: replayCrypto(this.#cursor, this.#decisions), counters: this.#counters };
    this.#node = new Node({
      rng: ports.rng,
      counters: ports.counters,
      createMachines: () => createTailnetMachines(ports),
      relayed: (region, peer, bytes) => this.#decisions.relayed(region, peer, bytes.length),
    });
  }

  play(): Replay {
    for (let step = this.#cursor.nextStep(); step !== undefined; step = this.#cursor.nextStep()) {
      if (step.isFirstOfSegment) this.#last = 0;
      const why = this.#step(step.op);
      if (why !== undefined) return { kind: 'other', ...this.#end(), step: this.#steps + 1, input: this.#input, why, wanted: this.#wanted };
      this.#steps++;
    }
    const end = this.#end();
    if (end.traceHash === this.#recording.traceHash && end.steps === this.#recording.steps) return { kind: 'same', ...end, view: this.#view() };
    throw new Damage('its steps are not those that it counted');
  }

  #view(): NodeView {
    try {
      return this.#node.view((this.#last / TICKS_A_MS) as Instant);
    } catch {
      throw new Damage('what it holds makes no sense');
    }
  }

  #end(): Pick<Replay, 'steps' | 'seconds' | 'traceHash'> {
    const now = this.#last / TICKS_A_MS;
    return { steps: this.#steps, seconds: (now - (this.#began ?? now)) / MS_A_SECOND, traceHash: this.#decisions.digest() };
  }

  /** Undefined: as it was. */
  #step(op: number): string | undefined {
    const now = this.#time();
    this.#wanted = [];
    const act = this.#act(op, now);
    this.#counters.isInStep = true;
    try {
      act();
      for (let effect = this.#node.poll(); effect !== undefined; effect = this.#node.poll()) {
        this.#wanted.push(effect.kind === 'dataplane' ? effect.command.kind : effect.kind);
        this.#decisions.effect(effect);
      }
      return this.#compare();
    } catch (error) {
      if (error instanceof Damage) throw error;
      if (error instanceof Parted) return error.message;
      return `it throws: ${error instanceof Error ? error.message : 'something'}`;
    } finally {
      this.#counters.isInStep = false;
    }
  }

  #compare(): string | undefined {
    const cursor = this.#cursor;
    const count = this.#decisions.takeCount();
    if (!cursor.takes(OP.decided)) {
      if (count > 0) return 'it decides something where the run decided nothing';
      return this.#isAtStep() ? undefined : 'it does not ask for all that the run asked for';
    }
    const [recorded, word] = [cursor.from.count(), cursor.from.word()];
    if (recorded !== count) return `it decides ${count} things where the run decided ${recorded}`;
    if (word !== this.#decisions.word) return 'it decides something else than the run';
    return this.#isAtStep() ? undefined : 'it does not ask for all that the run asked for';
  }

  #isAtStep(): boolean {
    const next = this.#cursor.from.peek();
    return next === undefined || next <= OP.relayWritten;
  }

  #time(): Instant {
    const coded = this.#cursor.from.count();
    this.#last += coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
    const now = this.#last / TICKS_A_MS;
    this.#began ??= now;
    return now as Instant;
  }

  /** Reads the step whole; the act is done when it is called. */
  #act(op: number, now: Instant): () => void {
    const { from, values } = this.#cursor;
    switch (op) {
      case OP.handle: {
        // What the file holds, unchecked: a node that is fed nonsense throws, which the caller tells.
        const input = values.read() as NodeInput;
        this.#input = nameOf(input) ?? 'nonsense';
        return () => this.#node.handle(input, now);
      }
      case OP.expire: {
        this.#input = `deadline (${this.#node.nextDeadline()?.why ?? 'none'})`;
        return () => this.#node.expire(now);
      }
      case OP.relayed: {
        this.#input = 'packets for a relay';
        const [region, peer, length, first, count] = [from.count(), from.count() as PeerId, from.count(), from.count(), from.count()];
        if (length > PACKET_AT_MOST) throw new Damage('a packet is too long');
        const bytes = new Uint8Array(length);
        if (length > 0) bytes[0] = first;
        return () => {
          for (let i = 0; i < count; i++) this.#node.sendRelayed(region, peer, bytes, now);
        };
      }
      case OP.flush:
        this.#input = 'end of packets for relays';
        return () => this.#node.flushRelayed(now);
      case OP.relayData: {
        const event: RelayLinkEvent = { kind: 'data', generation: from.count(), bytes: readRelayChunk(from, values) };
        this.#input = 'relay-link: data';
        return () => this.#node.handle({ kind: 'relay-link', event }, now);
      }
      case OP.relayWritten: {
        const event: RelayLinkEvent = { kind: 'written', generation: from.count(), bytes: from.count() };
        this.#input = 'relay-link: written';
        return () => this.#node.handle({ kind: 'relay-link', event }, now);
      }
      default:
        throw new Damage('a step of an unknown kind');
    }
  }
}

const PACKET_AT_MOST = 65_536;

/** `fact: session`, for a person. Undefined: not even that is known. */
function nameOf(input: Partial<NodeInput> | undefined | null): string | undefined {
  if (input?.kind === 'fact') return `fact: ${input.fact?.kind}`;
  if (input?.kind === 'control-link' || input?.kind === 'relay-link') return `${input.kind}: ${input.event?.kind}`;
  return input?.kind;
}
