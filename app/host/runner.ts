/**
 * The event thread's loop around a Node: feeds it inputs, drains its effects, arms one timer for its next deadline, and
 * looks at the clocks on each wake-up. It interprets nothing but the order of things; effects go to its owner.
 */
import type { NodeInput } from '../node/types.ts';
import type { DataplaneCommand } from '../ports/dataplane.ts';
import type { Effect } from '../ports/effects.ts';
import type { RecordedNode } from '../recorder/recorded-node.ts';
import type { Duration } from '../time/instant.ts';
import type { PowerEvent } from '../time/sleep-detector.ts';
import type { ClockChange, HostClock } from './clock.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { drain } from './drain.ts';
import type { LoopDelay } from './loop-delay.ts';
import type { WakeUps } from './wake-ups.ts';

export interface RunnerInit {
  readonly node: RecordedNode;
  readonly clock: HostClock;
  readonly wakeUps: WakeUps;
  readonly loop: LoopDelay;
  /** All commands of one drain, in order. */
  readonly commands: (commands: readonly DataplaneCommand[]) => void;
  /** Every other effect. Must not feed the runner before it returns. */
  readonly effect: (effect: Exclude<Effect, { readonly kind: 'dataplane' }>) => void;
  /** This thread saw a sleep: the packet thread's deadlines moved. */
  readonly onSlept: () => void;
}

export class Runner {
  readonly #init: RunnerInit;
  readonly #timer: DeadlineTimer;
  #commands: DataplaneCommand[] = [];

  constructor(init: RunnerInit) {
    this.#init = init;
    this.#timer = new DeadlineTimer(init.wakeUps, () => this.#due());
  }

  feed(input: NodeInput): void {
    this.feedAll([input]);
  }

  /** Several inputs of one wake-up: drained after each, then one wait. */
  feedAll(inputs: readonly NodeInput[]): void {
    this.checkClock();
    for (const input of inputs) this.#handle(input);
    this.#wait();
  }

  /** A mutation that is no input, such as packets for relays: what the node wants then is carried out. */
  drained(mutate: () => void): void {
    mutate();
    this.#drain();
    this.#wait();
  }

  /** Tells the node of a sleep or a set wall clock, if there was one. */
  checkClock(): void {
    this.#clockChanged(this.#init.clock.check());
  }

  /** What the system tells of its power, which may mean a sleep. */
  power(event: PowerEvent): void {
    this.#clockChanged(this.#init.clock.power(event));
  }

  #clockChanged(change: ClockChange | undefined): void {
    if (change === undefined) return;
    if (change.kind === 'wall-clock') {
      this.#handle(change);
    } else {
      this.slept(change.forMs);
      this.#init.onSlept();
    }
    this.#wait();
  }

  /** The packet thread saw a sleep. */
  slept(forMs: Duration): void {
    this.#timer.clear();
    this.#init.loop.slept();
    this.#handle({ kind: 'slept', forMs, wall: this.#init.clock.wall() });
    this.#wait();
  }

  /** No more deadlines. */
  close(): void {
    this.#timer.end();
  }

  #due(): void {
    this.checkClock();
    const now = this.#init.clock.now();
    const due = this.#init.node.nextDeadline();
    if (due !== undefined) this.#init.loop.deadline(now - due.at);
    this.#init.node.expire(now);
    this.#drain();
    this.#wait();
  }

  #handle(input: NodeInput): void {
    this.#init.node.handle(input, this.#init.clock.now());
    this.#drain();
  }

  #drain(): void {
    drain(this.#init.node, (effect) => {
      if (effect.kind === 'dataplane') this.#commands.push(effect.command);
      else this.#init.effect(effect);
    });
    if (this.#commands.length === 0) return;
    const commands = this.#commands;
    this.#commands = [];
    this.#init.commands(commands);
  }

  #wait(): void {
    this.#timer.arm(this.#init.node.nextDeadline(), this.#init.clock.now());
  }
}
