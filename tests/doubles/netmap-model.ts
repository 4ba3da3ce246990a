/**
 * The merging of map messages once more, slow and obvious: plain objects in the server's own JSON, copied whole at each
 * message, decoded only at the end. What the map session is checked against. Tests only.
 */
type Json = Record<string, unknown>;

export interface Model {
  self: Json | undefined;
  peers: Record<string, Json>;
  filters: Record<string, unknown[]> | undefined;
  users: Record<string, Json>;
  domain: string;
  health: string[];
  notices: Record<string, string>;
}

export const NOTHING: Model = { self: undefined, peers: {}, filters: undefined, users: {}, domain: '', health: [], notices: {} };

const copy = <T>(value: T): T => structuredClone(value);
const items = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const fields = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

/** The model after `message`. `now`: RFC 3339. */
export function merge(before: Model, message: Json, now: string): Model {
  const m = copy(before);
  if (message['Node'] !== undefined) m.self = copy(message['Node'] as Json);
  if (items(message['Peers']).length > 0) {
    m.peers = {};
    for (const node of items(message['Peers'])) m.peers[String(node['ID'])] = copy(node);
  } else {
    for (const id of items(message['PeersRemoved'])) delete m.peers[String(id)];
    for (const node of items(message['PeersChanged'])) m.peers[String(node['ID'])] = copy(node);
    for (const [id, seen] of Object.entries(fields(message['PeerSeenChange']))) {
      const peer = m.peers[id];
      if (peer === undefined) continue;
      if (seen === true) peer['LastSeen'] = now;
      else delete peer['LastSeen'];
    }
    for (const [id, online] of Object.entries(fields(message['OnlineChange']))) if (m.peers[id] !== undefined) m.peers[id]['Online'] = online;
    for (const patch of items(message['PeersChangedPatch'])) mergePatch(m.peers[String(patch['NodeID'])], patch);
  }
  if (message['PacketFilter'] !== undefined && message['PacketFilter'] !== null) m.filters = { ...m.filters, base: message['PacketFilter'] as unknown[] };
  const named = Object.entries(fields(message['PacketFilters']));
  if (named.length > 0) {
    m.filters ??= {};
    if (named.some(([name, rules]) => name === '*' && rules === null)) m.filters = {};
    for (const [name, rules] of named) {
      if (rules === null) delete m.filters[name];
      else m.filters[name] = rules as unknown[];
    }
  }
  for (const user of items(message['UserProfiles'])) m.users[String(user['ID'])] = user;
  if (typeof message['Domain'] === 'string' && message['Domain'] !== '') m.domain = message['Domain'];
  if (Array.isArray(message['Health'])) m.health = message['Health'] as string[];
  const notices = Object.entries(fields(message['DisplayMessages']));
  if (notices.some(([name, notice]) => name === '*' && notice === null)) m.notices = {};
  for (const [name, notice] of notices) {
    if (notice === null) delete m.notices[name];
    else m.notices[name] = String(fields(notice)['Title']);
  }
  return m;
}

function mergePatch(peer: Json | undefined, patch: Json): void {
  if (peer === undefined) return;
  const isLate = patch['Online'] === false && patch['LastSeen'] !== undefined && peer['LastSeen'] !== undefined && Date.parse(patch['LastSeen'] as string) <= Date.parse(peer['LastSeen'] as string);
  if (patch['DERPRegion'] !== undefined && patch['DERPRegion'] !== 0) peer['HomeDERP'] = patch['DERPRegion'];
  if (patch['Cap'] !== undefined && patch['Cap'] !== 0) peer['Cap'] = patch['Cap'];
  for (const name of ['CapMap', 'Endpoints', 'Key', 'Online', 'LastSeen', 'KeyExpiry']) {
    if (patch[name] !== undefined && patch[name] !== null) peer[name] = copy(patch[name]);
  }
  if (patch['DiscoKey'] !== undefined && !isLate) peer['DiscoKey'] = patch['DiscoKey'];
}
