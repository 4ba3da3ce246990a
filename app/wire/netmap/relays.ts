/** The DERP map out of parsed JSON: what an update says of it, defaults filled in. It does not merge. For response.ts. */
import { parseIp, type IpAddress } from '../../base/ip.ts';
import { NO_STUN, RELAY_PORT, STUN_PORT } from './constants.ts';
import { bool, entries, idKey, int, isObject, list, text, words, type Fault, type JsonObject } from './fields.ts';
import type { RelayNode, RelayRegion } from './types.ts';

/** What is undefined stays as it was. */
export interface RelayMapUpdate {
  readonly regions: ReadonlyMap<number, RelayRegion> | undefined;
  readonly omitDefaultRegions: boolean;
  readonly scores: ReadonlyMap<number, number> | undefined;
}

export function decodeRelayMap(map: JsonObject, fault: Fault): RelayMapUpdate {
  const home = map['HomeParams'];
  if (home !== undefined && home !== null && !isObject(home)) fault.wrongType('HomeParams');
  const scoresSent = isObject(home) ? home['RegionScore'] : undefined;
  const regions = new Map<number, RelayRegion>();
  entries(map['Regions'], 'Regions', fault, (name, value) => {
    const id = idKey(name, fault);
    if (value === null || fault.reason !== undefined) return;
    const made = region(id, value, fault);
    if (made === undefined || fault.reason !== undefined) fault.within(`[${id}]`);
    else regions.set(id, made);
  });
  const scores = new Map<number, number>();
  entries(scoresSent, 'HomeParams.RegionScore', fault, (name, value) => {
    if (typeof value === 'number' && Number.isFinite(value)) scores.set(idKey(name, fault), value);
    else fault.wrongType('');
  });
  return {
    regions: isSent(map['Regions']) ? regions : undefined,
    omitDefaultRegions: bool(map['omitDefaultRegions'], 'omitDefaultRegions', fault),
    scores: isSent(scoresSent) ? scores : undefined,
  };
}

const isSent = (value: unknown): boolean => value !== undefined && value !== null;

function region(id: number, value: unknown, fault: Fault): RelayRegion | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  return {
    id,
    code: words(value['RegionCode'], 'RegionCode', fault),
    name: words(value['RegionName'], 'RegionName', fault),
    avoid: bool(value['Avoid'], 'Avoid', fault),
    noMeasureNoHome: bool(value['NoMeasureNoHome'], 'NoMeasureNoHome', fault),
    nodes: list(value['Nodes'], 'Nodes', fault, node),
  };
}

function node(value: unknown, fault: Fault): RelayNode | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  const stun = int(value['STUNPort'], 'STUNPort', fault, NO_STUN, 65_535);
  const port = int(value['DERPPort'], 'DERPPort', fault, 0, 65_535);
  return {
    name: words(value['Name'], 'Name', fault),
    hostName: text(value['HostName'], 'HostName', fault),
    certName: text(value['CertName'], 'CertName', fault),
    ipv4: address(value['IPv4'], 'IPv4', 4, fault),
    ipv6: address(value['IPv6'], 'IPv6', 6, fault),
    stunPort: stun === NO_STUN ? undefined : stun || STUN_PORT,
    stunOnly: bool(value['STUNOnly'], 'STUNOnly', fault),
    relayPort: port || RELAY_PORT,
    canPort80: bool(value['CanPort80'], 'CanPort80', fault),
    insecureForTests: bool(value['InsecureForTests'], 'InsecureForTests', fault),
  };
}

function address(value: unknown, name: string, family: 4 | 6, fault: Fault): IpAddress | 'dns' | 'off' {
  const written = text(value, name, fault);
  if (written === '') return 'dns';
  const parsed = parseIp(written);
  return parsed?.family === family ? parsed : 'off';
}
