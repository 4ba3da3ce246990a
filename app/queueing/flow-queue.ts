/**
 * Fair queueing with controlled delay (FQ-CoDel, RFC 8290) over packets that lie elsewhere: it orders numbers of slots.
 * Flows take turns by bytes; a flow that sends little goes first, so a ping does not wait behind a download; within a flow
 * the order stays. Each flow has its own CoDel. All memory is made once. Pure; caller: the fast mover.
 *
 * `push` a slot with its flow and length; `shift` gives the next slot. `overdue` then says whether CoDel asks to drop or
 * mark (part of) it.
 */
import type { Instant } from '../time/instant.ts';
import { Codel, type CodelRule } from './codel.ts';

export interface FlowQueueInit {
  /** Slots are numbered from 0 to this less one. */
  readonly slots: number;
  /** Queues; a power of two. Flows whose hashes meet share one. */
  readonly flows: number;
  /** Bytes a flow may send in a turn. */
  readonly quantum: number;
  readonly codel: CodelRule;
}

const NONE = -1;
/** On which list a flow stands. */
const IDLE = 0;
const NEW = 1;
const OLD = 2;

export class FlowQueue {
  /** Of the last `shift`. */
  overdue = false;
  readonly #mask: number;
  readonly #quantum: number;
  readonly #next: Int32Array;
  readonly #length: Int32Array;
  readonly #arrived: Float64Array;
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  readonly #deficit: Int32Array;
  readonly #list: Uint8Array;
  readonly #after: Int32Array;
  readonly #codels: readonly Codel[];
  /** First and last flow of each list. */
  readonly #first = Int32Array.of(NONE, NONE, NONE);
  readonly #last = Int32Array.of(NONE, NONE, NONE);
  #size = 0;

  constructor({ slots, flows, quantum, codel }: FlowQueueInit) {
    this.#mask = flows - 1;
    this.#quantum = quantum;
    this.#next = new Int32Array(slots);
    this.#length = new Int32Array(slots);
    this.#arrived = new Float64Array(slots);
    this.#head = new Int32Array(flows).fill(NONE);
    this.#tail = new Int32Array(flows).fill(NONE);
    this.#deficit = new Int32Array(flows);
    this.#list = new Uint8Array(flows);
    this.#after = new Int32Array(flows);
    this.#codels = Array.from({ length: flows }, () => new Codel(codel));
  }

  /** Slots that wait. */
  get size(): number {
    return this.#size;
  }

  /** Slot must not be waiting already. `length` in bytes. */
  push(slot: number, hash: number, length: number, now: Instant): void {
    const flow = hash & this.#mask;
    this.#next[slot] = NONE;
    this.#length[slot] = length;
    this.#arrived[slot] = now;
    if (this.#head[flow] === NONE) this.#head[flow] = slot;
    else this.#next[this.#tail[flow]!] = slot;
    this.#tail[flow] = slot;
    this.#size++;
    if (this.#list[flow] !== IDLE) return;
    this.#deficit[flow] = this.#quantum;
    this.#append(NEW, flow);
  }

  /** The next slot, or -1. It is the caller's from here on. */
  shift(now: Instant): number {
    for (;;) {
      const list = this.#first[NEW] === NONE ? OLD : NEW;
      const flow = this.#first[list]!;
      if (flow === NONE) return NONE;
      if (this.#deficit[flow]! <= 0) {
        this.#deficit[flow]! += this.#quantum;
        this.#removeFirst(list);
        this.#append(OLD, flow);
        continue;
      }
      const slot = this.#head[flow]!;
      if (slot === NONE) {
        this.#removeFirst(list);
        // A flow that ran dry stays one turn more, or it would be new again with its next packet and never wait for others.
        if (list === NEW && this.#first[OLD] !== NONE) this.#append(OLD, flow);
        else this.#list[flow] = IDLE;
        continue;
      }
      this.#head[flow] = this.#next[slot]!;
      this.#deficit[flow]! -= this.#length[slot]!;
      this.#size--;
      this.overdue = this.#codels[flow]!.judge(now - this.#arrived[slot]!, this.#head[flow] === NONE, now);
      return slot;
    }
  }

  #append(list: number, flow: number): void {
    this.#list[flow] = list;
    this.#after[flow] = NONE;
    if (this.#first[list] === NONE) this.#first[list] = flow;
    else this.#after[this.#last[list]!] = flow;
    this.#last[list] = flow;
  }

  #removeFirst(list: number): void {
    this.#first[list] = this.#after[this.#first[list]!]!;
  }
}
