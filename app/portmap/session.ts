/**
 * One attempt with one gateway: its socket's number, its nonce, what the router told, and the questions that it is asked. Data
 * and bytes; port-map.ts decides.
 */
import { sameBytes } from '../base/bytes.ts';
import { equalEndpoint, equalIp, ipv4, type IpAddress, type IpEndpoint } from '../base/ip.ts';
import type { Gateway, GatewayDatagram } from '../ports/gateway-link.ts';
import type { Instant } from '../time/instant.ts';
import { encodeNatPmpRequest, PORT_MAPPING_PORT } from '../wire/nat-pmp.ts';
import { encodePcpRequest, PCP_UDP } from '../wire/pcp.ts';
import type { Answer } from './answers.ts';
import { LIFETIME_S } from './constants.ts';
import { Epoch } from './epoch.ts';
import type { PortMapProtocol, PortMapRefusal } from './types.ts';

export interface SessionInit {
  readonly socket: number;
  readonly gateway: Gateway;
  /** Ours. */
  readonly port: number;
  readonly nonce: Uint8Array;
  /** The outside port that is asked for. */
  readonly wanted: number;
}

export class Session {
  readonly socket: number;
  readonly gateway: Gateway;
  readonly port: number;
  readonly nonce: Uint8Array;
  wanted: number;
  /** What NAT-PMP answered: the outside address, or why there is none. Undefined: nothing yet. */
  natPmp: { readonly address: IpAddress } | { readonly why: PortMapRefusal } | undefined;
  /** It said that it knows no PCP. */
  noPcp = false;
  heardAt: Instant | undefined;
  readonly #epochs: Readonly<Record<PortMapProtocol, Epoch>> = { PCP: new Epoch('PCP'), 'NAT-PMP': new Epoch('NAT-PMP') };

  constructor({ socket, gateway, port, nonce, wanted }: SessionInit) {
    this.socket = socket;
    this.gateway = gateway;
    this.port = port;
    this.nonce = nonce;
    this.wanted = wanted;
  }

  /** The outside address as NAT-PMP tells it. */
  get address(): IpAddress | undefined {
    return this.natPmp !== undefined && 'address' in this.natPmp ? this.natPmp.address : undefined;
  }

  isFor(gateway: Gateway, port: number): boolean {
    return this.port === port && equalIp(this.gateway.address, gateway.address) && equalIp(this.gateway.own, gateway.own);
  }

  /** Does it come from where this session asked? */
  isOf({ socket, from }: GatewayDatagram): boolean {
    const asked: IpEndpoint = { address: this.gateway.address, port: PORT_MAPPING_PORT };
    return socket === this.socket && equalEndpoint(from, asked);
  }

  /** Is it about our mapping? Whoever cannot see our questions does not know the nonce. */
  isAbout(answer: Extract<Answer, { readonly kind: 'mapped' | 'refused' }>): boolean {
    if (answer.internalPort !== undefined && answer.internalPort !== this.port) return false;
    return answer.protocol === 'NAT-PMP' || sameBytes(answer.nonce, this.nonce);
  }

  /** True: the router lost its mappings since it spoke last. */
  heard({ protocol, epochS }: Answer, now: Instant): boolean {
    this.heardAt = now;
    return this.#epochs[protocol].note(epochS, now);
  }

  /** Is anybody there, and since when? Changes nothing at the router. */
  askEpoch(protocol: PortMapProtocol): Uint8Array {
    switch (protocol) {
      case 'PCP':
        return encodePcpRequest({ kind: 'announce', client: this.gateway.own });
      case 'NAT-PMP':
        return encodeNatPmpRequest({ kind: 'address' });
      default:
        return protocol satisfies never;
    }
  }

  askMapping(protocol: PortMapProtocol): Uint8Array {
    return this.#mapping(protocol, LIFETIME_S, this.wanted);
  }

  /** RFC 6886 section 3.4, RFC 6887 section 15. */
  deleteMapping(protocol: PortMapProtocol): Uint8Array {
    return this.#mapping(protocol, 0, 0);
  }

  #mapping(protocol: PortMapProtocol, lifetimeS: number, externalPort: number): Uint8Array {
    const { nonce, port: internalPort, gateway } = this;
    switch (protocol) {
      case 'PCP':
        return encodePcpRequest({ kind: 'map', client: gateway.own, lifetimeS, mapping: { nonce, protocol: PCP_UDP, internalPort, externalPort, externalAddress: ipv4(0) } });
      case 'NAT-PMP':
        return encodeNatPmpRequest({ kind: 'map', internalPort, externalPort, lifetimeS });
      default:
        return protocol satisfies never;
    }
  }
}
