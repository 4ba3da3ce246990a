/**
 * The JSON bodies of registration and map requests. Values to text, nothing kept. A map request always carries the disco
 * key, the whole Hostinfo and the endpoints: headscale applies what it is sent and forgets what is left out (absent
 * DiscoKey: zero; absent Hostinfo: wiped), whether the request streams or not.
 */
import { formatEndpoint, formatPrefix } from '../base/ip.ts';
import { formatKey, zeroKey } from '../keys/text-forms.ts';
import { CAPABILITY_VERSION } from '../wire/capability-version.ts';
import { SIGN_OUT_EXPIRY_TEXT } from './constants.ts';
import type { HostFacts, LocalEndpoint, NetFacts } from './types.ts';

/** Raw public keys. */
export interface RegisterRequest {
  readonly key: Uint8Array;
  /** Undefined: none. */
  readonly oldKey: Uint8Array | undefined;
  readonly host: HostFacts;
  readonly ephemeral: boolean;
  readonly authKey: string | undefined;
  /** The URL under which a person was asked. */
  readonly followup: string | undefined;
  readonly signOut: boolean;
}

export function registerBody(request: RegisterRequest): string {
  const { key, oldKey, host, ephemeral, authKey, followup, signOut } = request;
  // Headscale refuses tags that are asked for together with a pre-auth key: the key has its own.
  const hostinfo = hostinfoOf(authKey === undefined ? host : { ...host, requestTags: [] }, undefined);
  return JSON.stringify({
    Version: CAPABILITY_VERSION,
    NodeKey: formatKey('node', key),
    OldNodeKey: oldKey === undefined ? zeroKey('node') : formatKey('node', oldKey),
    ...(authKey === undefined ? {} : { Auth: { AuthKey: authKey } }),
    ...(signOut ? { Expiry: SIGN_OUT_EXPIRY_TEXT } : {}),
    ...(followup === undefined ? {} : { Followup: followup }),
    ...(ephemeral ? { Ephemeral: true } : {}),
    Hostinfo: hostinfo,
  });
}

export interface MapRequest {
  readonly key: Uint8Array;
  readonly discoKey: Uint8Array;
  readonly host: HostFacts;
  readonly net: NetFacts;
  readonly endpoints: readonly LocalEndpoint[];
  /** 'update': the server only takes what it is told. */
  readonly form: 'stream' | 'update';
  readonly zstd: boolean;
}

export function mapBody(request: MapRequest): string {
  const { key, discoKey, host, net, endpoints, form, zstd } = request;
  return JSON.stringify({
    Version: CAPABILITY_VERSION,
    NodeKey: formatKey('node', key),
    DiscoKey: formatKey('disco', discoKey),
    ...(form === 'stream' ? { Stream: true, KeepAlive: true, ...(zstd ? { Compress: 'zstd' } : {}) } : { Stream: false, OmitPeers: true }),
    Endpoints: endpoints.map(({ endpoint }) => formatEndpoint(endpoint)),
    EndpointTypes: endpoints.map(({ type }) => type),
    Hostinfo: hostinfoOf(host, net),
  });
}

function hostinfoOf(host: HostFacts, net: NetFacts | undefined): Record<string, unknown> {
  return {
    IPNVersion: host.clientVersion,
    BackendLogID: host.backendLogId,
    OS: host.os,
    OSVersion: host.osVersion,
    Hostname: host.hostname,
    GoArch: host.arch,
    ...(host.routableIps.length === 0 ? {} : { RoutableIPs: host.routableIps.map(formatPrefix) }),
    ...(host.requestTags.length === 0 ? {} : { RequestTags: host.requestTags }),
    ...(host.shieldsUp ? { ShieldsUp: true } : {}),
    ...(net === undefined ? {} : { NetInfo: netinfoOf(net) }),
  };
}

/** JSON.stringify leaves out what is undefined: an unknown is not sent. */
function netinfoOf(net: NetFacts): Record<string, unknown> {
  return {
    MappingVariesByDestIP: net.mappingVariesByDestination,
    WorkingIPv6: net.workingIpv6,
    OSHasIPv6: net.osHasIpv6,
    WorkingUDP: net.workingUdp,
    WorkingICMPv4: net.workingIcmpv4,
    HavePortMap: net.portMapped,
    UPnP: net.upnp,
    PMP: net.pmp,
    PCP: net.pcp,
    PreferredDERP: net.homeRelay,
    DERPLatency: net.relayLatency === undefined ? undefined : Object.fromEntries(net.relayLatency),
  };
}
