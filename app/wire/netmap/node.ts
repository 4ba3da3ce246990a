/**
 * Nodes and changes of nodes out of parsed JSON, normalised: null AllowedIPs are the addresses, the legacy relay address
 * is a region, zero keys and times are undefined, the old list of capabilities is part of the new map. It does not merge.
 * Called by response.ts, and for each of 10,000 peers, so it allocates what it returns and little else.
 */
import { parseEndpoint, parsePrefix, type IpEndpoint, type IpPrefix } from '../../base/ip.ts';
import { bool, domainName, entries, id, int, isObject, key, list, object, optionalBool, text, textItem, time, timeAsSent, words, wordsItem, ZERO_TIME, type Fault, type JsonObject } from './fields.ts';
import type { NetNode, NodePatch } from './types.ts';

type Capabilities = ReadonlyMap<string, readonly unknown[]>;
const NO_CAPABILITIES: Capabilities = new Map();
const NO_KEY = new Uint8Array(32);
const LEGACY_RELAY = '127.3.3.40:';
const NONE_SENT: JsonObject = {};

export function decodeNode(value: unknown, fault: Fault): NetNode | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  const nodeKey = key(value['Key'], 'node', 'Key', fault);
  if (nodeKey === undefined) fault.fail('map: a key is not a key', 'Key');
  const host = hostFields(value['Hostinfo'], fault);
  const addresses = list(value['Addresses'], 'Addresses', fault, prefix);
  const allowed = value['AllowedIPs'];
  const allowedIps = allowed === undefined || allowed === null || sameTexts(allowed, value['Addresses']) ? addresses : list(allowed, 'AllowedIPs', fault, prefix);
  return {
    id: nodeId(value['ID'], 'ID', fault),
    stableId: text(value['StableID'], 'StableID', fault),
    name: domainName(value['Name'], 'Name', fault),
    user: int(value['User'], 'User', fault, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    key: nodeKey ?? NO_KEY,
    machineKey: key(value['Machine'], 'machine', 'Machine', fault),
    discoKey: key(value['DiscoKey'], 'disco', 'DiscoKey', fault),
    addresses,
    allowedIps: bool(value['UnsignedPeerAPIOnly'], 'UnsignedPeerAPIOnly', fault) ? addresses : allowedIps,
    primaryRoutes: list(value['PrimaryRoutes'], 'PrimaryRoutes', fault, prefix),
    endpoints: list(value['Endpoints'], 'Endpoints', fault, endpoint),
    homeRelay: homeRelay(value, fault),
    hostname: words(host['Hostname'], 'Hostinfo.Hostname', fault),
    os: words(host['OS'], 'Hostinfo.OS', fault),
    tags: list(value['Tags'], 'Tags', fault, wordsItem),
    capabilities: capabilities(value['CapMap'], value['Capabilities'], fault),
    cap: int(value['Cap'], 'Cap', fault, 0, Number.MAX_SAFE_INTEGER),
    online: optionalBool(value['Online'], 'Online', fault),
    lastSeen: time(value['LastSeen'], 'LastSeen', fault),
    keyExpiry: time(value['KeyExpiry'], 'KeyExpiry', fault),
    expired: bool(value['Expired'], 'Expired', fault),
    machineAuthorized: bool(value['MachineAuthorized'], 'MachineAuthorized', fault),
    wireGuardOnly: bool(value['IsWireGuardOnly'], 'IsWireGuardOnly', fault),
    jailed: bool(value['IsJailed'], 'IsJailed', fault),
  };
}

export function decodePatch(value: unknown, fault: Fault): NodePatch | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  const homeRelay = region(value['DERPRegion'], 'DERPRegion', fault);
  const cap = int(value['Cap'], 'Cap', fault, 0, Number.MAX_SAFE_INTEGER);
  const nodeKey = key(value['Key'], 'node', 'Key', fault);
  if (nodeKey === undefined && isSent(value['Key'])) fault.fail('map: a key is not a key', 'Key');
  const discoKey = key(value['DiscoKey'], 'disco', 'DiscoKey', fault);
  const online = optionalBool(value['Online'], 'Online', fault);
  const lastSeen = time(value['LastSeen'], 'LastSeen', fault);
  const keyExpiry = timeAsSent(value['KeyExpiry'], 'KeyExpiry', fault);
  return {
    id: nodeId(value['NodeID'], 'NodeID', fault),
    ...(homeRelay !== 0 && { homeRelay }),
    ...(cap !== 0 && { cap }),
    ...(isSent(value['CapMap']) && { capabilities: capabilities(value['CapMap'], undefined, fault) }),
    ...(isSent(value['Endpoints']) && { endpoints: list(value['Endpoints'], 'Endpoints', fault, endpoint) }),
    ...(nodeKey !== undefined && { key: nodeKey }),
    ...(isSent(value['DiscoKey']) && { discoKey: discoKey ?? null }),
    ...(online !== undefined && { online }),
    ...(lastSeen !== undefined && { lastSeen }),
    ...(keyExpiry !== undefined && { keyExpiry: keyExpiry === ZERO_TIME ? null : keyExpiry }),
  };
}

const isSent = (value: unknown): boolean => value !== undefined && value !== null;

/** A node has an id. */
function nodeId(value: unknown, name: string, fault: Fault): number {
  if (!isSent(value)) fault.wrongType(name);
  return id(value, name, fault);
}

const region = (value: unknown, name: string, fault: Fault): number => int(value, name, fault, 0, 0x7fffffff);

function homeRelay(node: JsonObject, fault: Fault): number {
  const home = region(node['HomeDERP'], 'HomeDERP', fault);
  if (home !== 0 || node['DERP'] === undefined) return home;
  const legacy = text(node['DERP'], 'DERP', fault);
  const digits = legacy.startsWith(LEGACY_RELAY) ? legacy.slice(LEGACY_RELAY.length) : '';
  return /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
}

/** Most peers have no subnets: then the two lists are one, read and kept once. */
function sameTexts(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (typeof a[i] !== 'string' || a[i] !== b[i]) return false;
  return true;
}

function hostFields(value: unknown, fault: Fault): JsonObject {
  return object(value, 'Hostinfo', fault, (fields) => fields) ?? NONE_SENT;
}

/** Each value as the server wrote it: what a capability means is for whoever knows it. */
function capabilities(map: unknown, old: unknown, fault: Fault): Capabilities {
  if (!isSent(map) && !isSent(old)) return NO_CAPABILITIES;
  const out = new Map<string, readonly unknown[]>();
  for (const name of list(old, 'Capabilities', fault, textItem)) out.set(name, []);
  entries(map, 'CapMap', fault, (name, value) => {
    if (Array.isArray(value)) out.set(name, value);
    else if (value === null) out.set(name, []);
    else fault.wrongType('');
  });
  return out;
}

/** With a length. '' is the protocol's "none", and is left out. */
function prefix(value: unknown, fault: Fault): IpPrefix | undefined {
  if (typeof value !== 'string') {
    fault.wrongType('');
    return undefined;
  }
  if (value === '') return undefined;
  const made = value.includes('/') ? parsePrefix(value) : undefined;
  if (made === undefined) fault.fail('map: an address is not an address', '');
  return made;
}

/** One that cannot be used from here is left out: within a zone of another computer, at port 0, or ''. */
function endpoint(value: unknown, fault: Fault): IpEndpoint | undefined {
  if (typeof value !== 'string') {
    fault.wrongType('');
    return undefined;
  }
  const made = parseEndpoint(value);
  if (made !== undefined || value === '') return made;
  const withoutZone = value.replace(/%[^\]]+\]/, ']').replace(/:0{1,5}$/, ':1');
  if (parseEndpoint(withoutZone) === undefined) fault.fail('map: an address is not an address', '');
  return undefined;
}
