/**
 * The one drain loop of the simulator: after every mutation, both machines are drained until neither has anything left.
 * Facts of the packet path go to the node, commands of the node to the packet path; all else is the caller's to
 * interpret. Callers: SimHost. (The host has its own, over a thread boundary.)
 */
import type { EndpointId, PeerId } from '../base/brand.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import type { Effect } from '../ports/effects.ts';
import type { Instant } from '../time/instant.ts';
import type { Engine } from './engine.ts';

export interface DrainSink {
  transmit(bytes: Uint8Array, endpoint: EndpointId): void;
  relayed(region: number, peer: PeerId, bytes: Uint8Array): void;
  /** Called before the node sees it. */
  fact(fact: DataplaneFact): void;
  /** Called before it is carried out. */
  effect(effect: Effect): void;
  /** A new underlay socket is wanted. */
  rebind(): void;
}

/** Returns how many outputs it carried out; stops at `limit`, which only a broken engine reaches. */
export function drain(engine: Engine, now: Instant, sink: DrainSink, limit: number): number {
  const { dataplane, node } = engine;
  for (let outputs = 0; outputs < limit; outputs++) {
    const output = dataplane.poll();
    if (output !== undefined) {
      if (output.kind === 'transmit') {
        sink.transmit(output.bytes, output.endpoint);
      } else if (output.kind === 'relay') {
        sink.relayed(output.region, output.peer, output.bytes);
      } else {
        sink.fact(output.fact);
        node.handle({ kind: 'fact', fact: output.fact }, now);
      }
      continue;
    }
    const effect = node.poll();
    if (effect === undefined) return outputs;
    sink.effect(effect);
    if (effect.kind !== 'dataplane') continue;
    if (effect.command.kind === 'rebind') sink.rebind();
    else dataplane.handle(effect.command, now);
  }
  return limit;
}
