/**
 * Network monitors for naive runs of scenarios: the product's, each without one rule; and one that counts what the product's
 * says. Wrappers, so that the product has no switch. Callers: scenarios of faults in the system's network.
 */
import type { NetmonLike } from '../../node/network-watch.ts';
import type { NetmonInput, NetmonOutput } from '../../netmon/types.ts';
import type { OwnDevice } from '../../ports/os-watch.ts';
import type { Deadline } from '../../time/deadline.ts';
import type { Instant } from '../../time/instant.ts';

class Wrapper implements NetmonLike {
  readonly inner: NetmonLike;

  constructor(inner: NetmonLike) {
    this.inner = inner;
  }

  get device(): OwnDevice | undefined {
    return this.inner.device;
  }

  handle(input: NetmonInput, now: Instant): void {
    this.inner.handle(input, now);
  }

  poll(): NetmonOutput | undefined {
    return this.inner.poll();
  }

  nextDeadline(): Deadline | undefined {
    return this.inner.nextDeadline();
  }

  expire(now: Instant): void {
    this.inner.expire(now);
  }

  restate(): void {
    this.inner.restate();
  }
}

/** Tells each output to `heard` as it is taken. */
export class HeardNetmon extends Wrapper {
  readonly #heard: (output: NetmonOutput) => void;

  constructor(inner: NetmonLike, heard: (output: NetmonOutput) => void) {
    super(inner);
    this.#heard = heard;
  }

  override poll(): NetmonOutput | undefined {
    const output = this.inner.poll();
    if (output !== undefined) this.#heard(output);
    return output;
  }
}

/** Takes a look-up that found no route for a change of the network. */
export class MissIsChange extends Wrapper {
  #changed = false;

  override handle(input: NetmonInput, now: Instant): void {
    if (input.kind === 'event' && input.event.kind === 'miss') this.#changed = true;
    else this.inner.handle(input, now);
  }

  override poll(): NetmonOutput | undefined {
    const output = this.inner.poll();
    if (output !== undefined || !this.#changed) return output;
    this.#changed = false;
    return { kind: 'network', state: 'changed', weight: 'major' };
  }
}

/** Believes that its events are all that happens: what is lost, or falls while no source tells, is never found. */
export class EventsAreAll extends Wrapper {
  override handle(input: NetmonInput, now: Instant): void {
    if (input.kind === 'device-seen' || (input.kind === 'event' && (input.event.kind === 'lost' || input.event.kind === 'source-failed'))) return;
    // Devices are not in it: only events tell of them.
    if (input.kind === 'snapshot') this.inner.handle({ ...input, snapshot: { ...input.snapshot, links: [...input.snapshot.links, ...this.#believed(input)] } }, now);
    else this.inner.handle(input, now);
  }

  /** Its own device, which it takes to be there. */
  #believed({ snapshot }: Extract<NetmonInput, { kind: 'snapshot' }>): typeof snapshot.links {
    const device = this.inner.device;
    if (device === undefined || snapshot.links.some(({ index }) => index === device.index)) return [];
    return [{ ...device, up: true, running: true, kind: 'tunnel', mtu: 1_280 }];
  }
}
