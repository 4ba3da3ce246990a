/**
 * What a person may be told of paths, relays and the network around: pure reads of the machines of a mesh. Caller: view.ts.
 */
import { formatEndpoint, type IpEndpoint } from '../base/ip.ts';
import type { PortMapReport } from '../portmap/types.ts';
import type { PathReport } from '../paths/types.ts';
import type { Instant } from '../time/instant.ts';
import type { Mesh } from './mesh/mesh.ts';
import type { PortMappingMessage } from './mesh-messages.ts';
import { viaText, viaWords, whyMessage } from './path-messages.ts';
import type { NodePeer } from './peer.ts';
import { relayAway, relayName, relayTrouble, relayTruth } from './relay-messages.ts';
import type { CauseView, NetcheckView, PathView, PeerWays, RelayView, TruthView } from './types.ts';

/** Undefined: the path machine knows no such peer. `known`: data of it says that there is a path. */
export function meshPath(mesh: Mesh, peer: NodePeer, known: boolean): PathView | undefined {
  const report = mesh.machines.paths.report(peer.id);
  if (report === undefined) return undefined;
  return {
    kind: known ? report.kind : 'none',
    via: report.via === undefined ? null : viaText(report.via, mesh.map),
    latencyMs: known ? (peer.lastLatency ?? report.latencyMs ?? null) : null,
    why: whyMessage(report, mesh.map),
    sinceAt: report.since,
    nextTryAt: report.nextTryAt ?? null,
    candidates: candidates(report),
  };
}

function candidates(report: PathReport): PathView['candidates'] {
  return report.candidates.map(({ endpoint, source, sent, answered, lastAnswerAt, latencyMs, badUntil }) => ({
    endpoint: formatEndpoint(endpoint),
    source,
    sent,
    answered,
    lastAnswerAt: lastAnswerAt ?? null,
    latencyMs: latencyMs === undefined ? null : Math.round(latencyMs * 100) / 100,
    badUntil: badUntil ?? null,
  }));
}

/** Where packets to this peer go, as in a sentence; empty: nowhere. */
export function meshWays({ map }: Mesh, { way: { direct, relay } }: NodePeer): string {
  const ways = [...(direct === undefined ? [] : [formatEndpoint(direct)]), ...(relay === undefined ? [] : [viaWords({ kind: 'relay', region: relay }, map)])];
  return ways.join(' and ');
}

/** For a report: where packets of each peer went, of those that ever had a way. */
export function meshWaysKept({ map }: Mesh, peers: Iterable<NodePeer>): PeerWays[] {
  const text = (direct: IpEndpoint | undefined): string | null => (direct === undefined ? null : formatEndpoint(direct));
  return [...peers].filter(({ ways }) => ways.length > 0).map(({ id, ways }) => ({ id, changes: ways.map(({ at, direct, relay }) => ({ at, direct: text(direct), relay: relay === undefined ? null : relayName(relay, map) })) }));
}

export function meshRelays(mesh: Mesh): RelayView[] {
  const { map, machines } = mesh;
  const { netcheck, relays } = machines;
  return [...map.regions.values()].map(({ id, name }) => {
    const state = relays.state(id);
    const latency = mesh.latencyOf(id);
    return {
      region: id,
      code: relayName(id, map),
      name,
      home: netcheck.homeRelay === id,
      state: state.kind,
      heardAt: state.kind === 'up' || state.kind === 'checking' ? state.heardAt : null,
      latencyMs: latency === undefined ? null : Math.round(latency * 100) / 100,
    };
  });
}

export function meshNetcheck({ machines }: Mesh): NetcheckView | null {
  const report = machines.netcheck.last;
  if (report === undefined) return null;
  const { at, udp, ipv4, ipv6, mappingVariesByDestination, captivePortal, globalV4, globalV6 } = report;
  return {
    at,
    udp: udp ?? null,
    ipv4: ipv4 ?? null,
    ipv6: ipv6 ?? null,
    mappingVariesByDestination: mappingVariesByDestination ?? null,
    captivePortal: captivePortal ?? null,
    globalV4: globalV4 === undefined ? null : formatEndpoint(globalV4),
    globalV6: globalV6 === undefined ? null : formatEndpoint(globalV6),
    portMapping: portMapping(machines.portMap.report()),
  };
}

function portMapping(report: PortMapReport): PortMappingMessage | null {
  switch (report.kind) {
    case 'unknown':
      return null;
    case 'absent':
      return { key: 'port-mapping.absent' };
    case 'refused':
      return { key: 'port-mapping.refused', protocol: report.protocol, why: report.why };
    case 'behind-another-nat':
      return { key: 'port-mapping.another-nat', protocol: report.protocol, endpoint: formatEndpoint(report.external) };
    case 'mapped':
      return { key: 'port-mapping.mapped', protocol: report.protocol, endpoint: formatEndpoint(report.external) };
    default:
      return report satisfies never;
  }
}

export function meshTruth({ map, machines }: Mesh): TruthView {
  const home = machines.netcheck.homeRelay;
  return relayTruth(home, home === undefined ? { kind: 'idle' } : machines.relays.state(home), map);
}

export function meshCauses({ map, machines }: Mesh, now: Instant): CauseView[] {
  const causes: CauseView[] = [];
  const { netcheck, relays } = machines;
  const home = netcheck.homeRelay;
  const away = home === undefined ? undefined : relayAway(relays.state(home));
  if (home !== undefined && away !== undefined) {
    const relay = relayName(home, map);
    causes.push({ id: 'relay', severity: 'stale', message: { key: 'cause.relay', relay, trouble: relayTrouble(away.last, relay), nextTryAt: away.nextTryAt }, sinceAt: away.since, peer: null });
  }
  const report = netcheck.last;
  if (report?.captivePortal === true) causes.push({ id: 'portal', severity: 'down', message: { key: 'cause.captive-portal' }, sinceAt: report.at, peer: null });
  else if (report?.udp === false) causes.push({ id: 'udp', severity: 'info', message: { key: 'cause.udp-blocked' }, sinceAt: report.at ?? now, peer: null });
  return causes;
}
