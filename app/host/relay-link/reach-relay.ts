/**
 * From the nodes of a region to one open relay connection: the nodes in their order, each within its share of the time that
 * is left, so that one that hangs does not keep the next from being tried. Addresses of the map come first; the name service
 * is asked only for what the map leaves to it, and only when the map's own addresses failed. Tries nothing twice.
 */
import { isIP } from 'node:net';
import type { RelayFailure } from '../../ports/relay-link.ts';
import type { Duration } from '../../time/instant.ts';
import type { RelayCarrier } from '../../ports/relay-lane.ts';
import type { RelayNode } from '../../wire/netmap/types.ts';
import type { Pace } from '../reach/dial.ts';
import { Failed } from '../reach/failure.ts';
import { openWay, type Leg, type Means, type Way } from '../reach/open-way.ts';
import { relayFailure, type RelayFailed } from './failure.ts';
import type { Handle } from './hand-over.ts';
import { familiesByName, namedAddresses, placeOf, ruleOf } from './relay-place.ts';
import { TrafficSecrets, WANTED_SUITE } from './traffic-secrets.ts';
import { upgradeToRelay, type Upgraded } from './upgrade.ts';

/** Of one TCP connection, ms (protocol: relay clients give up an address after this). */
const TCP_WITHIN = 1_500;
/** ms that IPv6 is ahead where it is known to work, and that further addresses of a name wait. */
const HEAD_START = 200;
const FURTHER = 250;

export interface RelayMeans extends Means {
  readonly plainOnLoopback: boolean;
  /** Whether the last relay that has IPv6 was reached over it. */
  readonly ipv6: { works: boolean };
  /** Who may take connections over. */
  readonly carrier: RelayCarrier | undefined;
  /** Hosts whose connections cannot be handed over. */
  readonly unfit: Set<string>;
}

export interface Reached extends Upgraded {
  readonly node: string;
  /** What failures name: its host. */
  readonly host: string;
  readonly localAddress: string | undefined;
  /** For handing it over. */
  readonly handle: Handle | undefined;
}

/** `signal` ends the attempt, and afterwards the connection. */
export async function reachRelay(means: RelayMeans, nodes: readonly RelayNode[], withinMs: Duration, signal: AbortSignal): Promise<Reached | RelayFailed> {
  const usable = nodes.filter((node) => !node.stunOnly);
  const ideal = usable[0]?.name;
  const end = performance.now() + withinMs;
  let last = new Failed<RelayFailure>({ kind: 'unreachable', host: '', code: 'NO_NODE' });
  for (const [i, node] of usable.entries()) {
    const left = end - performance.now();
    if (signal.aborted || (i > 0 && left < 1)) break;
    const reached = await withinItsTime(means, node, node.name === ideal ? undefined : ideal, left / (usable.length - i), signal);
    if (!(reached instanceof Failed)) return reached;
    last = reached;
  }
  return last;
}

async function withinItsTime(means: RelayMeans, node: RelayNode, ideal: string | undefined, withinMs: Duration, signal: AbortSignal): Promise<Reached | RelayFailed> {
  const ours = new AbortController();
  const abort = (): void => ours.abort();
  signal.addEventListener('abort', abort, { once: true });
  let during: Leg | 'upgrade' = 'name';
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<RelayFailed>((resolve) => {
    limit = setTimeout(() => resolve(new Failed<RelayFailure>({ kind: 'timed-out', host: node.hostName, during, afterMs: Math.round(withinMs) })), withinMs);
  });
  const result = await Promise.race([late, tryNode(means, node, ideal, ours.signal, (leg) => (during = leg))]);
  clearTimeout(limit);
  if (result instanceof Failed) {
    signal.removeEventListener('abort', abort);
    ours.abort();
  }
  return result;
}

async function tryNode(means: RelayMeans, node: RelayNode, ideal: string | undefined, signal: AbortSignal, leg: (leg: Leg | 'upgrade') => void): Promise<Reached | RelayFailed> {
  const place = placeOf(node, means.plainOnLoopback);
  const rule = ruleOf(node);
  if (rule === undefined) return new Failed<RelayFailure>({ kind: 'certificate', host: place.host, code: 'PIN_UNREADABLE' });
  const named = namedAddresses(node);
  const byName = familiesByName(node);
  const began = performance.now();
  const secrets = means.carrier?.isThere === true && !means.unfit.has(place.host) ? new TrafficSecrets() : undefined;
  const watch = secrets === undefined ? undefined : { suite: WANTED_SUITE, watch: secrets.watch.bind(secrets) };
  const go = (addresses: () => Promise<readonly string[] | Failed>): Promise<Way | Failed> => openWay(means, { place, signal, leg, addresses, pace: paceOf(means), rule, watch });
  let way: Way | Failed = named.length > 0 ? await go(async () => ordered(means, named)) : new Failed({ kind: 'unreachable', host: place.host, code: 'NO_ADDRESS' });
  const asked = byName.length > 0 && way instanceof Failed && isOfTheNetwork(way) && !signal.aborted;
  if (asked) way = await go(() => lookUp(means, place.host, byName));
  if (way instanceof Failed) return new Failed(relayFailure(way.failure, Math.round(performance.now() - began)));
  leg('upgrade');
  const upgraded = await upgradeToRelay(way.socket, place, ideal);
  if (upgraded instanceof Failed) return upgraded;
  if (way.address !== undefined) {
    if (byName.includes(6) || named.some((each) => isIP(each) === 6)) means.ipv6.works = isIP(way.address) === 6;
    // Only who has proved to be that host may be found here when the name service is silent.
    if (asked && rule.kind !== 'anyone') means.names.remember(place.host, way.address);
  }
  return { ...upgraded, node: node.name, host: place.host, localAddress: way.localAddress, handle: way.tap === undefined || secrets === undefined ? undefined : { tap: way.tap, secrets } };
}

/** Other addresses may help. A certificate or a proxy's refusal is an answer. */
function isOfTheNetwork({ failure }: Failed): boolean {
  return failure.kind === 'refused' || failure.kind === 'unreachable' || failure.kind === 'closed';
}

async function lookUp(means: RelayMeans, host: string, families: readonly number[]): Promise<readonly string[] | Failed> {
  const found = await means.names.resolve(host);
  if (found instanceof Failed) return found;
  const fitting = found.filter((address) => families.includes(isIP(address)));
  return fitting.length === 0 ? new Failed({ kind: 'unreachable', host, code: 'NO_ADDRESS' }) : ordered(means, fitting);
}

/** IPv6 first where it works; else as they come. */
function ordered(means: RelayMeans, addresses: readonly string[]): readonly string[] {
  return means.ipv6.works ? addresses.toSorted((a, b) => isIP(b) - isIP(a)) : addresses;
}

function paceOf(means: RelayMeans): Pace {
  return { staggerMs: (next) => (next === 1 ? (means.ipv6.works ? HEAD_START : 0) : FURTHER), eachMs: TCP_WITHIN, againMs: undefined };
}
