/**
 * A NAT for UDP as a table without sockets: which outside endpoint an inside endpoint gets, and what may come back in. Its
 * behaviours are those that RFC 4787 names: mapping and filtering (sections 4.1 and 5), port assignment (4.2, never
 * overloaded), mapping refresh (4.3), hairpinning (6). It moves no packet: internet.ts does. Pure; times are instants of
 * the simulation.
 */
import type { IpAddress, IpEndpoint } from '../../base/ip.ts';
import type { Rng } from '../../ports/rng.ts';
import type { Duration, Instant } from '../../time/instant.ts';
import { dependentKey, endpointKey, FlowMemory, type Dependence } from './flow-memory.ts';

export interface NatShape {
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  /** preserving: the inside port where it is free, else as sequential. */
  readonly ports: 'preserving' | 'sequential' | 'random';
  /** A mapping that was not used for longer is gone. RFC 4787 REQ-5: 2 minutes at least; real ones go down to 30 s. */
  readonly expiryMs: Duration;
  /** Do packets from outside keep a mapping alive? Packets from inside always do (REQ-6). */
  readonly inboundRefresh: boolean;
  /** Do inside hosts reach each other by their outside endpoints (REQ-9, external source endpoint)? */
  readonly hairpin: boolean;
  /** Mappings at once. A packet that needs one more is dropped. */
  readonly capacity: number;
}

export const EASY_NAT: NatShape = {
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
  ports: 'preserving',
  expiryMs: 120_000,
  inboundRefresh: true,
  hairpin: false,
  capacity: 1_024,
};

export const HARD_NAT: NatShape = { ...EASY_NAT, mapping: 'address-and-port-dependent', ports: 'random' };

export type InboundRefusal = 'no mapping' | 'filtered';

interface Mapping {
  readonly key: string;
  readonly inside: IpEndpoint;
  readonly port: number;
  usedAt: number;
  /** Asked for by a host (port mapping): any source passes, until then. Undefined: an ordinary mapping. */
  readonly pinnedUntil: number | undefined;
}

const FIRST_PORT = 1_024;
const PORTS = 65_536 - FIRST_PORT;
/** Remembered flows per mapping, on the average. */
const FLOWS_PER_MAPPING = 16;

export class Nat {
  readonly shape: NatShape;
  /** The outside address. */
  external: IpAddress;
  readonly #rng: Rng;
  readonly #mappings = new Map<string, Mapping>();
  readonly #byPort = new Map<number, Mapping>();
  readonly #flows: FlowMemory;
  /** Who came in by a port that was asked for: answers leave by it too. */
  readonly #guests: FlowMemory;
  #pinned = false;
  #nextPort: number;

  constructor(shape: NatShape, external: IpAddress, rng: Rng) {
    this.shape = shape;
    this.external = external;
    this.#rng = rng;
    this.#flows = new FlowMemory(shape.filtering, shape.expiryMs, shape.capacity * FLOWS_PER_MAPPING);
    this.#guests = new FlowMemory('address-and-port-dependent', shape.expiryMs, shape.capacity * FLOWS_PER_MAPPING);
    this.#nextPort = FIRST_PORT + (rng.uint32() % PORTS);
  }

  /** Live or not yet swept. */
  get size(): number {
    return this.#mappings.size;
  }

  /** A packet from inside: the outside endpoint that it leaves from. Undefined: no room, it is dropped. */
  outbound(inside: IpEndpoint, to: IpEndpoint, now: Instant): IpEndpoint | undefined {
    const key = `${endpointKey(inside)} ${dependentKey(this.shape.mapping, to)}`;
    const mapping = this.#host(inside, to, now) ?? this.#live(this.#mappings.get(key), now) ?? this.#create(key, inside, now);
    if (mapping === undefined || !this.#flows.note(inside, to, now)) return undefined;
    mapping.usedAt = now;
    return { address: this.external, port: mapping.port };
  }

  /** A packet from outside to this outside port: the inside endpoint that it is for. */
  inbound(from: IpEndpoint, port: number, now: Instant): IpEndpoint | InboundRefusal {
    const mapping = this.#live(this.#byPort.get(port), now);
    if (mapping === undefined) return 'no mapping';
    if (mapping.pinnedUntil !== undefined) {
      this.#guests.note(mapping.inside, from, now);
      return mapping.inside;
    }
    if (!this.#flows.allows(mapping.inside, from, now)) return 'filtered';
    if (this.shape.inboundRefresh) {
      mapping.usedAt = now;
      this.#flows.refresh(mapping.inside, from, now);
    }
    return mapping.inside;
  }

  /** A host asks for a port of its own (NAT-PMP, PCP, UPnP): the outside endpoint, or undefined when there is no room. Asking again renews. */
  mapPort(inside: IpEndpoint, wanted: number, lifetimeMs: Duration, now: Instant): IpEndpoint | undefined {
    const key = pinnedKey(inside);
    this.#pinned = true;
    const old = this.#mappings.get(key);
    if (old !== undefined) this.#remove(old);
    const free = this.#isFree(wanted, now) ? wanted : this.#freePort(inside.port, now);
    if (lifetimeMs <= 0 || free === undefined || !this.#hasRoom(now)) return undefined;
    this.#add({ key, inside, port: free, usedAt: now, pinnedUntil: now + lifetimeMs });
    return { address: this.external, port: free };
  }

  /** All is forgotten; another outside address when one is given. */
  reboot(external: IpAddress = this.external): void {
    this.#mappings.clear();
    this.#byPort.clear();
    this.#flows.clear();
    this.#guests.clear();
    this.external = external;
    this.#nextPort = FIRST_PORT + (this.#rng.uint32() % PORTS);
  }

  #live(mapping: Mapping | undefined, now: Instant): Mapping | undefined {
    if (mapping === undefined) return undefined;
    const ends = mapping.pinnedUntil ?? mapping.usedAt + this.shape.expiryMs;
    if (now <= ends) return mapping;
    this.#remove(mapping);
    return undefined;
  }

  /** The mapping that was asked for, if this is an answer to a guest of it. */
  #host(inside: IpEndpoint, to: IpEndpoint, now: Instant): Mapping | undefined {
    return this.#pinned && this.#guests.allows(inside, to, now) ? this.#live(this.#mappings.get(pinnedKey(inside)), now) : undefined;
  }

  #create(key: string, inside: IpEndpoint, now: Instant): Mapping | undefined {
    if (!this.#hasRoom(now)) return undefined;
    const port = this.#freePort(inside.port, now);
    return port === undefined ? undefined : this.#add({ key, inside, port, usedAt: now, pinnedUntil: undefined });
  }

  #add(mapping: Mapping): Mapping {
    this.#mappings.set(mapping.key, mapping);
    this.#byPort.set(mapping.port, mapping);
    return mapping;
  }

  #remove(mapping: Mapping): void {
    this.#mappings.delete(mapping.key);
    this.#byPort.delete(mapping.port);
  }

  #hasRoom(now: Instant): boolean {
    if (this.#mappings.size < this.shape.capacity) return true;
    for (const mapping of this.#mappings.values()) this.#live(mapping, now);
    return this.#mappings.size < this.shape.capacity;
  }

  #isFree(port: number, now: Instant): boolean {
    return port >= FIRST_PORT && port <= 65_535 && this.#live(this.#byPort.get(port), now) === undefined;
  }

  #freePort(inside: number, now: Instant): number | undefined {
    if (this.shape.ports === 'preserving' && this.#isFree(inside, now)) return inside;
    for (let tries = 0; tries < PORTS; tries++) {
      const port = this.shape.ports === 'random' ? FIRST_PORT + (this.#rng.uint32() % PORTS) : this.#sequential();
      if (this.#isFree(port, now)) return port;
    }
    return undefined;
  }

  #sequential(): number {
    const port = this.#nextPort;
    this.#nextPort = port === 65_535 ? FIRST_PORT : port + 1;
    return port;
  }
}

function pinnedKey(inside: IpEndpoint): string {
  return `${endpointKey(inside)} pinned`;
}
