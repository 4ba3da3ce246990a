/**
 * A node whose run is recorded: takes what a Node takes, passes it on, and keeps it (without secrets) in a bounded ring, with a
 * fingerprint of what the node decided after each step. A replay needs nothing else. Callers: the engine of the host and
 * the simulator, in place of a Node.
 */
import type { PeerId } from '../base/brand.ts';
import { RingQueue } from '../base/ring.ts';
import type { TailnetMachines } from '../node/mesh/machines.ts';
import { Node } from '../node/node.ts';
import type { FilterVerdictView, FlowQuestion, NodeAudit, NodeInput, NodeView } from '../node/types.ts';
import type { Counters } from '../ports/counters.ts';
import type { Effect } from '../ports/effects.ts';
import type { Rng } from '../ports/rng.ts';
import type { Deadline, Machine } from '../time/deadline.ts';
import type { Instant } from '../time/instant.ts';
import { Decisions } from './decisions.ts';
import { keptOf } from './inputs.ts';
import { Journal, RECORDING_BYTES, roundUp } from './journal.ts';
import { RecordedCounters, recordCrypto, recordRng, type NodeCrypto } from './recorded-ports.ts';
import { OP, type Recording } from './recording.ts';
import { RelayStreams } from './relay-stream.ts';
import { Scrubber } from './scrub.ts';

/** What the machines of a recorded node may use. */
export interface NodePorts {
  readonly rng: Rng;
  readonly crypto: NodeCrypto;
  readonly counters: Counters;
}

export interface RecordedNodeInit extends NodePorts {
  /** Of Bowline. */
  readonly version: string;
  /** As of Node; the machines have to use these ports and no others. */
  readonly createMachines?: (ports: NodePorts) => TailnetMachines;
  readonly relayed?: (region: number, peer: PeerId, bytes: Uint8Array) => void;
  /** Bytes of the ring. */
  readonly capacity?: number;
  /** As of JournalInit. */
  readonly pack?: (bytes: Uint8Array) => Uint8Array;
}

const EFFECTS_WAITING = 65_536;

export class RecordedNode implements Machine<NodeInput, Effect> {
  readonly #version: string;
  readonly #scrub = new Scrubber();
  readonly #journal: Journal;
  readonly #decisions = new Decisions(this.#scrub);
  readonly #counters: RecordedCounters;
  readonly #streams = new RelayStreams();
  readonly #effects = new RingQueue<Effect>(EFFECTS_WAITING);
  readonly #node: Node;
  #decidedLast = 0;

  constructor(init: RecordedNodeInit) {
    const { createMachines, relayed, pack } = init;
    this.#version = init.version;
    const journal = new Journal({ capacity: init.capacity ?? RECORDING_BYTES, scrub: this.#scrub, ...(pack === undefined ? {} : { pack }) });
    this.#journal = journal;
    this.#counters = new RecordedCounters(init.counters, journal);
    const ports: NodePorts = { rng: recordRng(init.rng, journal), crypto: recordCrypto(init.crypto, journal, this.#decisions), counters: this.#counters };
    this.#node = new Node({
      rng: ports.rng,
      counters: ports.counters,
      ...(createMachines === undefined ? {} : { createMachines: () => createMachines(ports) }),
      relayed: (region, peer, bytes) => {
        this.#decisions.relayed(region, peer, bytes.length);
        relayed?.(region, peer, bytes);
      },
    });
  }

  handle(input: NodeInput, now: Instant): void {
    const at = roundUp(now);
    this.#note(input, at);
    this.#take(() => this.#node.handle(input, at));
  }

  /** What is not due is not asked. */
  expire(now: Instant): void {
    const at = roundUp(now);
    const due = this.#node.nextDeadline();
    if (due === undefined || due.at > at) return;
    this.#journal.step(OP.expire, at);
    this.#take(() => this.#node.expire(at));
  }

  sendRelayed(region: number, peer: PeerId, bytes: Uint8Array, now: Instant): void {
    const at = roundUp(now);
    this.#decidedLast = 0;
    this.#journal.relayed(region, peer, bytes, at);
    this.#counters.stepBegins();
    this.#node.sendRelayed(region, peer, bytes, at);
    this.#counters.stepEnded();
  }

  flushRelayed(now: Instant): void {
    const at = roundUp(now);
    this.#journal.step(OP.flush, at);
    this.#take(() => this.#node.flushRelayed(at));
  }

  poll(): Effect | undefined {
    return this.#effects.shift();
  }

  nextDeadline(): Deadline | undefined {
    return this.#node.nextDeadline();
  }

  /** What is held of the run, for a replay. */
  recording(): Recording {
    return this.#journal.recording({ version: this.#version, rows: this.#counters.rows, traceHash: this.#decisions.digest() });
  }

  /** Things that were decided in the last step. */
  get decidedLast(): number {
    return this.#decidedLast;
  }

  /** Bytes that the recording takes. */
  get recordedBytes(): number {
    return this.#journal.size;
  }

  get teardowns(): number {
    return this.#node.teardowns;
  }

  peerIds(): PeerId[] {
    return this.#node.peerIds();
  }

  peerNamed(text: string): PeerId | undefined {
    return this.#node.peerNamed(text);
  }

  whyFlow(id: PeerId, question: FlowQuestion): FilterVerdictView | undefined {
    return this.#node.whyFlow(id, question);
  }

  audit(): NodeAudit {
    return this.#node.audit();
  }

  view(now: Instant): NodeView {
    return this.#node.view(now);
  }

  #note(input: NodeInput, at: Instant): void {
    const journal = this.#journal;
    const event = input.kind === 'relay-link' ? input.event : undefined;
    if (event?.kind === 'data') {
      journal.step(OP.relayData, at);
      journal.out.count(event.generation);
      this.#streams.of(event.generation).write(event.bytes, journal.out, journal.values);
    } else if (event?.kind === 'written') {
      journal.step(OP.relayWritten, at);
      journal.out.count(event.generation);
      journal.out.count(event.bytes);
    } else {
      if (event?.kind === 'lost') this.#streams.ended(event.generation);
      journal.step(OP.handle, at);
      journal.values.write(keptOf(input, this.#scrub), 'kind');
    }
  }

  /** One step, drained at once: its decisions are its own. */
  #take(step: () => void): void {
    this.#counters.stepBegins();
    step();
    this.#counters.stepEnded();
    for (let effect = this.#node.poll(); effect !== undefined; effect = this.#node.poll()) {
      this.#decisions.effect(effect);
      if (effect.kind === 'relay-link' && effect.command.kind === 'close') this.#streams.ended(effect.command.generation);
      if (!this.#effects.push(effect)) throw new Error('effects are not drained: the interpreter must poll after each input');
    }
    const count = this.#decisions.takeCount();
    this.#decidedLast = count;
    if (count === 0) return;
    this.#journal.entry(OP.decided);
    this.#journal.out.count(count);
    this.#journal.out.word(this.#decisions.word);
  }
}
