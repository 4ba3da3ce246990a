/**
 * One stream of map messages, merged into a whole NetworkView: decode, judge, then apply, so that a message is taken whole
 * or refused whole. Views are immutable and share structure; a change of one peer costs the same however many there are.
 * Nothing merges across streams: a new stream gets a new session. It knows no connection and no watchdog, judges no
 * expiry, and acts on no extra: control.ts does. Pure; text of the server never makes it throw.
 */
import { reject } from '../base/reject.ts';
import { IntMap } from '../base/shared-map.ts';
import { wallTime, type WallTime } from '../time/instant.ts';
import { MAX_MESSAGE_LENGTH } from '../wire/netmap/constants.ts';
import type { FilterSet } from '../wire/netmap/filter-rules.ts';
import { judgeShape } from '../wire/netmap/json-shape.ts';
import type { RelayMapUpdate } from '../wire/netmap/relays.ts';
import { decodeMapResponse, isFallacy, type MapUpdate, type NamedChanges } from '../wire/netmap/response.ts';
import { same } from '../wire/netmap/same.ts';
import type { DnsConfig, PacketFilter, RelayMap, UserProfile } from '../wire/netmap/types.ts';
import { MAX_HEALTH, MAX_SESSION_WEIGHT } from './map-constants.ts';
import type { Applied, MapExtras, MapRefusal } from './map-session-types.ts';
import { weighFilter, weighJson, weighUser } from './map-weight.ts';
import type { NetworkChange, NetworkView } from './network-view.ts';
import { applyPeers, mergePeers, type PeerMap } from './peer-merge.ts';

const NO_RELAYS: RelayMap = { regions: new Map(), scores: new Map(), omitDefaultRegions: false };
const NO_DNS: DnsConfig = { resolvers: [], routes: new Map(), fallbackResolvers: [], domains: [], magicDns: false, extraRecords: [], certDomains: [] };

type Filters = ReadonlyMap<string, FilterSet>;
type Notices = ReadonlyMap<string, string>;
type Users = IntMap<UserProfile>;

export class MapSession {
  #view: NetworkView | undefined;
  /** The whole map was refused: a change of it is none of nothing, though it may look like a map of its own. */
  #missedFirst = false;
  #peers: PeerMap = IntMap.empty();
  #users: Users = IntMap.empty();
  /** Undefined: none was ever received. */
  #filters: Filters | undefined;
  #healthTexts: readonly string[] = [];
  #notices: Notices = new Map();
  /** Which peer has which key. The one thing changed in place, and only when an update is accepted. */
  readonly #owners = new Map<string, number>();
  #peerWeight = 0;
  #userWeight = 0;

  /** One message of the stream, uncompressed. `wall`: this computer's clock, for what a message calls "now". */
  apply(text: string, wall: WallTime): Applied {
    const applied = this.#apply(text, wall);
    if (applied.kind === 'refused' && this.#view === undefined) this.#missedFirst = true;
    return applied;
  }

  #apply(text: string, wall: WallTime): Applied {
    if (text.length > MAX_MESSAGE_LENGTH) return refused('map: larger than the limit');
    const shape = judgeShape(text);
    if (shape !== 'fine') return refused(shape === 'too deep' ? 'map: nested too deeply' : 'map: larger than the limit');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return refused('map: not JSON');
    }
    const update = decodeMapResponse(value);
    if (isFallacy(update)) return { kind: 'refused', reason: update.reason, field: update.field };
    if (update.keepAlive) return { kind: 'keep-alive', extras: extrasOf(update) };
    if (this.#missedFirst) return refused('map: the whole map before it was refused');
    return this.#merge(update, wall);
  }

  #merge(update: MapUpdate, wall: WallTime): Applied {
    const old = this.#view;
    const self = update.self ?? old?.self;
    if (self === undefined) return refused('map: first message without a node', 'Node');
    const peerChange = mergePeers(this.#peers, this.#owners, update, wall);
    if ('refusal' in peerChange) return refused(peerChange.refusal, peerChange.field);
    const filters = mergeFilters(this.#filters, update.filters);
    const notices = mergeNamed(this.#notices, update.notices);
    const healthTexts = update.health ?? this.#healthTexts;
    const users = mergeUsers(this.#users, this.#userWeight, update.users);
    const peerWeight = this.#peerWeight + peerChange.weight;
    const weight = peerWeight + users.weight + weighFilters(filters) + weighJson([...notices.keys(), ...notices.values(), ...healthTexts]);
    if (weight > MAX_SESSION_WEIGHT) return refused('map: larger than the limit');

    // From here on the update is accepted.
    const peersChanged = peerChange.put.length > 0 || peerChange.removed.length > 0;
    if (peersChanged) this.#peers = applyPeers(this.#peers, peerChange);
    for (const [key, owner] of peerChange.owners) {
      if (owner === undefined) this.#owners.delete(key);
      else this.#owners.set(key, owner);
    }
    this.#filters = filters;
    this.#notices = notices;
    this.#healthTexts = healthTexts;
    this.#users = users.users;
    this.#peerWeight = peerWeight;
    this.#userWeight = users.weight;

    const parts = {
      self: keep(old?.self, self),
      relays: keep(old?.relays, mergeRelays(old?.relays ?? NO_RELAYS, update.relays)),
      dns: keep(old?.dns, update.dns ?? old?.dns ?? NO_DNS),
      filter: update.filters === undefined && old !== undefined ? old.filter : keep(old?.filter, effectiveFilter(filters)),
      domain: update.domain === '' ? (old?.domain ?? '') : update.domain,
      health: keep(old?.health, healthOf(healthTexts, notices)),
      users: this.#users,
      peers: this.#peers,
    };
    const change: NetworkChange = {
      self: old?.self !== parts.self,
      peersPut: old === undefined ? 'all' : peerChange.put.map(({ id }) => id),
      peersRemoved: peerChange.removed,
      relays: old?.relays !== parts.relays,
      dns: old?.dns !== parts.dns,
      filter: old?.filter !== parts.filter,
      users: old?.users !== parts.users,
      domain: old?.domain !== parts.domain,
      health: old?.health !== parts.health,
    };
    const view = old !== undefined && !isAny(change) ? old : { revision: (old?.revision ?? 0) + 1, ...parts };
    this.#view = view;
    return { kind: 'updated', view, change, extras: extrasOf(update), ignored: ignoredIn(update.filters) };
  }
}

const refused = (reason: MapRefusal, field = ''): Applied => ({ kind: 'refused', reason: reject(reason), field });

/** The one before where the next says the same: its holder then sees that nothing changed. */
function keep<T>(before: T | undefined, next: T): T {
  return before !== undefined && same(before, next) ? before : next;
}

function isAny(change: NetworkChange): boolean {
  const { peersPut, peersRemoved, ...parts } = change;
  return peersPut.length > 0 || peersRemoved.length > 0 || Object.values(parts).some(Boolean);
}

function extrasOf(update: MapUpdate): MapExtras {
  return {
    ...(update.controlTime !== undefined && { serverTime: wallTime(update.controlTime) }),
    ...(update.ping !== undefined && { ping: update.ping }),
    ...(update.openUrl !== '' && { openUrl: update.openUrl }),
    ...(update.sleepMs !== undefined && { sleepMs: update.sleepMs }),
  };
}

/** A `clear` goes first, then each name is set or deleted. */
function mergeNamed<T>(before: ReadonlyMap<string, T>, changes: NamedChanges<T> | undefined): ReadonlyMap<string, T> {
  if (changes === undefined) return before;
  const next = new Map(changes.clear ? [] : before);
  for (const [name, value] of changes.put) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}

/** Changes without a name change nothing, and do not count as a filter that was received. */
function mergeFilters(before: Filters | undefined, changes: NamedChanges<FilterSet> | undefined): Filters | undefined {
  if (changes === undefined || (!changes.clear && changes.put.size === 0)) return before;
  return mergeNamed(before ?? new Map<string, FilterSet>(), changes);
}

/** Rules by sorted name; none at all where one set is of the old form. */
function effectiveFilter(filters: Filters | undefined): PacketFilter | null {
  if (filters === undefined) return null;
  const obsolete = [...filters.values()].some((set) => set.obsolete);
  return [...filters.keys()].toSorted().map((name) => ({ name, rules: obsolete ? [] : filters.get(name)!.rules }));
}

function weighFilters(filters: Filters | undefined): number {
  let weight = 0;
  for (const [name, set] of filters ?? []) weight += name.length * 2 + weighFilter(set);
  return weight;
}

function ignoredIn(changes: NamedChanges<FilterSet> | undefined): number {
  let ignored = 0;
  for (const set of changes?.put.values() ?? []) ignored += set?.ignored ?? 0;
  return ignored;
}

/** Regions that are named replace all; scores and regions that are not named stay. */
function mergeRelays(before: RelayMap, update: RelayMapUpdate | undefined): RelayMap {
  if (update === undefined) return before;
  const { regions, scores, omitDefaultRegions } = update;
  return {
    regions: regions ?? before.regions,
    omitDefaultRegions: regions === undefined ? before.omitDefaultRegions : omitDefaultRegions,
    scores: scores ?? before.scores,
  };
}

/** Added or replaced by id, never removed; the last of one id counts. */
function mergeUsers(before: Users, weight: number, sent: readonly UserProfile[]): { readonly users: Users; readonly weight: number } {
  let users = before;
  let sum = weight;
  for (const user of new Map(sent.map((user) => [user.id, user])).values()) {
    const old = users.get(user.id);
    if (old !== undefined && same(old, user)) continue;
    sum += weighUser(user) - (old === undefined ? 0 : weighUser(old));
    users = users.with(user.id, user);
  }
  return { users, weight: sum };
}

/** The plain sentences, then those with a name, in the order of names. */
function healthOf(texts: readonly string[], notices: Notices): readonly string[] {
  return [...texts, ...[...notices.keys()].toSorted().map((name) => notices.get(name)!)].slice(0, MAX_HEALTH);
}
