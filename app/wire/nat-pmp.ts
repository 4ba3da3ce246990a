/**
 * NAT-PMP (RFC 6886): a host asks its router for the outside address and for a port of its own. Both sides, since the
 * simulator has routers of its own; UDP mappings alone. Pure codec; it knows no retries and no times but those in a message.
 */
import { fromBytes, ipBytes, type IpAddress } from '../base/ip.ts';
import { reject, type Reject } from '../base/reject.ts';

/** UDP port of the router, for PCP too. */
export const PORT_MAPPING_PORT = 5_351;
/** Section 3.5. */
export const NAT_PMP_RESULT = { success: 0, unsupportedVersion: 1, notAuthorized: 2, networkFailure: 3, outOfResources: 4, unsupportedOpcode: 5 } as const;

const VERSION = 0;
const OP = { address: 0, mapUdp: 1 } as const;
const RESPONSE = 128;
const ADDRESS_RESPONSE = 12;
const MAP_REQUEST = 12;
const MAP_RESPONSE = 16;
/** A refusal may end behind the epoch. */
const REFUSAL = 8;

export type NatPmpRequest =
  | { readonly kind: 'address' }
  /** `externalPort`: wanted; 0: any. `lifetimeS` 0: the mapping goes. */
  | { readonly kind: 'map'; readonly internalPort: number; readonly externalPort: number; readonly lifetimeS: number };

/** `epochS`: seconds since the router lost its mappings last (section 3.6). */
export type NatPmpResponse =
  | { readonly kind: 'address'; readonly epochS: number; readonly address: IpAddress }
  | { readonly kind: 'map'; readonly epochS: number; readonly internalPort: number; readonly externalPort: number; readonly lifetimeS: number }
  | { readonly kind: 'refused'; readonly of: 'address' | 'map'; readonly epochS: number; readonly result: number };

type NatPmpRefusal = 'nat-pmp: not version 0' | 'nat-pmp: not a response' | 'nat-pmp: not a request' | 'nat-pmp: wrong length';
const NOT_VERSION_0 = reject('nat-pmp: not version 0');
const NOT_A_RESPONSE = reject('nat-pmp: not a response');
const NOT_A_REQUEST = reject('nat-pmp: not a request');
const WRONG_LENGTH = reject('nat-pmp: wrong length');

/** 2 bytes or 12. */
export function encodeNatPmpRequest(request: NatPmpRequest): Uint8Array {
  if (request.kind === 'address') return Uint8Array.of(VERSION, OP.address);
  const bytes = new Uint8Array(MAP_REQUEST);
  const view = viewOf(bytes);
  bytes[1] = OP.mapUdp;
  view.setUint16(4, request.internalPort);
  view.setUint16(6, request.externalPort);
  view.setUint32(8, request.lifetimeS);
  return bytes;
}

/** Bytes behind a message are ignored. */
export function decodeNatPmpRequest(bytes: Uint8Array): NatPmpRequest | Reject<NatPmpRefusal> {
  if (bytes.length < 2) return WRONG_LENGTH;
  if (bytes[0] !== VERSION) return NOT_VERSION_0;
  if (bytes[1] === OP.address) return { kind: 'address' };
  if (bytes[1] !== OP.mapUdp) return NOT_A_REQUEST;
  if (bytes.length < MAP_REQUEST) return WRONG_LENGTH;
  const view = viewOf(bytes);
  return { kind: 'map', internalPort: view.getUint16(4), externalPort: view.getUint16(6), lifetimeS: view.getUint32(8) };
}

export function encodeNatPmpResponse(response: NatPmpResponse): Uint8Array {
  const of = response.kind === 'refused' ? response.of : response.kind;
  const bytes = new Uint8Array(of === 'address' ? ADDRESS_RESPONSE : MAP_RESPONSE);
  const view = viewOf(bytes);
  bytes[1] = RESPONSE + (of === 'address' ? OP.address : OP.mapUdp);
  view.setUint32(4, response.epochS);
  switch (response.kind) {
    case 'address':
      bytes.set(ipBytes(response.address), 8);
      return bytes;
    case 'map':
      view.setUint16(8, response.internalPort);
      view.setUint16(10, response.externalPort);
      view.setUint32(12, response.lifetimeS);
      return bytes;
    case 'refused':
      view.setUint16(2, response.result);
      return bytes;
    default:
      return response satisfies never;
  }
}

/** Of a UDP mapping or the address. Bytes behind a message are ignored. */
export function decodeNatPmpResponse(bytes: Uint8Array): NatPmpResponse | Reject<NatPmpRefusal> {
  if (bytes.length < REFUSAL) return WRONG_LENGTH;
  if (bytes[0] !== VERSION) return NOT_VERSION_0;
  const of = bytes[1] === RESPONSE + OP.address ? 'address' : bytes[1] === RESPONSE + OP.mapUdp ? 'map' : undefined;
  if (of === undefined) return NOT_A_RESPONSE;
  const view = viewOf(bytes);
  const result = view.getUint16(2);
  const epochS = view.getUint32(4);
  if (result !== NAT_PMP_RESULT.success) return { kind: 'refused', of, epochS, result };
  if (bytes.length < (of === 'address' ? ADDRESS_RESPONSE : MAP_RESPONSE)) return WRONG_LENGTH;
  if (of === 'address') return { kind: 'address', epochS, address: fromBytes(bytes.subarray(8, 12)) };
  return { kind: 'map', epochS, internalPort: view.getUint16(8), externalPort: view.getUint16(10), lifetimeS: view.getUint32(12) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
