/**
 * The netmap as the JSON that a control server writes, in headscale's shape: what decodes here as the value it was made of.
 * For the control server of the simulator and the sandbox, for tests and the benchmark; the product never sends a map.
 */
import { formatEndpoint, formatIp, formatPrefix, type IpAddress } from '../../base/ip.ts';
import { formatKey, zeroKey } from '../../keys/text-forms.ts';
import { formatRfc3339 } from '../../time/rfc3339.ts';
import { NO_STUN } from './constants.ts';
import type { JsonObject } from './fields.ts';
import { rangeText } from './filter-rules.ts';
import type { DnsConfig, DnsResolver, FilterRule, NetNode, NodePatch, RegisterAnswer, RelayMap, RelayNode, UserProfile } from './types.ts';

const ZERO_TIME_TEXT = '0001-01-01T00:00:00Z';

export function encodeNode(node: NetNode): JsonObject {
  return {
    ID: node.id,
    StableID: node.stableId,
    Name: `${node.name}.`,
    User: node.user,
    Key: formatKey('node', node.key),
    KeyExpiry: node.keyExpiry === undefined ? ZERO_TIME_TEXT : formatRfc3339(node.keyExpiry),
    ...(node.machineKey !== undefined && { Machine: formatKey('machine', node.machineKey) }),
    ...(node.discoKey !== undefined && { DiscoKey: formatKey('disco', node.discoKey) }),
    Addresses: node.addresses.map(formatPrefix),
    AllowedIPs: node.allowedIps.map(formatPrefix),
    ...(node.primaryRoutes.length > 0 && { PrimaryRoutes: node.primaryRoutes.map(formatPrefix) }),
    ...(node.endpoints.length > 0 && { Endpoints: node.endpoints.map(formatEndpoint) }),
    ...(node.homeRelay !== 0 && { HomeDERP: node.homeRelay }),
    Hostinfo: { OS: node.os, Hostname: node.hostname },
    ...(node.cap !== 0 && { Cap: node.cap }),
    ...(node.tags.length > 0 && { Tags: node.tags }),
    ...(node.lastSeen !== undefined && { LastSeen: formatRfc3339(node.lastSeen) }),
    ...(node.online !== undefined && { Online: node.online }),
    ...(node.machineAuthorized && { MachineAuthorized: true }),
    ...(node.capabilities.size > 0 && { CapMap: Object.fromEntries(node.capabilities) }),
    ...(node.expired && { Expired: true }),
    ...(node.wireGuardOnly && { IsWireGuardOnly: true }),
    ...(node.jailed && { IsJailed: true }),
  };
}

export function encodePatch(patch: NodePatch): JsonObject {
  return {
    NodeID: patch.id,
    ...(patch.homeRelay !== undefined && { DERPRegion: patch.homeRelay }),
    ...(patch.cap !== undefined && { Cap: patch.cap }),
    ...(patch.capabilities !== undefined && { CapMap: Object.fromEntries(patch.capabilities) }),
    ...(patch.endpoints !== undefined && { Endpoints: patch.endpoints.map(formatEndpoint) }),
    ...(patch.key !== undefined && { Key: formatKey('node', patch.key) }),
    ...(patch.discoKey !== undefined && { DiscoKey: patch.discoKey === null ? zeroKey('disco') : formatKey('disco', patch.discoKey) }),
    ...(patch.online !== undefined && { Online: patch.online }),
    ...(patch.lastSeen !== undefined && { LastSeen: formatRfc3339(patch.lastSeen) }),
    ...(patch.keyExpiry !== undefined && { KeyExpiry: patch.keyExpiry === null ? ZERO_TIME_TEXT : formatRfc3339(patch.keyExpiry) }),
  };
}

/** `text` is not part of it: the reader writes its own. */
export function encodeFilterRule(rule: FilterRule): JsonObject {
  return {
    SrcIPs: rule.sources.map((source) => (source.kind === 'range' ? rangeText(source.range) : `cap:${source.name}`)),
    DstPorts: rule.destinations.map(({ range, firstPort, lastPort }) => ({ IP: rangeText(range), Ports: { First: firstPort, Last: lastPort } })),
    IPProto: rule.protocols,
  };
}

export function encodeRelayMap(map: RelayMap): JsonObject {
  const regions = [...map.regions].map(([id, region]) => [
    String(id),
    {
      RegionID: id,
      RegionCode: region.code,
      RegionName: region.name,
      ...(region.avoid && { Avoid: true }),
      ...(region.noMeasureNoHome && { NoMeasureNoHome: true }),
      Nodes: region.nodes.map((node) => encodeRelayNode(id, node)),
    },
  ]);
  return {
    HomeParams: { RegionScore: Object.fromEntries([...map.scores].map(([id, score]) => [String(id), score])) },
    Regions: Object.fromEntries(regions),
    ...(map.omitDefaultRegions && { omitDefaultRegions: true }),
  };
}

function encodeRelayNode(region: number, node: RelayNode): JsonObject {
  return {
    Name: node.name,
    RegionID: region,
    HostName: node.hostName,
    ...(node.certName !== '' && { CertName: node.certName }),
    ...(node.ipv4 !== 'dns' && { IPv4: addressText(node.ipv4) }),
    ...(node.ipv6 !== 'dns' && { IPv6: addressText(node.ipv6) }),
    STUNPort: node.stunPort ?? NO_STUN,
    ...(node.stunOnly && { STUNOnly: true }),
    DERPPort: node.relayPort,
    ...(node.canPort80 && { CanPort80: true }),
    ...(node.insecureForTests && { InsecureForTests: true }),
  };
}

const addressText = (address: IpAddress | 'off'): string => (address === 'off' ? 'none' : formatIp(address));

export function encodeDns(dns: DnsConfig): JsonObject {
  return {
    Resolvers: dns.resolvers.map(encodeResolver),
    Routes: Object.fromEntries([...dns.routes].map(([suffix, resolvers]) => [suffix, resolvers.map(encodeResolver)])),
    FallbackResolvers: dns.fallbackResolvers.map(encodeResolver),
    Domains: dns.domains,
    Proxied: dns.magicDns,
    ExtraRecords: dns.extraRecords.map(({ name, type, value }) => ({ Name: name, Type: type, Value: value })),
    CertDomains: dns.certDomains,
  };
}

function encodeResolver(resolver: DnsResolver): JsonObject {
  return {
    Addr: resolver.address,
    ...(resolver.bootstrap.length > 0 && { BootstrapResolution: resolver.bootstrap }),
    ...(resolver.useWithExitNode && { UseWithExitNode: true }),
  };
}

export function encodeUser(user: UserProfile): JsonObject {
  return { ID: user.id, LoginName: user.loginName, DisplayName: user.displayName };
}

export function encodeRegisterAnswer(answer: RegisterAnswer): JsonObject {
  return {
    User: { ID: 0, DisplayName: answer.displayName },
    Login: { ID: 0, Provider: '', LoginName: answer.loginName, DisplayName: answer.displayName },
    NodeKeyExpired: answer.nodeKeyExpired,
    MachineAuthorized: answer.machineAuthorized,
    AuthURL: answer.authUrl,
    Error: answer.error,
  };
}
