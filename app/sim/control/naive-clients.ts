/**
 * Control clients with one rule of the product switched off, by a wrapper that undoes what the rule does: they show that
 * the scenarios about that rule can fail. Callers: control-scenarios.ts.
 */
import { Control } from '../../control/control.ts';
import type { ControlInit, ControlInput, ControlLike, ControlOutput } from '../../control/types.ts';
import { earlier, type Deadline } from '../../time/deadline.ts';
import { after, seconds, type Instant } from '../../time/instant.ts';

export const fedByTransport = (init: ControlInit): ControlLike => new FedByTransport(init);

/** The fault as it was: a watchdog fed by a transport that says ESTABLISHED. */
class FedByTransport implements ControlLike {
  readonly #inner: Control;
  #stream: number | undefined;
  #feedAt: Instant | undefined;

  constructor(init: ControlInit) {
    this.#inner = new Control(init);
  }

  get state(): ControlLike['state'] {
    return this.#inner.state;
  }

  get view(): ControlLike['view'] {
    return this.#inner.view;
  }

  get counts(): ControlLike['counts'] {
    return this.#inner.counts;
  }

  handle(input: ControlInput, now: Instant): void {
    this.#feedAt ??= after(now, seconds(60));
    this.#inner.handle(input, now);
  }

  poll(): ControlOutput | undefined {
    const output = this.#inner.poll();
    if (output?.kind === 'link' && output.command.kind === 'request' && output.command.form === 'stream') this.#stream = output.command.id;
    return output;
  }

  nextDeadline(): Deadline | undefined {
    return earlier(this.#inner.nextDeadline(), this.#feedAt === undefined ? undefined : { at: this.#feedAt, why: 'TCP says it is alive' });
  }

  expire(now: Instant): void {
    if (this.#feedAt !== undefined && this.#feedAt <= now) {
      this.#feedAt = after(now, seconds(60));
      if (this.#stream !== undefined) this.#inner.handle({ kind: 'link', event: { kind: 'message', id: this.#stream, text: '{"KeepAlive":true}' } }, now);
    }
    this.#inner.expire(now);
  }
}
