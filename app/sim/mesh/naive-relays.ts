/**
 * Relay machines with one rule of the product switched off, by a wrapper that undoes what the rule does: they show that the
 * scenario about that rule can fail. Callers: stale-relay.ts.
 */
import type { RelayInput, RelayOutput, RelayRegionState, RelaySink } from '../../relay/types.ts';
import type { RelaysLike } from '../../node/mesh/machines.ts';
import type { RelayLinkEvent } from '../../ports/relay-link.ts';
import { earlier, type Deadline } from '../../time/deadline.ts';
import { after, seconds, type Instant } from '../../time/instant.ts';
import { DERP, DerpReader, DerpWriter } from '../../wire/derp.ts';
import { createEngine, type EngineFactory } from '../engine.ts';

const NOWHERE: RelaySink = { packet: () => undefined, peerGone: () => undefined };

/** Nothing makes a connection stale but its own end: "the socket says ESTABLISHED". */
export const trustsTheSocket: EngineFactory = (init) => createEngine({ ...init, adapt: (machines) => (init.adapt ?? ((same) => same))({ ...machines, relays: new FedByTransport(machines.relays) }) });

/** Each question whether a connection lives is answered by the transport itself, and so is silence. */
class FedByTransport implements RelaysLike {
  readonly #inner: RelaysLike;
  readonly #readers = new Map<number, DerpReader>();
  readonly #joined = new Set<number>();
  #now: Instant | undefined;
  #feedAt: Instant | undefined;

  constructor(inner: RelaysLike) {
    this.#inner = inner;
  }

  get teardowns(): number {
    return this.#inner.teardowns;
  }

  state(region: number): RelayRegionState {
    return this.#inner.state(region);
  }

  handle(input: RelayInput, now: Instant): void {
    this.#now = now;
    this.#inner.handle(input, now);
  }

  receive(event: RelayLinkEvent, now: Instant, sink: RelaySink): void {
    this.#now = now;
    if (event.kind === 'lost') this.#forget(event.generation);
    this.#inner.receive(event, now, sink);
  }

  send(region: number, destination: Uint8Array, packet: Uint8Array, now: Instant): 'sent' | 'dropped' | 'no-relay' {
    this.#now = now;
    return this.#inner.send(region, destination, packet, now);
  }

  poll(): RelayOutput | undefined {
    const output = this.#inner.poll();
    if (output?.kind !== 'link') return output;
    const { command } = output;
    if (command.kind === 'close') this.#forget(command.generation);
    if (command.kind === 'write') this.#overhear(command.generation, command.bytes);
    return output;
  }

  nextDeadline(): Deadline | undefined {
    return earlier(this.#inner.nextDeadline(), this.#feedAt === undefined ? undefined : { at: this.#feedAt, why: 'TCP says it is alive' });
  }

  expire(now: Instant): void {
    this.#now = now;
    if (this.#feedAt !== undefined && this.#feedAt <= now) {
      this.#feedAt = after(now, seconds(60));
      for (const generation of this.#joined) this.#tell(generation, DERP.keepAlive, undefined);
    }
    this.#inner.expire(now);
  }

  #overhear(generation: number, bytes: Uint8Array): void {
    const reader = this.#readers.get(generation) ?? new DerpReader();
    this.#readers.set(generation, reader);
    reader.read(bytes, (type, payload) => {
      if (type !== DERP.clientInfo) this.#joined.add(generation);
      if (type === DERP.ping) this.#tell(generation, DERP.pong, payload.slice());
      return true;
    });
    if (this.#now !== undefined) this.#feedAt ??= after(this.#now, seconds(60));
  }

  #tell(generation: number, type: number, payload: Uint8Array | undefined): void {
    const writer = new DerpWriter();
    writer.frame(type, payload);
    if (this.#now !== undefined) this.#inner.receive({ kind: 'data', generation, bytes: writer.take()! }, this.#now, NOWHERE);
  }

  #forget(generation: number): void {
    this.#readers.delete(generation);
    this.#joined.delete(generation);
  }
}
