/**
 * Puts stand-ins for names and addresses of the internet into what a node was fed, wherever they may be: fields of inputs, texts
 * of the control protocol, STUN answers, answers of the router, opened disco messages. What it does not know as a name or an address stays; fields
 * that were withheld are so already. Pure; caller: rewrite.ts.
 */
import { fromBytes, ipBytes, unmapIp, type IpAddress } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import type { NodeInput } from '../node/types.ts';
import { DISCO_TX } from '../wire/disco.ts';
import { decodeNatPmpResponse, encodeNatPmpResponse } from '../wire/nat-pmp.ts';
import { decodePcpResponse, encodePcpResponse } from '../wire/pcp.ts';
import { decodeStunResponse, encodeStunResponse } from '../wire/stun.ts';
import { KEYED } from './fields.ts';
import type { Pseudonyms } from './pseudonyms.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
/** Of inputs. */
const NAMES = words('name host hostname node user domain requestTags url pendingUrl');
const ADDRESSES = words('localAddress');
const SENTENCES = words('why');
const UNWANTED = words('backendLogId');
/** Of this computer's system, whose devices and settings keep their names: they are what a report is about. */
const SYSTEM_NAMES = words('resolver');
const OF_THE_SYSTEM = words('os os-set os-guard os-refused');
/** Of the control protocol. */
const PROTOCOL_NAMES = words('Name Hostname Login LoginName DisplayName Domain Domains HostName CertName CertDomains RegionCode RegionName Tags RequestTags StableID Value Addr Followup AuthURL URL PopBrowserURL');
const PROTOCOL_ADDRESSES = words('Address Addresses AllowedIPs Endpoints PrimaryRoutes RoutableIPs IP SrcIPs IPv4 IPv6 BootstrapResolution');
/** Words of a server, in which anything may stand. */
const PROTOCOL_SENTENCES = words('Health Text Title Error');
/** Names of abilities: everybody's own words are not a network's. */
const ABILITIES = words('Cap Capabilities CapMap');
const COMMON_ABILITY = /^(?:cap:)?https:\/\/tailscale\.com\/cap\//;

export function renamedInput(input: NodeInput, names: Pseudonyms): NodeInput {
  const renamed = walk(input, '', names, OF_THE_SYSTEM.has(input.kind) ? SYSTEM_NAMES : NAMES) as NodeInput;
  return renamed.kind === 'gateway-datagram' ? { ...renamed, datagram: { ...renamed.datagram, bytes: renamedPortMapping(renamed.datagram.bytes, names) } } : renamed;
}

function walk(value: unknown, field: string, names: Pseudonyms, named: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return ofString(value, field, names, named);
  if (Array.isArray(value)) return value.map((item) => walk(item, field, names, named));
  if (value instanceof Uint8Array) return field === 'bytes' ? renamedStun(value, names) : value;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  if (isAddress(value)) return names.address(value);
  if ('bits' in value && typeof value.bits === 'number' && 'address' in value && isAddress(value.address)) return { ...value, address: names.prefix(value.address, value.bits) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, key, names, named)]));
}

function ofString(value: string, field: string, names: Pseudonyms, named: ReadonlySet<string>): string {
  if (named.has(field)) return names.name(value);
  if (ADDRESSES.has(field)) return names.addressText(value);
  if (SENTENCES.has(field)) return names.sentence(value);
  if (UNWANTED.has(field)) return 'withheld';
  return field === 'text' || field === 'body' ? protocolText(value, names) : value;
}

function isAddress(value: unknown): value is IpAddress {
  return typeof value === 'object' && value !== null && 'family' in value && 'w0' in value && 'w3' in value;
}

function protocolText(text: string, names: Pseudonyms): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  return JSON.stringify(json(value, '', names));
}

function json(value: unknown, field: string, names: Pseudonyms): unknown {
  if (typeof value === 'string') {
    if (PROTOCOL_NAMES.has(field) || PROTOCOL_SENTENCES.has(field)) return names.name(value);
    if (ABILITIES.has(field) || value.startsWith('cap:')) return ability(value, names);
    return PROTOCOL_ADDRESSES.has(field) ? names.addressText(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => json(item, field, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [keyOf(key, field, names), json(item, KEYED.has(field) ? '' : key, names)]));
}

function keyOf(key: string, field: string, names: Pseudonyms): string {
  if (field === 'Routes') return names.name(key);
  return field === 'CapMap' ? ability(key, names) : key;
}

const ability = (text: string, names: Pseudonyms): string => (COMMON_ABILITY.test(text) ? text : names.name(text));

function renamedStun(bytes: Uint8Array, names: Pseudonyms): Uint8Array {
  const answer = decodeStunResponse(bytes);
  return isReject(answer) ? bytes : encodeStunResponse(answer.tx, { ...answer.seen, address: names.address(answer.seen.address) });
}

/** A router's answer has the outside address in it. */
function renamedPortMapping(bytes: Uint8Array, names: Pseudonyms): Uint8Array {
  const natPmp = decodeNatPmpResponse(bytes);
  if (!isReject(natPmp)) return natPmp.kind === 'address' ? encodeNatPmpResponse({ ...natPmp, address: names.address(natPmp.address) }) : bytes;
  const pcp = decodePcpResponse(bytes);
  if (isReject(pcp) || pcp.kind !== 'map') return bytes;
  return encodePcpResponse({ ...pcp, mapping: { ...pcp.mapping, externalAddress: names.address(pcp.mapping.externalAddress) } });
}

/** Where a disco message has addresses: of a pong behind its transaction, of a call-me-maybe all along. */
const PONG = 2;
const CALL_ME_MAYBE = 3;
const HEAD = 2;
const ENDPOINT = 18;
const MAPPED = 16;

export function renamedPlain(plain: Uint8Array, names: Pseudonyms): Uint8Array {
  const from = plain[0] === PONG ? HEAD + DISCO_TX : plain[0] === CALL_ME_MAYBE ? HEAD : plain.length;
  const out = plain.slice();
  for (let at = from; at + ENDPOINT <= out.length; at += ENDPOINT) {
    const address = unmapIp(fromBytes(out.subarray(at, at + MAPPED)));
    out.set(ipBytes(names.address(address)), address.family === 4 ? at + MAPPED - 4 : at);
  }
  return out;
}
