/**
 * What a simulated host runs: the product's own machines, made by a factory so that a test may put a broken one in their
 * place and see the World notice. One engine is one run of the program: a restart makes a new one.
 */
import { EndpointTable } from '../base/endpoints.ts';
import { Dataplane, type DataplaneInput, type DataplaneOutput, type OverlaySink, type UnderlaySink } from '../dataplane/dataplane.ts';
import type { PeerId } from '../base/brand.ts';
import type { PacketBatch } from '../base/batch.ts';
import type { NodeInput, NodeView } from '../node/types.ts';
import { createTailnetMachines } from '../node/mesh/create-machines.ts';
import type { NetmonLike } from '../node/network-watch.ts';
import type { TailnetMachines } from '../node/mesh/machines.ts';
import { Node } from '../node/node.ts';
import { Counters } from '../ports/counters.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Effect } from '../ports/effects.ts';
import type { Rng } from '../ports/rng.ts';
import type { Machine } from '../time/deadline.ts';
import type { Instant } from '../time/instant.ts';

export interface DataplaneLike extends Machine<DataplaneInput, DataplaneOutput> {
  outbound(batch: PacketBatch, now: Instant, sink: UnderlaySink): void;
  inbound(batch: PacketBatch, now: Instant, sink: OverlaySink): void;
}

export interface NodeLike extends Machine<NodeInput, Effect> {
  readonly teardowns: number;
  view(now: Instant): NodeView;
  sendRelayed(region: number, peer: PeerId, bytes: Uint8Array, now: Instant): void;
  flushRelayed(now: Instant): void;
}

export interface Engine {
  readonly dataplane: DataplaneLike;
  readonly node: NodeLike;
  readonly counters: Counters;
  readonly endpoints: EndpointTable;
}

export interface EngineInit {
  readonly crypto: Crypto;
  readonly rng: Rng;
  /** Peers this node can have. */
  readonly peers: number;
  /** Takes WireGuard packets that a relay brought. */
  readonly relayed?: (region: number, peer: PeerId, bytes: Uint8Array) => void;
  /** Undefined: the product's. */
  readonly createNetmon?: (rng: Rng) => NetmonLike;
  /** Of a tailnet: looks at the machines that a start of the node has made, or puts others before them. */
  readonly adapt?: (machines: TailnetMachines) => TailnetMachines;
}

export type EngineFactory = (init: EngineInit) => Engine;

const ENDPOINTS = 1_024;

export const createEngine: EngineFactory = (init) => {
  const counters = new Counters(init.peers);
  const endpoints = new EndpointTable(ENDPOINTS);
  const { adapt = (machines: TailnetMachines) => machines } = init;
  return {
    counters,
    endpoints,
    dataplane: new Dataplane({ crypto: init.crypto, rng: init.rng, endpoints, counters }),
    node: new Node({ rng: init.rng, counters, createMachines: () => adapt(createTailnetMachines({ crypto: init.crypto, rng: init.rng, counters })), ...(init.relayed === undefined ? {} : { relayed: init.relayed }), ...(init.createNetmon === undefined ? {} : { createNetmon: init.createNetmon }) }),
  };
};
