/**
 * Whom an inside endpoint has sent to, and for how long that counts: the memory behind the filtering of a NAT and of a
 * stateful firewall (RFC 4787 section 5). Bounded; it forgets by itself. Callers: nat.ts, firewall.ts.
 */
import type { IpEndpoint } from '../../base/ip.ts';
import type { Duration, Instant } from '../../time/instant.ts';

/** What of the other end a mapping or a filter looks at (RFC 4787 sections 4.1 and 5). */
export type Dependence = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';

export const DEPENDENCES: readonly Dependence[] = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent'];

export function addressKey({ address: a }: IpEndpoint): string {
  return a.family === 4 ? String(a.w3) : `${a.w0}.${a.w1}.${a.w2}.${a.w3}`;
}

export function endpointKey(endpoint: IpEndpoint): string {
  return `${addressKey(endpoint)}:${endpoint.port}`;
}

/** The part of `other` that counts. */
export function dependentKey(dependence: Dependence, other: IpEndpoint): string {
  switch (dependence) {
    case 'endpoint-independent':
      return '';
    case 'address-dependent':
      return addressKey(other);
    case 'address-and-port-dependent':
      return endpointKey(other);
    default:
      return dependence satisfies never;
  }
}

export class FlowMemory {
  readonly #dependence: Dependence;
  readonly #expiryMs: Duration;
  readonly #capacity: number;
  readonly #seen = new Map<string, number>();

  constructor(dependence: Dependence, expiryMs: Duration, capacity: number) {
    this.#dependence = dependence;
    this.#expiryMs = expiryMs;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** `inside` sends to `outside`. False when there is no room to remember it: nothing is forgotten for it. */
  note(inside: IpEndpoint, outside: IpEndpoint, now: Instant): boolean {
    const key = this.#key(inside, outside);
    if (!this.#seen.has(key) && this.#seen.size >= this.#capacity) {
      this.#sweep(now);
      if (this.#seen.size >= this.#capacity) return false;
    }
    this.#seen.set(key, now);
    return true;
  }

  /** May `outside` answer? A packet that comes in at the very end of the time still passes. */
  allows(inside: IpEndpoint, outside: IpEndpoint, now: Instant): boolean {
    const at = this.#seen.get(this.#key(inside, outside));
    return at !== undefined && now - at <= this.#expiryMs;
  }

  /** An inbound packet keeps the flow alive (RFC 4787 REQ-6 leaves it to the NAT). Only where it is allowed. */
  refresh(inside: IpEndpoint, outside: IpEndpoint, now: Instant): void {
    this.#seen.set(this.#key(inside, outside), now);
  }

  clear(): void {
    this.#seen.clear();
  }

  #key(inside: IpEndpoint, outside: IpEndpoint): string {
    return `${endpointKey(inside)} ${dependentKey(this.#dependence, outside)}`;
  }

  #sweep(now: Instant): void {
    for (const [key, at] of this.#seen) if (now - at > this.#expiryMs) this.#seen.delete(key);
  }
}
