/**
 * What a person may be told, derived from the node's state at one moment. Pure reads; nothing here changes anything.
 * Green means data: a peer counts as proved only while its last authentic packet is younger than PROVED_FOR.
 */
import { formatIp } from '../base/ip.ts';
import type { Counters } from '../ports/counters.ts';
import type { Instant } from '../time/instant.ts';
import { PROVED_FOR } from './constants.ts';
import type { History } from './history.ts';
import type { Message } from './messages.ts';
import type { NodePeer } from './peer.ts';
import type { RepairLadder } from './repair-ladder.ts';
import type { CauseView, StaticNodeConfig, NodeView, PeerView, TruthView } from './types.ts';

export interface ViewSource {
  readonly config: StaticNodeConfig;
  readonly peers: readonly NodePeer[];
  readonly counters: Counters;
  readonly ladder: RepairLadder;
  readonly history: History;
  readonly port: number | undefined;
  readonly underlayError: { readonly code: string; readonly at: Instant } | undefined;
  readonly startedAt: Instant;
  /** Undefined: the operating system is not touched. */
  readonly os: TruthView | undefined;
}

export function buildView(source: ViewSource, now: Instant): NodeView {
  const peers = source.peers.map((peer) => peerView(peer, source.counters, now));
  const causes = buildCauses(source, peers);
  return {
    overall: { ...overall(source, peers), causes, sinceAt: causes[0]?.sinceAt ?? source.startedAt },
    account: null,
    self: {
      name: source.config.name,
      publicKey: source.config.publicKey.toString(),
      addresses: source.config.addresses.map(formatIp),
      port: source.port ?? null,
    },
    truths: {
      control: { state: 'off', provedAt: null, detail: { key: 'truth.control-none' } },
      relay: { state: 'off', provedAt: null, detail: { key: 'truth.relay-none' } },
      path: pathTruth(peers),
      os: source.os ?? { state: 'off', provedAt: null, detail: { key: 'truth.os-memory' } },
    },
    provedForMs: PROVED_FOR,
    peers,
    history: source.history.entries(),
  };
}

function peerView(peer: NodePeer, counters: Counters, now: Instant): PeerView {
  const health = peer.shownHealth(counters, now);
  const known = peer.endpoint !== undefined && health !== 'never' && health !== 'silent';
  return {
    id: peer.id,
    name: peer.name,
    publicKey: peer.config.publicKey.toString(),
    addresses: peer.addressTexts(),
    health,
    healthSinceAt: peer.standing.since,
    path: {
      kind: known ? 'direct' : 'none',
      via: peer.endpoint === undefined ? null : peer.endpointText,
      latencyMs: known ? peer.lastLatency : null,
      why: why(peer, health),
    },
    handshakeAt: counters.readAt(peer.id, 'handshakeAt') ?? null,
    lastDataAt: counters.readAt(peer.id, 'lastAuthenticAt') ?? null,
    rxBytes: counters.read(peer.id, 'rxBytes'),
    txBytes: counters.read(peer.id, 'txBytes'),
    handshakes: peer.handshakes,
    latency: peer.latency,
  };
}

function why(peer: NodePeer, health: PeerView['health']): Message {
  const endpoint = peer.endpointText;
  if (peer.endpoint === undefined) return { key: 'why.none-no-endpoint' };
  if (health === 'never') return { key: 'why.none-never-answered', endpoint };
  if (health === 'silent') return { key: 'why.none-silent', endpoint, sinceAt: peer.standing.since };
  return { key: peer.followed ? 'why.direct-followed' : 'why.direct-configured', endpoint };
}

function overall(source: ViewSource, peers: readonly PeerView[]): Pick<NodeView['overall'], 'state' | 'sentence'> {
  const total = peers.length;
  if (total === 0) return { state: 'attention', sentence: { key: 'overall.no-peers' } };
  const round = source.ladder.round;
  if (round?.sleptMs !== undefined) return { state: 'checking', sentence: { key: 'overall.woke', sleptMs: round.sleptMs, total } };
  const count = (health: PeerView['health']): number => peers.filter((peer) => peer.health === health).length;
  const proved = count('proved');
  const silent = count('silent') + peers.filter((peer) => peer.health === 'never' && round === undefined).length;
  const checking = count('checking') + (round === undefined ? 0 : count('never'));
  if (proved > 0 && silent > 0) return { state: 'attention', sentence: { key: 'overall.some-silent', silent, total } };
  if (proved > 0) return { state: 'connected', sentence: { key: 'overall.connected', answering: proved, total } };
  if (checking > 0) return { state: 'checking', sentence: { key: 'overall.checking', waiting: checking, total } };
  if (silent > 0) return { state: 'offline', sentence: { key: 'overall.none-answer', total } };
  return { state: 'idle', sentence: { key: 'overall.quiet', total } };
}

const SEVERITY_ORDER: readonly CauseView['severity'][] = ['down', 'stale', 'checking', 'info'];

function buildCauses(source: ViewSource, peers: readonly PeerView[]): CauseView[] {
  const causes: CauseView[] = [];
  const { blackout, round } = source.ladder;
  if (source.underlayError !== undefined) {
    causes.push({ id: 'underlay', severity: 'down', message: { key: 'cause.underlay', code: source.underlayError.code }, sinceAt: source.underlayError.at, peer: null });
  }
  if (round?.sleptMs !== undefined) {
    causes.push({ id: 'woke', severity: 'checking', message: { key: 'cause.woke', sleptMs: round.sleptMs }, sinceAt: round.startedAt, peer: null });
  }
  if (blackout !== undefined) {
    causes.push({ id: 'all-silent', severity: 'down', message: { key: 'cause.all-silent', total: blackout.total, sinceAt: blackout.since }, sinceAt: blackout.since, peer: null });
  }
  for (const peer of source.peers) {
    const health = peers.find((view) => view.id === peer.id)?.health;
    const told = blackout?.members.has(peer.id) === true || (round?.sleptMs !== undefined && round.waiting.has(peer.id));
    const cause = told ? undefined : peerCause(peer, health);
    if (cause !== undefined) causes.push(cause);
  }
  return causes.sort((a, b) => SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity) || a.sinceAt - b.sinceAt);
}

function peerCause(peer: NodePeer, health: PeerView['health'] | undefined): CauseView | undefined {
  const base = { id: `peer-${peer.id}`, sinceAt: peer.standing.since, peer: peer.name };
  const endpoint = peer.endpointText;
  const sinceAt = peer.standing.since;
  switch (health) {
    case 'never':
      if (peer.endpoint === undefined) return { ...base, severity: 'info', message: { key: 'cause.peer-no-endpoint', peer: peer.name } };
      return { ...base, severity: 'stale', message: { key: 'cause.peer-never', peer: peer.name, endpoint, attempts: attempts(peer) } };
    case 'checking':
      return { ...base, severity: 'checking', message: { key: 'cause.peer-checking', peer: peer.name, sinceAt, endpoint } };
    case 'silent':
      return { ...base, severity: 'stale', message: { key: 'cause.peer-silent', peer: peer.name, sinceAt, endpoint, attempts: attempts(peer) } };
    case 'proved':
    case 'quiet':
    case undefined:
      return undefined;
    default:
      return health satisfies never;
  }
}

function attempts(peer: NodePeer): number {
  return peer.standing.kind === 'live' ? 0 : peer.standing.attempts;
}

function pathTruth(peers: readonly PeerView[]): TruthView {
  if (peers.length === 0) return { state: 'off', provedAt: null, detail: { key: 'truth.path-none' } };
  const count = (...of: PeerView['health'][]): number => peers.filter((peer) => of.includes(peer.health)).length;
  const direct = count('proved');
  const checking = count('checking');
  const quiet = count('quiet');
  const silent = count('silent', 'never');
  const heard = peers.flatMap((peer) => (peer.lastDataAt === null ? [] : [peer.lastDataAt]));
  let state: TruthView['state'] = 'off';
  if (direct > 0) state = silent > 0 ? 'stale' : 'ok';
  else if (checking > 0) state = 'checking';
  else if (silent > 0) state = 'down';
  const provedAt = heard.length === 0 ? null : heard.reduce((a, b) => (b > a ? b : a));
  return { state, provedAt, detail: { key: 'truth.path', direct, checking, quiet, silent } };
}
