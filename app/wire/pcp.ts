/**
 * PCP (RFC 6887), the successor of NAT-PMP on the same port: the opcodes ANNOUNCE and MAP, without options. Both sides, since
 * the simulator has routers of its own. Pure codec; it knows no retries and no times but those in a message.
 */
import { fromBytes, ipBytes, unmapIp, type IpAddress } from '../base/ip.ts';
import { reject, type Reject } from '../base/reject.ts';

export const PCP_NONCE = 12;
/** IANA's protocol number. */
export const PCP_UDP = 17;
/** Section 7.4, as far as they are told apart here. */
export const PCP_RESULT = {
  success: 0,
  unsupportedVersion: 1,
  notAuthorized: 2,
  malformedRequest: 3,
  unsupportedOpcode: 4,
  networkFailure: 7,
  noResources: 8,
  unsupportedProtocol: 9,
  userExceededQuota: 10,
  cannotProvideExternal: 11,
  addressMismatch: 12,
} as const;

const VERSION = 2;
const OP = { announce: 0, map: 1 } as const;
const RESPONSE = 0x80;
/** Section 7.1 and 7.2: both headers have this length. */
const HEADER = 24;
const MAP_LENGTH = HEADER + 36;
/** Section 7: longer messages are none. */
const LONGEST = 1_100;

/** The payload of MAP (section 11.1). */
export interface PcpMapping {
  /** 12 bytes: who asked for this mapping, and so who may change it. */
  readonly nonce: Uint8Array;
  /** IANA's number; 17: UDP. */
  readonly protocol: number;
  readonly internalPort: number;
  /** Suggested in a request (0: any), assigned in a response. */
  readonly externalPort: number;
  /** All zero, of either family: none suggested. */
  readonly externalAddress: IpAddress;
}

/** `client`: the address that the request leaves from. `lifetimeS` 0: the mapping goes. */
export type PcpRequest =
  | { readonly kind: 'announce'; readonly client: IpAddress }
  | { readonly kind: 'map'; readonly client: IpAddress; readonly lifetimeS: number; readonly mapping: PcpMapping };

/** `epochS`: seconds since the router lost its mappings last (section 8.5). `lifetimeS` of a refusal: how long it will last. */
export type PcpResponse =
  | { readonly kind: 'announce'; readonly result: number; readonly lifetimeS: number; readonly epochS: number }
  | { readonly kind: 'map'; readonly result: number; readonly lifetimeS: number; readonly epochS: number; readonly mapping: PcpMapping };

type PcpRefusal = 'pcp: not version 2' | 'pcp: not a response' | 'pcp: not a request' | 'pcp: wrong length';
const NOT_VERSION_2 = reject('pcp: not version 2');
const NOT_A_RESPONSE = reject('pcp: not a response');
const NOT_A_REQUEST = reject('pcp: not a request');
const WRONG_LENGTH = reject('pcp: wrong length');

/** 24 bytes or 60. */
export function encodePcpRequest(request: PcpRequest): Uint8Array {
  const bytes = start(request.kind, 0);
  viewOf(bytes).setUint32(4, request.kind === 'map' ? request.lifetimeS : 0);
  writeAddress(bytes, 8, request.client);
  if (request.kind === 'map') writeMapping(bytes, request.mapping);
  return bytes;
}

export function decodePcpRequest(bytes: Uint8Array): PcpRequest | Reject<PcpRefusal> {
  const kind = kindOf(bytes, 0);
  if (typeof kind !== 'string') return kind ?? NOT_A_REQUEST;
  const client = readAddress(bytes, 8);
  return kind === 'announce' ? { kind, client } : { kind, client, lifetimeS: viewOf(bytes).getUint32(4), mapping: readMapping(bytes) };
}

export function encodePcpResponse(response: PcpResponse): Uint8Array {
  const bytes = start(response.kind, RESPONSE);
  const view = viewOf(bytes);
  bytes[3] = response.result;
  view.setUint32(4, response.lifetimeS);
  view.setUint32(8, response.epochS);
  if (response.kind === 'map') writeMapping(bytes, response.mapping);
  return bytes;
}

/** Of any result. Options behind the message are ignored. */
export function decodePcpResponse(bytes: Uint8Array): PcpResponse | Reject<PcpRefusal> {
  const kind = kindOf(bytes, RESPONSE);
  if (typeof kind !== 'string') return kind ?? NOT_A_RESPONSE;
  const view = viewOf(bytes);
  const head = { result: bytes[3]!, lifetimeS: view.getUint32(4), epochS: view.getUint32(8) };
  return kind === 'announce' ? { kind, ...head } : { kind, ...head, mapping: readMapping(bytes) };
}

function start(kind: keyof typeof OP, direction: number): Uint8Array {
  const bytes = new Uint8Array(kind === 'map' ? MAP_LENGTH : HEADER);
  bytes[0] = VERSION;
  bytes[1] = direction | OP[kind];
  return bytes;
}

/** Undefined: of the other direction, or an opcode that is not read here. */
function kindOf(bytes: Uint8Array, direction: number): keyof typeof OP | Reject<PcpRefusal> | undefined {
  if (bytes.length < HEADER || bytes.length > LONGEST) return WRONG_LENGTH;
  if (bytes[0] !== VERSION) return NOT_VERSION_2;
  if (bytes[1] === (direction | OP.announce)) return 'announce';
  if (bytes[1] !== (direction | OP.map)) return undefined;
  return bytes.length < MAP_LENGTH ? WRONG_LENGTH : 'map';
}

function writeMapping(bytes: Uint8Array, { nonce, protocol, internalPort, externalPort, externalAddress }: PcpMapping): void {
  const view = viewOf(bytes);
  bytes.set(nonce.subarray(0, PCP_NONCE), HEADER);
  bytes[36] = protocol;
  view.setUint16(40, internalPort);
  view.setUint16(42, externalPort);
  writeAddress(bytes, 44, externalAddress);
}

function readMapping(bytes: Uint8Array): PcpMapping {
  const view = viewOf(bytes);
  return { nonce: bytes.slice(HEADER, HEADER + PCP_NONCE), protocol: bytes[36]!, internalPort: view.getUint16(40), externalPort: view.getUint16(42), externalAddress: readAddress(bytes, 44) };
}

/** IPv4 as an IPv4-mapped IPv6 address (section 5). */
function writeAddress(bytes: Uint8Array, at: number, address: IpAddress): void {
  if (address.family === 4) bytes.fill(0xff, at + 10, at + 12);
  bytes.set(ipBytes(address), address.family === 4 ? at + 12 : at);
}

function readAddress(bytes: Uint8Array, at: number): IpAddress {
  return unmapIp(fromBytes(bytes.subarray(at, at + 16)));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
