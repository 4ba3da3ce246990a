/**
 * A whole MapResponse, and the answer to a registration, out of parsed JSON: every field is read before anything is made
 * of one, so that a message is taken whole or refused whole. What is undefined was not sent, which means unchanged. It
 * does not merge: control's map session does. SSHPolicy, TKAInfo, CollectServices, dial plans and client versions are
 * read past.
 */
import { isReject, reject, type Reject } from '../../base/reject.ts';
import { MAX_PEERS } from '../../ports/counters.ts';
import { minutes, seconds, type Duration, type WallTime } from '../../time/instant.ts';
import { decodeDns } from './dns.ts';
import { bool, domainName, entries, Fault, id, idKey, isObject, list, object, text, time, words, wordsItem, type FieldRefusal, type JsonObject } from './fields.ts';
import { decodeFilterSet, type FilterSet } from './filter-rules.ts';
import { decodeNode, decodePatch } from './node.ts';
import { decodeRelayMap, type RelayMapUpdate } from './relays.ts';
import type { DnsConfig, NetNode, NodeId, NodePatch, RegisterAnswer, UserProfile } from './types.ts';

/** Debug.SleepSeconds is obeyed for so long at most (protocol). */
const LONGEST_SLEEP: Duration = minutes(5);
/** The name of the filter that a message without names sets (protocol). */
const LEGACY_FILTER = 'base';
const CLEAR = '*';

/** Changes by name; null deletes. `clear`: all that was there goes first. */
export interface NamedChanges<T> {
  readonly clear: boolean;
  readonly put: ReadonlyMap<string, T | null>;
}

export interface MapUpdate {
  readonly keepAlive: boolean;
  readonly self: NetNode | undefined;
  /** Not empty: these are all the peers, and no other change of peers in this message counts. */
  readonly peers: readonly NetNode[];
  readonly peersRemoved: readonly NodeId[];
  readonly peersChanged: readonly NetNode[];
  readonly seen: ReadonlyMap<NodeId, boolean>;
  readonly online: ReadonlyMap<NodeId, boolean>;
  readonly patches: readonly NodePatch[];
  readonly relays: RelayMapUpdate | undefined;
  readonly dns: DnsConfig | undefined;
  readonly filters: NamedChanges<FilterSet> | undefined;
  readonly users: readonly UserProfile[];
  /** Empty: unchanged. */
  readonly domain: string;
  readonly health: readonly string[] | undefined;
  readonly notices: NamedChanges<string> | undefined;
  readonly controlTime: WallTime | undefined;
  readonly ping: { readonly url: string; readonly overNoise: boolean; readonly types: string } | undefined;
  /** Empty: none. */
  readonly openUrl: string;
  readonly sleepMs: Duration | undefined;
}

/** Where a message breaks a rule. */
export interface Fallacy {
  readonly reason: Reject<FieldRefusal>;
  readonly field: string;
}

/** `value`: what JSON.parse made of one message of the map stream. Never throws. */
export function decodeMapResponse(value: unknown): MapUpdate | Fallacy {
  const fault = new Fault();
  if (!isObject(value)) {
    fault.wrongType('');
    return fallacy(fault);
  }
  const keepAlive = bool(value['KeepAlive'], 'KeepAlive', fault);
  const update = readMap(keepAlive ? NO_MAP : value, value, keepAlive, fault);
  return fault.reason === undefined ? update : fallacy(fault);
}

/** `value`: what JSON.parse made of the body. Never throws. */
export function decodeRegisterAnswer(value: unknown): RegisterAnswer | Reject<FieldRefusal> {
  const fault = new Fault();
  const fields = object(value, '', fault, (answer): RegisterAnswer => {
    const names = object(answer['Login'], 'Login', fault, nameFields) ?? NO_NAMES;
    const user = object(answer['User'], 'User', fault, nameFields) ?? NO_NAMES;
    return {
      error: words(answer['Error'], 'Error', fault),
      authUrl: text(answer['AuthURL'], 'AuthURL', fault),
      nodeKeyExpired: bool(answer['NodeKeyExpired'], 'NodeKeyExpired', fault),
      machineAuthorized: bool(answer['MachineAuthorized'], 'MachineAuthorized', fault),
      loginName: names.loginName,
      displayName: names.displayName === '' ? user.displayName : names.displayName,
    };
  });
  return fields ?? reject(fault.reason ?? 'map: a field has the wrong type');
}

export function isFallacy(made: MapUpdate | Fallacy): made is Fallacy {
  return 'reason' in made && isReject(made.reason);
}

function fallacy(fault: Fault): Fallacy {
  return { reason: reject(fault.reason ?? 'map: a field has the wrong type'), field: fault.field };
}

const NO_MAP: JsonObject = {};

/** `riders`: where what counts on keep-alives too is read from. One object made at once: each message of the stream makes one. */
function readMap(map: JsonObject, riders: JsonObject, keepAlive: boolean, fault: Fault): MapUpdate {
  return {
    keepAlive,
    self: object(map['Node'], 'Node', fault, decodeNode),
    peers: nodes(map['Peers'], 'Peers', fault),
    peersRemoved: list(map['PeersRemoved'], 'PeersRemoved', fault, (item) => id(item, '', fault)),
    peersChanged: nodes(map['PeersChanged'], 'PeersChanged', fault),
    seen: flags(map['PeerSeenChange'], 'PeerSeenChange', fault),
    online: flags(map['OnlineChange'], 'OnlineChange', fault),
    patches: list(map['PeersChangedPatch'], 'PeersChangedPatch', fault, (item) => (item === null ? undefined : decodePatch(item, fault))),
    relays: object(map['DERPMap'], 'DERPMap', fault, decodeRelayMap),
    dns: object(map['DNSConfig'], 'DNSConfig', fault, decodeDns),
    filters: filters(map, fault),
    users: list(map['UserProfiles'], 'UserProfiles', fault, user),
    domain: domainName(map['Domain'], 'Domain', fault),
    health: isSent(map['Health']) ? list(map['Health'], 'Health', fault, wordsItem) : undefined,
    notices: named(map['DisplayMessages'], 'DisplayMessages', fault, notice),
    controlTime: time(riders['ControlTime'], 'ControlTime', fault),
    ping: object(riders['PingRequest'], 'PingRequest', fault, (ping) => ({
      url: text(ping['URL'], 'URL', fault),
      overNoise: bool(ping['URLIsNoise'], 'URLIsNoise', fault),
      types: words(ping['Types'], 'Types', fault),
    })),
    openUrl: text(riders['PopBrowserURL'], 'PopBrowserURL', fault),
    sleepMs: object(riders['Debug'], 'Debug', fault, (debug) => sleep(debug['SleepSeconds'], fault)),
  };
}

const isSent = (value: unknown): boolean => value !== undefined && value !== null;

function sleep(value: unknown, fault: Fault): Duration | undefined {
  if (!isSent(value)) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    fault.wrongType('SleepSeconds');
    return undefined;
  }
  return value > 0 ? Math.min(seconds(value), LONGEST_SLEEP) : undefined;
}

/** Counted before any is read: a million peers cost no more than their JSON. A null among them is left out. */
function nodes(value: unknown, name: string, fault: Fault): readonly NetNode[] {
  if (Array.isArray(value) && value.length > MAX_PEERS) fault.fail('map: too many peers', name);
  return list(value, name, fault, (item) => (item === null ? undefined : decodeNode(item, fault)));
}

function flags(value: unknown, name: string, fault: Fault): ReadonlyMap<NodeId, boolean> {
  const out = new Map<NodeId, boolean>();
  entries(value, name, fault, (key, item) => void out.set(idKey(key, fault), bool(item, '', fault)));
  return out;
}

function user(value: unknown, fault: Fault): UserProfile | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  return { id: id(value['ID'], 'ID', fault), ...nameFields(value, fault) };
}

const NO_NAMES = { loginName: '', displayName: '' };

function nameFields(value: JsonObject, fault: Fault): { readonly loginName: string; readonly displayName: string } {
  return { loginName: words(value['LoginName'], 'LoginName', fault), displayName: words(value['DisplayName'], 'DisplayName', fault) };
}

function named<T>(value: unknown, name: string, fault: Fault, read: (value: unknown, fault: Fault) => T): NamedChanges<T> | undefined {
  if (!isSent(value)) return undefined;
  let clear = false;
  const put = new Map<string, T | null>();
  entries(value, name, fault, (key, item) => {
    if (key === CLEAR && item === null) clear = true;
    else put.set(key, item === null ? null : read(item, fault));
  });
  return { clear, put };
}

/** The unnamed filter is set first, then the named changes apply. */
function filters(map: JsonObject, fault: Fault): NamedChanges<FilterSet> | undefined {
  const changes = named(map['PacketFilters'], 'PacketFilters', fault, (rules) => decodeFilterSet(rules, '', fault));
  if (!isSent(map['PacketFilter'])) return changes;
  const base = decodeFilterSet(map['PacketFilter'], 'PacketFilter', fault);
  if (changes === undefined) return { clear: false, put: new Map([[LEGACY_FILTER, base]]) };
  if (changes.clear) return changes;
  return { clear: false, put: new Map([[LEGACY_FILTER, base], ...changes.put]) };
}

/** Its title and text in one. */
function notice(value: unknown, fault: Fault): string {
  if (!isObject(value)) {
    fault.wrongType('');
    return '';
  }
  const title = words(value['Title'], 'Title', fault);
  const body = words(value['Text'], 'Text', fault);
  return title === '' || body === '' ? title + body : `${title}: ${body}`;
}
