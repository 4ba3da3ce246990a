/**
 * Feeds a recording to a node, step by step: what came in, at its time, with the ports of replay-ports.ts behind the node. It judges
 * nothing: what follows a step is for whoever plays. Damage of a recording is thrown within this folder. Callers: replay.ts,
 * rewrite.ts, accept.ts.
 */
import type { PeerId } from '../base/brand.ts';
import type { NodeInput } from '../node/types.ts';
import type { RelayLinkEvent } from '../ports/relay-link.ts';
import type { Deadline } from '../time/deadline.ts';
import type { Instant } from '../time/instant.ts';
import { Damage } from './byte-reader.ts';
import { Parted, type Cursor } from './cursor.ts';
import { TICKS_A_MS } from './journal.ts';
import { OP } from './recording.ts';
import { readRelayChunk } from './relay-stream.ts';
import type { ReplayCounters } from './replay-ports.ts';

export interface Playable {
  handle(input: NodeInput, now: Instant): void;
  expire(now: Instant): void;
  sendRelayed(region: number, peer: PeerId, bytes: Uint8Array, now: Instant): void;
  flushRelayed(now: Instant): void;
  nextDeadline(): Deadline | undefined;
}

export interface PlayerInit {
  readonly cursor: Cursor;
  readonly node: Playable;
  /** Told whether a step is being taken. */
  readonly counters?: ReplayCounters;
  /** What the node is fed instead. */
  readonly change?: (input: NodeInput) => NodeInput;
  /** Called when what came in was read, before the node is fed. */
  readonly read?: () => void;
}

const MS_A_SECOND = 1_000;
const PACKET_AT_MOST = 65_536;

export class Player {
  readonly #init: PlayerInit;
  /** Steps that are over. */
  steps = 0;
  /** What came in with the step that is played, for a person. */
  input = 'nothing';
  #last = 0;
  #began: number | undefined;

  constructor(init: PlayerInit) {
    this.#init = init;
  }

  get now(): Instant {
    return (this.#last / TICKS_A_MS) as Instant;
  }

  /** Of recorded time, so far. */
  get seconds(): number {
    return (this.now - (this.#began ?? this.now)) / MS_A_SECOND;
  }

  /** Plays all, or up to the first step of which `judge` has something to say: returned with it. `judge` drains the node. */
  play(judge: () => string | undefined): string | undefined {
    for (let step = this.#init.cursor.nextStep(); step !== undefined; step = this.#init.cursor.nextStep()) {
      if (step.isFirstOfSegment) this.#last = 0;
      const why = this.#step(step.op, judge);
      if (why !== undefined) return why;
      this.steps++;
    }
    return undefined;
  }

  #step(op: number, judge: () => string | undefined): string | undefined {
    this.#time();
    const act = this.#act(op, this.now);
    this.#init.read?.();
    this.#inStep(true);
    try {
      act();
      const why = judge();
      const next = this.#init.cursor.from.peek();
      const isAtStep = next === undefined || next <= OP.relayWritten;
      return why ?? (isAtStep ? undefined : 'it does not ask for all that the run asked for');
    } catch (error) {
      if (error instanceof Damage) throw error;
      if (error instanceof Parted) return error.message;
      return `it throws: ${error instanceof Error ? error.message : 'something'}`;
    } finally {
      this.#inStep(false);
    }
  }

  #inStep(isIn: boolean): void {
    if (this.#init.counters !== undefined) this.#init.counters.isInStep = isIn;
  }

  #time(): void {
    const coded = this.#init.cursor.from.count();
    this.#last += coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
    this.#began ??= this.now;
  }

  /** Reads the step whole; the act is done when it is called. */
  #act(op: number, now: Instant): () => void {
    const { from, values } = this.#init.cursor;
    switch (op) {
      case OP.handle: {
        // What the file holds, unchecked: a node that is fed nonsense throws, which is told.
        const input = values.read() as NodeInput;
        this.input = nameOf(input) ?? 'nonsense';
        return () => this.#init.node.handle(this.#init.change?.(input) ?? input, now);
      }
      case OP.expire:
        this.input = `deadline (${this.#init.node.nextDeadline()?.why ?? 'none'})`;
        return () => this.#init.node.expire(now);
      case OP.relayed: {
        this.input = 'packets for a relay';
        const [region, peer, length, first, count] = [from.count(), from.count() as PeerId, from.count(), from.count(), from.count()];
        if (length > PACKET_AT_MOST) throw new Damage('a packet is too long');
        const bytes = new Uint8Array(length);
        if (length > 0) bytes[0] = first;
        return () => {
          for (let i = 0; i < count; i++) this.#init.node.sendRelayed(region, peer, bytes, now);
        };
      }
      case OP.flush:
        this.input = 'end of packets for relays';
        return () => this.#init.node.flushRelayed(now);
      case OP.relayData: {
        const event: RelayLinkEvent = { kind: 'data', generation: from.count(), bytes: readRelayChunk(from, values) };
        this.input = 'relay-link: data';
        return () => this.#init.node.handle({ kind: 'relay-link', event }, now);
      }
      case OP.relayWritten: {
        const event: RelayLinkEvent = { kind: 'written', generation: from.count(), bytes: from.count() };
        this.input = 'relay-link: written';
        return () => this.#init.node.handle({ kind: 'relay-link', event }, now);
      }
      default:
        throw new Damage('a step of an unknown kind');
    }
  }
}

/** `fact: session`, for a person. Undefined: not even that is known. */
function nameOf(input: Partial<NodeInput> | undefined | null): string | undefined {
  if (input?.kind === 'fact') return `fact: ${input.fact?.kind}`;
  if (input?.kind === 'control-link' || input?.kind === 'relay-link') return `${input.kind}: ${input.event?.kind}`;
  return input?.kind;
}
