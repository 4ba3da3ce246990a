/** What a router's datagram says, of either protocol, in one vocabulary. Pure. Caller: port-map.ts. */
import type { IpAddress } from '../base/ip.ts';
import { isReject, type Reject } from '../base/reject.ts';
import { decodeNatPmpResponse, NAT_PMP_RESULT } from '../wire/nat-pmp.ts';
import { decodePcpResponse, PCP_RESULT, PCP_UDP } from '../wire/pcp.ts';
import type { PortMapRefusal } from './types.ts';

/** `nonce`: of PCP, whose answers have to carry ours. */
export type Answer =
  /** It speaks PCP, whatever it says. */
  | { readonly kind: 'here'; readonly protocol: 'PCP'; readonly epochS: number }
  /** It speaks NAT-PMP and no PCP. */
  | { readonly kind: 'no-pcp'; readonly protocol: 'NAT-PMP'; readonly epochS: number }
  | { readonly kind: 'address'; readonly protocol: 'NAT-PMP'; readonly epochS: number; readonly address: IpAddress }
  | { readonly kind: 'mapped'; readonly protocol: 'NAT-PMP'; readonly epochS: number; readonly nonce: undefined; readonly internalPort: number; readonly port: number; readonly address: undefined; readonly lifetimeS: number }
  | { readonly kind: 'mapped'; readonly protocol: 'PCP'; readonly epochS: number; readonly nonce: Uint8Array; readonly internalPort: number; readonly port: number; readonly address: IpAddress; readonly lifetimeS: number }
  | { readonly kind: 'no-address'; readonly protocol: 'NAT-PMP'; readonly epochS: number; readonly why: PortMapRefusal }
  | { readonly kind: 'refused'; readonly protocol: 'NAT-PMP'; readonly epochS: number; readonly nonce: undefined; readonly internalPort: undefined; readonly why: PortMapRefusal; readonly lifetimeS: number }
  | { readonly kind: 'refused'; readonly protocol: 'PCP'; readonly epochS: number; readonly nonce: Uint8Array; readonly internalPort: number; readonly why: PortMapRefusal; readonly lifetimeS: number };

export function readAnswer(bytes: Uint8Array): Answer | Reject {
  return bytes[0] === 0 ? readNatPmp(bytes) : readPcp(bytes);
}

function readNatPmp(bytes: Uint8Array): Answer | Reject {
  const response = decodeNatPmpResponse(bytes);
  if (isReject(response)) return response;
  const { epochS } = response;
  const head = { protocol: 'NAT-PMP', epochS } as const;
  switch (response.kind) {
    case 'address':
      return { kind: 'address', ...head, address: response.address };
    case 'map':
      return { kind: 'mapped', ...head, nonce: undefined, internalPort: response.internalPort, port: response.externalPort, address: undefined, lifetimeS: response.lifetimeS };
    case 'refused': {
      const { of, result } = response;
      // What a router that knows NAT-PMP alone says to a question of PCP (RFC 6886 section 3.5).
      if (result === NAT_PMP_RESULT.unsupportedVersion) return { kind: 'no-pcp', ...head };
      const why = natPmpRefusal(result);
      return of === 'address' ? { kind: 'no-address', ...head, why } : { kind: 'refused', ...head, nonce: undefined, internalPort: undefined, why, lifetimeS: 0 };
    }
    default:
      return response satisfies never;
  }
}

function readPcp(bytes: Uint8Array): Answer | Reject {
  const response = decodePcpResponse(bytes);
  if (isReject(response)) return response;
  const { epochS, lifetimeS, result } = response;
  const head = { protocol: 'PCP', epochS } as const;
  if (response.kind === 'announce') return { kind: 'here', ...head };
  const { nonce, internalPort, externalAddress, externalPort, protocol } = response.mapping;
  if (result !== PCP_RESULT.success) return { kind: 'refused', ...head, nonce, internalPort, why: pcpRefusal(result), lifetimeS };
  if (protocol !== PCP_UDP) return { kind: 'refused', ...head, nonce, internalPort, why: 'nonsense', lifetimeS: 0 };
  return { kind: 'mapped', ...head, nonce, internalPort, port: externalPort, address: externalAddress, lifetimeS };
}

/** RFC 6886 section 3.5. */
function natPmpRefusal(result: number): PortMapRefusal {
  if (result === NAT_PMP_RESULT.notAuthorized) return 'not-allowed';
  if (result === NAT_PMP_RESULT.networkFailure) return 'no-network';
  if (result === NAT_PMP_RESULT.outOfResources) return 'no-room';
  return 'not-spoken';
}

/** RFC 6887 section 7.4. */
function pcpRefusal(result: number): PortMapRefusal {
  if (result === PCP_RESULT.notAuthorized) return 'not-allowed';
  if (result === PCP_RESULT.networkFailure) return 'no-network';
  if (result === PCP_RESULT.noResources || result === PCP_RESULT.userExceededQuota || result === PCP_RESULT.cannotProvideExternal) return 'no-room';
  if (result === PCP_RESULT.addressMismatch) return 'another-nat';
  return 'not-spoken';
}
