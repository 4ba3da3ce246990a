/**
 * What a person may be told, derived from the node's state at one moment. Pure reads; nothing here changes anything.
 * Green means data: a peer counts as proved only while its last authentic packet is younger than PROVED_FOR.
 */
import { formatIp, type IpAddress } from '../base/ip.ts';
import type { Counters } from '../ports/counters.ts';
import type { Duration, Instant } from '../time/instant.ts';
import { accountCauses, accountSentence, accountView, controlTruth, selfName, type AccountSource } from './account-view.ts';
import { PEER_CAUSES, PROVED_FOR } from './constants.ts';
import { meshCauses, meshNetcheck, meshPath, meshRelays, meshTruth, meshWays } from './mesh-view.ts';
import type { Mesh } from './mesh/mesh.ts';
import type { History } from './history.ts';
import type { Message } from './messages.ts';
import type { NodePeer } from './peer.ts';
import type { RepairLadder } from './repair-ladder.ts';
import type { CauseView, NodeView, OsView, PathView, PeerView, TruthView } from './types.ts';

/** What was last shown of a peer, so that a peer that did not change is shown as the same object: 10,000 cost little. */
export type ViewCache = WeakMap<NodePeer, { readonly stamp: PeerStamp; readonly view: PeerView }>;

interface PeerStamp {
  readonly revision: number;
  readonly health: PeerView['health'];
  readonly handshakeAt: Instant | null;
  readonly lastDataAt: Instant | null;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly wallOffset: Duration;
}

export interface ViewSource {
  readonly self: { readonly name: string; readonly publicKey: string; readonly addresses: readonly IpAddress[] };
  /** Undefined: a static network. */
  readonly account: AccountSource | undefined;
  /** Of a tailnet. */
  readonly mesh: Mesh | undefined;
  /** WallTime minus Instant, ms. */
  readonly wallOffset: Duration;
  readonly cache: ViewCache;
  readonly peers: readonly NodePeer[];
  readonly counters: Counters;
  readonly ladder: RepairLadder;
  readonly history: History;
  readonly port: number | undefined;
  readonly underlayError: { readonly code: string; readonly at: Instant } | undefined;
  readonly startedAt: Instant;
  /** Undefined: the operating system is not touched. */
  readonly os: TruthView | undefined;
  readonly osView: OsView | null;
}

export function buildView(source: ViewSource, now: Instant): NodeView {
  const { account } = source;
  const hasNetwork = account === undefined || accountSentence(account, source.peers.length)?.sentence.key !== 'overall.no-network';
  const peers = source.peers.map((peer) => peerView(peer, source, hasNetwork, now));
  const causes = buildCauses(source, peers, now);
  return {
    overall: { ...overall(source, peers), causes, sinceAt: causes[0]?.sinceAt ?? source.startedAt },
    account: account === undefined ? null : accountView(account),
    self: {
      name: account === undefined ? source.self.name : selfName(account),
      publicKey: source.self.publicKey,
      addresses: source.self.addresses.map(formatIp),
      port: source.port ?? null,
    },
    truths: {
      control: account === undefined ? { state: 'off', provedAt: null, detail: { key: 'truth.control-none' } } : controlTruth(account, now),
      relay: source.mesh === undefined ? { state: 'off', provedAt: null, detail: { key: 'truth.relay-none' } } : meshTruth(source.mesh),
      path: pathTruth(peers),
      os: source.os ?? { state: 'off', provedAt: null, detail: { key: account !== undefined && source.self.addresses.length === 0 ? 'truth.os-bare' : 'truth.os-memory' } },
    },
    os: source.osView,
    provedForMs: PROVED_FOR,
    peers,
    relays: source.mesh === undefined ? [] : meshRelays(source.mesh),
    netcheck: source.mesh === undefined ? null : meshNetcheck(source.mesh),
    history: source.history.entries(),
  };
}

/** Of a node that does not run: its history alone. */
export function stoppedView(history: History, now: Instant): NodeView {
  const off = { state: 'off', provedAt: null } as const;
  return {
    overall: { state: 'stopped', sentence: { key: 'overall.stopped' }, causes: [], sinceAt: now },
    account: null,
    self: { name: 'bowline', publicKey: '', addresses: [], port: null },
    truths: {
      control: { ...off, detail: { key: 'truth.control-none' } },
      relay: { ...off, detail: { key: 'truth.relay-none' } },
      path: { ...off, detail: { key: 'truth.path-none' } },
      os: { ...off, detail: { key: 'truth.os-memory' } },
    },
    os: null,
    provedForMs: 0,
    peers: [],
    relays: [],
    netcheck: null,
    history: history.entries(),
  };
}

/** Without a network nobody is asked and nobody can answer: what was proved is quiet from that moment. */
function peerView(peer: NodePeer, { counters, cache, mesh, wallOffset }: ViewSource, hasNetwork: boolean, now: Instant): PeerView {
  const health = peer.shownHealth(counters, now);
  const stamp: PeerStamp = {
    revision: peer.revision,
    health: health === 'proved' && !hasNetwork ? 'quiet' : health,
    handshakeAt: counters.readAt(peer.id, 'handshakeAt') ?? null,
    lastDataAt: counters.readAt(peer.id, 'lastAuthenticAt') ?? null,
    rxBytes: counters.read(peer.id, 'rxBytes'),
    txBytes: counters.read(peer.id, 'txBytes'),
    wallOffset,
  };
  const shown = cache.get(peer);
  if (shown !== undefined && sameStamp(shown.stamp, stamp)) return shown.view;
  const view = freshView(peer, stamp, mesh);
  cache.set(peer, { stamp, view });
  return view;
}

function sameStamp(a: PeerStamp, b: PeerStamp): boolean {
  return (
    a.revision === b.revision &&
    a.health === b.health &&
    a.handshakeAt === b.handshakeAt &&
    a.lastDataAt === b.lastDataAt &&
    a.rxBytes === b.rxBytes &&
    a.txBytes === b.txBytes &&
    a.wallOffset === b.wallOffset
  );
}

function freshView(peer: NodePeer, stamp: PeerStamp, mesh: Mesh | undefined): PeerView {
  const { health, handshakeAt, lastDataAt, rxBytes, txBytes } = stamp;
  const answered = peer.fromMap === undefined || peer.standing.kind === 'live' || peer.standing.kind === 'checking';
  const known = peer.isReachable && answered && health !== 'never' && health !== 'silent';
  return {
    id: peer.id,
    name: peer.name,
    publicKey: peer.config.publicKey.toString(),
    addresses: peer.addressTexts(),
    health,
    healthSinceAt: peer.standing.since,
    path: mesh === undefined ? staticPath(peer, health, known) : pathFromMap(mesh, peer, known, stamp),
    handshakeAt,
    lastDataAt,
    rxBytes,
    txBytes,
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

function staticPath(peer: NodePeer, health: PeerView['health'], known: boolean): PathView {
  const via = peer.endpoint === undefined ? null : peer.endpointText;
  return { kind: known ? 'direct' : 'none', via, latencyMs: known ? peer.lastLatency : null, why: why(peer, health), sinceAt: null, nextTryAt: null, candidates: [] };
}

function pathFromMap(mesh: Mesh, peer: NodePeer, known: boolean, { wallOffset, lastDataAt }: PeerStamp): PathView {
  const none = { kind: 'none', via: null, latencyMs: null, sinceAt: null, nextTryAt: null, candidates: [] } as const;
  if (peer.fromMap?.expired === true) return { ...none, candidates: [], why: { key: 'why.none-expired' } };
  const path = meshPath(mesh, peer, known && lastDataAt !== null) ?? { ...none, candidates: [], why: { key: 'why.none-map-no-address' } };
  if (known && lastDataAt !== null) return path;
  const { candidates } = path;
  if (peer.isOffline) return { ...path, why: { key: 'why.none-offline', sinceAt: peer.fromMap?.node.lastSeen === undefined ? null : peer.fromMap.node.lastSeen - wallOffset } };
  if (peer.isReachable && peer.standing.kind === 'never' && peer.standing.attempts === 0) return { ...path, why: { key: 'why.none-not-asked', total: candidates.length } };
  if (peer.standing.kind === 'silent') return { ...path, why: { key: 'why.none-silent', endpoint: meshWays(mesh, peer), sinceAt: peer.standing.since } };
  return path;
}

function overall(source: ViewSource, peers: readonly PeerView[]): Pick<NodeView['overall'], 'state' | 'sentence'> {
  const total = peers.length;
  const first = source.account === undefined ? undefined : accountSentence(source.account, total);
  if (first !== undefined) return first;
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

function buildCauses(source: ViewSource, peers: readonly PeerView[], now: Instant): CauseView[] {
  const causes: CauseView[] = source.account === undefined ? [] : accountCauses(source.account, now);
  if (source.mesh !== undefined) causes.push(...meshCauses(source.mesh, now));
  const most = causes.length + PEER_CAUSES;
  const { blackout, round } = source.ladder;
  if (source.os?.state === 'down' || source.os?.state === 'stale') {
    causes.push({ id: 'system', severity: source.os.state, message: source.os.detail, sinceAt: source.osView?.sinceAt ?? source.os.provedAt ?? source.startedAt, peer: null });
  }
  if (source.underlayError !== undefined) {
    causes.push({ id: 'underlay', severity: 'down', message: { key: 'cause.underlay', code: source.underlayError.code }, sinceAt: source.underlayError.at, peer: null });
  }
  if (round?.sleptMs !== undefined) {
    causes.push({ id: 'woke', severity: 'checking', message: { key: 'cause.woke', sleptMs: round.sleptMs }, sinceAt: round.startedAt, peer: null });
  }
  if (blackout !== undefined) {
    causes.push({ id: 'all-silent', severity: 'down', message: { key: 'cause.all-silent', total: blackout.total, sinceAt: blackout.since }, sinceAt: blackout.since, peer: null });
  }
  for (const [i, peer] of source.peers.entries()) {
    const health = peers[i]?.health;
    const told = blackout?.members.has(peer.id) === true || (round?.sleptMs !== undefined && round.waiting.has(peer.id));
    const cause = told ? undefined : peerCause(peer, health, source.mesh);
    if (cause !== undefined) causes.push(cause);
    if (causes.length > most) break;
  }
  return causes.sort((a, b) => SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity) || a.sinceAt - b.sinceAt);
}

function peerCause(peer: NodePeer, health: PeerView['health'] | undefined, mesh: Mesh | undefined): CauseView | undefined {
  // Most peers of a large network, and no text is made for them.
  if (health === 'proved' || health === 'quiet' || health === undefined) return undefined;
  const base = { id: `peer-${peer.id}`, sinceAt: peer.standing.since, peer: peer.name };
  const endpoint = mesh === undefined ? peer.endpointText : meshWays(mesh, peer);
  const sinceAt = peer.standing.since;
  switch (health) {
    case 'never':
      if (endpoint === '') return { ...base, severity: 'info', message: { key: 'cause.peer-no-endpoint', peer: peer.name } };
      return { ...base, severity: 'stale', message: { key: 'cause.peer-never', peer: peer.name, endpoint, attempts: attempts(peer) } };
    case 'checking':
      return { ...base, severity: 'checking', message: { key: 'cause.peer-checking', peer: peer.name, sinceAt, endpoint } };
    case 'silent':
      return { ...base, severity: 'stale', message: { key: 'cause.peer-silent', peer: peer.name, sinceAt, endpoint, attempts: attempts(peer) } };
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
  const proved = count('proved');
  const relayed = peers.filter((peer) => peer.health === 'proved' && peer.path.kind === 'relay').length;
  const checking = count('checking');
  const quiet = count('quiet');
  const silent = count('silent', 'never');
  let state: TruthView['state'] = 'off';
  if (proved > 0) state = silent > 0 ? 'stale' : 'ok';
  else if (checking > 0) state = 'checking';
  else if (silent > 0) state = 'down';
  let provedAt: Instant | null = null;
  for (const { lastDataAt } of peers) if (lastDataAt !== null && (provedAt === null || lastDataAt > provedAt)) provedAt = lastDataAt;
  return { state, provedAt, detail: { key: 'truth.path', direct: proved - relayed, relayed, checking, quiet, silent } };
}
