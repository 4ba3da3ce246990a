/**
 * A router's side of port mapping, over the table of a simulated NAT: NAT-PMP (RFC 6886) and PCP (RFC 6887), either or both.
 * Pure: the bytes of one question give those of its answer. Callers: mesh-world.ts, tests.
 */
import { equalIp, ipv4, type IpEndpoint } from '../../base/ip.ts';
import { sameBytes } from '../../base/bytes.ts';
import { isReject } from '../../base/reject.ts';
import { age, type Duration, type Instant } from '../../time/instant.ts';
import { decodeNatPmpRequest, encodeNatPmpResponse, NAT_PMP_RESULT, type NatPmpRequest } from '../../wire/nat-pmp.ts';
import { decodePcpRequest, encodePcpResponse, PCP_RESULT, PCP_UDP, type PcpRequest } from '../../wire/pcp.ts';
import { endpointKey } from './flow-memory.ts';
import type { Nat } from './nat.ts';

export interface PortMapServerShape {
  readonly pcp: boolean;
  readonly natPmp: boolean;
}

/** s: no mapping for longer. */
const LIFETIME_MOST = 86_400;
/** s: how long a refusal for want of room holds. */
const NO_ROOM_FOR = 30;

export class PortMapServer {
  readonly shape: PortMapServerShape;
  readonly #nat: Nat;
  /** Who holds the mapping of an inside endpoint. */
  readonly #nonces = new Map<string, { readonly nonce: Uint8Array; readonly until: number }>();
  #since: Instant;
  /** Questions that were answered, by what they ask. */
  readonly answered = { epoch: 0, mapping: 0, deletion: 0 };

  constructor(nat: Nat, shape: PortMapServerShape, now: Instant) {
    this.#nat = nat;
    this.shape = shape;
    this.#since = now;
  }

  /** Its NAT forgot every mapping. */
  rebooted(now: Instant): void {
    this.#nonces.clear();
    this.#since = now;
  }

  /** Undefined: it says nothing. */
  answer(from: IpEndpoint, bytes: Uint8Array, now: Instant): Uint8Array | undefined {
    if (bytes[0] === 0) {
      const request = decodeNatPmpRequest(bytes);
      return isReject(request) || !this.shape.natPmp ? undefined : this.#natPmp(from, request, now);
    }
    const request = decodePcpRequest(bytes);
    if (isReject(request)) return undefined;
    if (this.shape.pcp) return this.#pcp(from, request, now);
    return this.shape.natPmp ? encodeNatPmpResponse({ kind: 'refused', of: 'address', epochS: this.#epochS(now), result: NAT_PMP_RESULT.unsupportedVersion }) : undefined;
  }

  #natPmp({ address }: IpEndpoint, request: NatPmpRequest, now: Instant): Uint8Array {
    const epochS = this.#epochS(now);
    if (request.kind === 'address') {
      this.answered.epoch++;
      return encodeNatPmpResponse({ kind: 'address', epochS, address: this.#nat.external });
    }
    const { internalPort, externalPort } = request;
    const lifetimeS = Math.min(request.lifetimeS, LIFETIME_MOST);
    const outside = this.#map({ address, port: internalPort }, externalPort, lifetimeS, now);
    if (lifetimeS === 0) return encodeNatPmpResponse({ kind: 'map', epochS, internalPort, externalPort: 0, lifetimeS: 0 });
    return encodeNatPmpResponse(outside === undefined ? { kind: 'refused', of: 'map', epochS, result: NAT_PMP_RESULT.outOfResources } : { kind: 'map', epochS, internalPort, externalPort: outside.port, lifetimeS });
  }

  #pcp({ address }: IpEndpoint, request: PcpRequest, now: Instant): Uint8Array {
    const head = { epochS: this.#epochS(now), lifetimeS: 0 };
    if (request.kind === 'announce') {
      this.answered.epoch++;
      return encodePcpResponse({ kind: 'announce', result: PCP_RESULT.success, ...head });
    }
    const { mapping, client } = request;
    const refuse = (result: number, lifetimeS: number): Uint8Array => encodePcpResponse({ kind: 'map', result, ...head, lifetimeS, mapping });
    if (!equalIp(client, address)) return refuse(PCP_RESULT.addressMismatch, LIFETIME_MOST);
    if (mapping.protocol !== PCP_UDP) return refuse(PCP_RESULT.unsupportedProtocol, LIFETIME_MOST);
    const inside = { address, port: mapping.internalPort };
    const held = this.#nonces.get(endpointKey(inside));
    if (held !== undefined && now <= held.until && !sameBytes(held.nonce, mapping.nonce)) return refuse(PCP_RESULT.notAuthorized, Math.ceil((held.until - now) / 1_000));
    const lifetimeS = Math.min(request.lifetimeS, LIFETIME_MOST);
    const outside = this.#map(inside, mapping.externalPort, lifetimeS, now);
    if (lifetimeS === 0) {
      this.#nonces.delete(endpointKey(inside));
      return encodePcpResponse({ kind: 'map', result: PCP_RESULT.success, ...head, mapping: { ...mapping, externalPort: 0, externalAddress: ipv4(0) } });
    }
    if (outside === undefined) return refuse(PCP_RESULT.noResources, NO_ROOM_FOR);
    this.#nonces.set(endpointKey(inside), { nonce: mapping.nonce, until: now + lifetimeS * 1_000 });
    return encodePcpResponse({ kind: 'map', result: PCP_RESULT.success, ...head, lifetimeS, mapping: { ...mapping, externalPort: outside.port, externalAddress: outside.address } });
  }

  #map(inside: IpEndpoint, wanted: number, lifetimeS: number, now: Instant): IpEndpoint | undefined {
    const lifetime: Duration = lifetimeS * 1_000;
    if (lifetimeS === 0) this.answered.deletion++;
    else this.answered.mapping++;
    return this.#nat.mapPort(inside, wanted, lifetime, now);
  }

  #epochS(now: Instant): number {
    return Math.floor(age(this.#since, now) / 1_000);
  }
}
