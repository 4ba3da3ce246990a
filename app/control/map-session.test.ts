/** The map session, rule by rule, with messages in headscale's shape. */
import { describe, expect, it } from 'vitest';
import { formatEndpoint, formatPrefix } from '../base/ip.ts';
import { MAX_PEERS } from '../ports/counters.ts';
import { wallTime } from '../time/instant.ts';
import { MAX_DEPTH, MAX_MESSAGE_LENGTH } from '../wire/netmap/constants.ts';
import { MapSession } from './map-session.ts';
import type { Applied } from './map-session-types.ts';
import type { NetworkView } from './network-view.ts';

type Json = Record<string, unknown>;
const WALL = wallTime(Date.parse('2026-11-25T20:00:00Z'));
const nodeKey = (n: number): string => `nodekey:${String(n).padStart(64, '0')}`;
const discoKey = (n: number): string => `discokey:${String(n).padStart(64, '0')}`;
const node = (id: number, more: Json = {}): Json => ({ ID: id, StableID: String(id), Name: `n${id}.tail.test.`, Key: nodeKey(id), Machine: `mkey:${String(id).padStart(64, '0')}`, DiscoKey: discoKey(id), Addresses: [`100.64.0.${id}/32`], AllowedIPs: [`100.64.0.${id}/32`], Endpoints: [`192.0.2.${id}:41641`], HomeDERP: 900, Online: true, ...more });

/** A session that has had its first message: self is 100, peers 1 to 3. */
function begun(more: Json = {}): { readonly session: MapSession; readonly first: NetworkView } {
  const session = new MapSession();
  const first = updated(session.apply(JSON.stringify({ Node: node(100), Peers: [node(1), node(2), node(3)], ...more }), WALL)).view;
  return { session, first };
}

function updated(applied: Applied): Extract<Applied, { kind: 'updated' }> {
  if (applied.kind !== 'updated') throw new Error(JSON.stringify(applied));
  return applied;
}

const send = (session: MapSession, message: unknown): Extract<Applied, { kind: 'updated' }> => updated(session.apply(JSON.stringify(message), WALL));
const ids = (view: NetworkView): number[] => [...view.peers].map(([id]) => id).toSorted((a, b) => a - b);

/** It is refused so, and what was known stands. */
function expectRefusal(message: unknown, reason: string, field: string): void {
  const { session, first } = begun();
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const applied = session.apply(text, WALL);
  expect(applied).toEqual({ kind: 'refused', reason: { refused: reason }, field });
  expect(send(session, {}).view).toBe(first);
}

describe('the first message', () => {
  it('makes a whole view, in our terms', () => {
    const { first } = begun({ Domain: 'tail.test', UserProfiles: [{ ID: 1, LoginName: 'ada', DisplayName: 'Ada' }] });
    expect(first.revision).toBe(1);
    expect(first.self).toMatchObject({ id: 100, name: 'n100.tail.test', homeRelay: 900 });
    expect(ids(first)).toEqual([1, 2, 3]);
    expect(first.peers.get(2)!.endpoints.map(formatEndpoint)).toEqual(['192.0.2.2:41641']);
    expect(first).toMatchObject({ domain: 'tail.test', filter: null, health: [] });
    expect(first.users.get(1)).toEqual({ id: 1, loginName: 'ada', displayName: 'Ada' });
  });

  it('may be the second, after a keep-alive, of which only the extras count', () => {
    const session = new MapSession();
    const alive = session.apply('{"KeepAlive":true,"ControlTime":"2026-11-25T20:05:00Z","Peers":[5],"PingRequest":{"URL":"https://hs.test/p?id=1","URLIsNoise":true}}', WALL);
    expect(alive).toEqual({ kind: 'keep-alive', extras: { serverTime: Date.parse('2026-11-25T20:05:00Z'), ping: { url: 'https://hs.test/p?id=1', overNoise: true, types: '' } } });
    expect(send(session, { Node: node(1) }).change.peersPut).toBe('all');
  });

  it('that was refused leaves nothing to change: what follows is no whole map, also with a node', () => {
    const session = new MapSession();
    expect(session.apply('{"Peers":[{"ID":"x"}]}', WALL).kind).toBe('refused');
    expect(session.apply(JSON.stringify({ Node: node(100), PeersChanged: [node(1)] }), WALL)).toMatchObject({ kind: 'refused', reason: { refused: 'map: the whole map before it was refused' } });
    expect(session.apply(JSON.stringify({ KeepAlive: true }), WALL).kind).toBe('keep-alive');
  });

  it('must carry a node', () => {
    expect(new MapSession().apply(JSON.stringify({ Peers: [node(1)] }), WALL)).toMatchObject({ kind: 'refused', reason: { refused: 'map: first message without a node' } });
  });
});

describe('peers', () => {
  it('are all replaced by Peers, and no other change of peers in that message counts', () => {
    const { session } = begun();
    const { view, change } = send(session, { Peers: [node(2), node(4)], PeersRemoved: [4], PeersChanged: [node(7)], OnlineChange: { 2: false }, PeersChangedPatch: [{ NodeID: 4, DERPRegion: 5 }] });
    expect(ids(view)).toEqual([2, 4]);
    expect(view.peers.get(4)).toMatchObject({ homeRelay: 900 });
    expect(view.peers.get(2)).toMatchObject({ online: true });
    expect(change).toMatchObject({ peersPut: [4], peersRemoved: [1, 3] });
  });

  it('stay when Peers is empty or null', () => {
    const { session, first } = begun();
    expect(send(session, { Peers: [] }).view).toBe(first);
    expect(send(session, { Peers: null }).view).toBe(first);
  });

  it('are removed before others are added', () => {
    const { session } = begun();
    const { view, change } = send(session, { PeersRemoved: [1, 2, 55], PeersChanged: [node(2, { HomeDERP: 7 }), node(4)] });
    expect(ids(view)).toEqual([2, 3, 4]);
    expect(view.peers.get(2)!.homeRelay).toBe(7);
    expect(change).toMatchObject({ peersPut: [2, 4], peersRemoved: [1] });
  });

  it('that are sent again with nothing new are no change', () => {
    const { session, first } = begun();
    const { view, change } = send(session, { PeersChanged: [node(1), node(2), node(3)] });
    expect(view).toBe(first);
    expect(change.peersPut).toEqual([]);
  });

  it('are seen, gone, online and offline', () => {
    const { session } = begun();
    expect(send(session, { PeerSeenChange: { 1: true, 77: true } }).view.peers.get(1)!.lastSeen).toBe(WALL);
    expect(send(session, { PeerSeenChange: { 1: false } }).view.peers.get(1)!.lastSeen).toBeUndefined();
    expect(send(session, { OnlineChange: { 1: false, 77: true } }).view.peers.get(1)!.online).toBe(false);
  });

  it('are patched last, in what the patch names alone; unknown ones are passed over', () => {
    const { session, first } = begun();
    const { view, change } = send(session, { OnlineChange: { 1: false }, PeersChangedPatch: [{ NodeID: 1, Online: true, DERPRegion: 7, Cap: 120, Endpoints: ['198.51.100.1:5'], DiscoKey: discoKey(9), KeyExpiry: '2027-01-01T00:00:00Z' }, { NodeID: 77, DERPRegion: 1 }] });
    const peer = view.peers.get(1)!;
    expect(peer).toMatchObject({ online: true, homeRelay: 7, cap: 120, keyExpiry: Date.parse('2027-01-01T00:00:00Z') });
    expect(peer.endpoints.map(formatEndpoint)).toEqual(['198.51.100.1:5']);
    expect(peer.discoKey![31]).toBe(9);
    expect(peer.key).toEqual(first.peers.get(1)!.key);
    expect(change.peersPut).toEqual([1]);
    const cleared = send(session, { PeersChangedPatch: [{ NodeID: 1, DERPRegion: 0, Cap: 0, Endpoints: [], KeyExpiry: '0001-01-01T00:00:00Z' }] }).view.peers.get(1)!;
    expect(cleared).toMatchObject({ homeRelay: 7, cap: 120, endpoints: [], keyExpiry: undefined });
  });

  it('keep their disco key when a patch tells of an offline peer what was known before', () => {
    const { session } = begun({ Peers: [node(1, { LastSeen: '2026-11-25T19:00:00Z' })] });
    const late = { NodeID: 1, DiscoKey: discoKey(8), Online: false, LastSeen: '2026-11-25T19:00:00Z' };
    expect(send(session, { PeersChangedPatch: [late] }).view.peers.get(1)!.discoKey![31]).toBe(1);
    expect(send(session, { PeersChangedPatch: [{ ...late, LastSeen: '2026-11-25T19:00:01Z' }] }).view.peers.get(1)!.discoKey![31]).toBe(8);
  });

  it('are normalised: addresses for null, region of the legacy address, no zero key', () => {
    const { session } = begun();
    const odd = node(4, { AllowedIPs: null, HomeDERP: 0, DERP: '127.3.3.40:12', DiscoKey: `discokey:${'0'.repeat(64)}`, Endpoints: ['[fe80::1%eth0]:5', '192.0.2.4:0', ''], CapMap: { a: null, b: [1] }, Capabilities: ['c'] });
    const peer = send(session, { PeersChanged: [odd] }).view.peers.get(4)!;
    expect(peer.allowedIps.map(formatPrefix)).toEqual(['100.64.0.4/32']);
    expect(peer).toMatchObject({ homeRelay: 12, discoKey: undefined, endpoints: [] });
    expect(peer.capabilities).toEqual(new Map([['c', []], ['a', []], ['b', [1]]]));
    const only = send(session, { PeersChanged: [node(5, { AllowedIPs: ['0.0.0.0/0'], UnsignedPeerAPIOnly: true })] }).view.peers.get(5)!;
    expect(only.allowedIps.map(formatPrefix)).toEqual(['100.64.0.5/32']);
  });

  it('may exchange a key in one message, but never share one', () => {
    const { session } = begun();
    send(session, { PeersChanged: [node(1, { Key: nodeKey(2) }), node(2, { Key: nodeKey(1) })] });
    send(session, { PeersRemoved: [1], PeersChanged: [node(9, { Key: nodeKey(2) })] });
    expect(session.apply(JSON.stringify({ PeersChangedPatch: [{ NodeID: 3, Key: nodeKey(1) }] }), WALL)).toMatchObject({ kind: 'refused', reason: { refused: 'map: two peers with one id or key' } });
    expectRefusal({ PeersChanged: [node(4, { Key: nodeKey(1) })] }, 'map: two peers with one id or key', 'Key');
    expectRefusal({ Peers: [node(4), node(4)] }, 'map: two peers with one id or key', 'Peers[1].ID');
  });
});

describe('the packet filter', () => {
  const rule = (ip: string): Json => ({ SrcIPs: [ip], DstPorts: [{ IP: '*', Ports: { First: 0, Last: 65_535 } }] });
  const sources = (view: NetworkView): string[] => view.filter!.map(({ name, rules }) => `${name}:${rules.map(({ text }) => text.split(' ')[0]).join('+')}`);

  it('is null until one came, which is not the same as one without rules', () => {
    const { session, first } = begun();
    expect(first.filter).toBeNull();
    expect(send(session, { PacketFilters: {} }).view.filter).toBeNull();
    expect(send(session, { PacketFilters: { base: [] } }).view.filter).toEqual([{ name: 'base', rules: [] }]);
  });

  it('is patched by name and stands in the order of names', () => {
    const { session } = begun({ PacketFilters: { b: [rule('10.0.0.2')], a: [rule('10.0.0.1')] } });
    expect(sources(send(session, { PacketFilters: { base: [rule('10.0.0.3')], a: null } }).view)).toEqual(['b:10.0.0.2', 'base:10.0.0.3']);
    expect(sources(send(session, { PacketFilter: [rule('10.0.0.4')] }).view)).toEqual(['b:10.0.0.2', 'base:10.0.0.4']);
    expect(sources(send(session, { PacketFilters: { z: [rule('10.0.0.5')], '*': null } }).view)).toEqual(['z:10.0.0.5']);
  });

  it('that is sent again is no change', () => {
    const { session, first } = begun({ PacketFilters: { base: [rule('10.0.0.1')] } });
    expect(send(session, { PacketFilters: { base: [rule('10.0.0.1')] } }).view).toBe(first);
  });

  it('leaves out an address that is none and counts it; the rest of its rule holds', () => {
    const { session } = begun();
    const { view, ignored } = send(session, { PacketFilters: { base: [{ SrcIPs: ['10.0.0.1/8', 'x', '10.0.0.1', '10.0.0.9-10.0.0.3'], DstPorts: [{ IP: 'cap:a', Ports: { First: 1, Last: 1 } }, { IP: '10.0.0.2', Ports: { First: 1, Last: 1 } }] }] } });
    expect(ignored).toBe(4);
    expect(view.filter![0]!.rules[0]).toMatchObject({ sources: [{ kind: 'range' }], destinations: [{ firstPort: 1, lastPort: 1 }] });
  });

  it('lets nothing pass when a rule of the old form is in it, under whatever name', () => {
    for (const old of [{ ...rule('10.0.0.1'), SrcBits: [8] }, { SrcIPs: ['10.0.0.1'], DstPorts: [{ IP: '10.0.0.0', Bits: 8, Ports: { First: 0, Last: 1 } }] }]) {
      const { session } = begun({ PacketFilters: { base: [rule('10.0.0.1')] } });
      expect(send(session, { PacketFilters: { other: [old] } }).view.filter).toEqual([{ name: 'base', rules: [] }, { name: 'other', rules: [] }]);
      expect(sources(send(session, { PacketFilters: { other: null } }).view)).toEqual(['base:10.0.0.1']);
    }
  });

  it('has no rule that grants application capabilities alone', () => {
    const { session } = begun();
    const grant = { SrcIPs: ['*'], CapGrant: [{ Dsts: ['100.64.0.1/32'], CapMap: { x: null } }] };
    expect(send(session, { PacketFilters: { base: [grant] } }).view.filter).toEqual([{ name: 'base', rules: [] }]);
  });

  it('reads protocols: four when none is named, no nonsense, and nothing when only nonsense is named', () => {
    const { session } = begun();
    const { view } = send(session, { PacketFilters: { base: [rule('*'), { ...rule('*'), IPProto: [6, 999, -1] }, { ...rule('*'), IPProto: [999] }, { ...rule('cap:x') }] } });
    expect(view.filter![0]!.rules.map(({ protocols }) => protocols)).toEqual([[6, 17, 1, 58], [6], [6, 17, 1, 58]]);
    expect(view.filter![0]!.rules[0]!.sources).toHaveLength(2);
    expect(view.filter![0]!.rules[2]!.sources).toEqual([{ kind: 'capability', name: 'x' }]);
    expect(view.filter![0]!.rules[1]!.text).toBe('* -> *:* (tcp)');
  });
});

describe('relays, names, users and health', () => {
  const region = (id: number): Json => ({ RegionID: id, RegionCode: `r${id}`, RegionName: 'R', Nodes: [{ Name: `${id}a`, RegionID: id, HostName: 'derp.test', IPv4: 'none', STUNPort: -1 }, { Name: `${id}b`, RegionID: id, HostName: 'derp.test', IPv6: 'fd00::1' }] });
  const regions = (view: NetworkView): number[] => [...view.relays.regions.keys()];

  it('keeps the regions that are not named, drops null ones, and replaces those that are', () => {
    const { session, first } = begun({ DERPMap: { Regions: { 900: region(900), 901: null }, omitDefaultRegions: true, HomeParams: { RegionScore: { 900: 0.5 } } } });
    expect(regions(first)).toEqual([900]);
    expect(first.relays.regions.get(900)!.nodes).toMatchObject([{ ipv4: 'off', ipv6: 'dns', stunPort: undefined, relayPort: 443 }, { ipv4: 'dns', ipv6: { family: 6 }, stunPort: 3_478 }]);
    expect(send(session, { DERPMap: {} }).view).toBe(first);
    expect(send(session, { DERPMap: { HomeParams: {} } }).view).toBe(first);
    const cleared = send(session, { DERPMap: { HomeParams: { RegionScore: {} } } }).view;
    expect(cleared.relays).toMatchObject({ omitDefaultRegions: true, scores: new Map() });
    expect(regions(cleared)).toEqual([900]);
    expect(regions(send(session, { DERPMap: { Regions: { 902: region(902) } } }).view)).toEqual([902]);
  });

  it('replaces the DNS configuration whole', () => {
    const { session, first } = begun({ DNSConfig: { Proxied: true, Domains: ['tail.test.'], Routes: { 'tail.test.': null, corp: [{ Addr: '10.0.0.53' }] } } });
    expect(first.dns).toMatchObject({ magicDns: true, domains: ['tail.test'], routes: new Map([['tail.test', []], ['corp', [{ address: '10.0.0.53', bootstrap: [], useWithExitNode: false }]]]) });
    expect(send(session, { DNSConfig: {} }).view.dns).toMatchObject({ magicDns: false, domains: [] });
  });

  it('adds and replaces users, keeps the domain where none is sent', () => {
    const { session } = begun({ Domain: 'a.test', UserProfiles: [{ ID: 1, LoginName: 'ada' }] });
    const { view, change } = send(session, { Domain: '', UserProfiles: [{ ID: 1, LoginName: 'eva' }, { ID: 2, LoginName: 'bob' }] });
    expect(view.users.get(1)!.loginName).toBe('eva');
    expect(view.users.size).toBe(2);
    expect(change).toMatchObject({ users: true, domain: false });
  });

  it('keeps health on null, ends it on an empty list, and patches what has a name', () => {
    const { session } = begun({ Health: ['too slow'] });
    expect(send(session, { Health: null, DisplayMessages: { b: { Title: 'B', Text: 'two' }, a: { Title: 'A' } } }).view.health).toEqual(['too slow', 'A', 'B: two']);
    expect(send(session, { Health: [], DisplayMessages: { a: null } }).view.health).toEqual(['B: two']);
    expect(send(session, { DisplayMessages: { '*': null, c: { Text: 'three\u001b[31m\u202e' } } }).view.health).toEqual(['three [31m ']);
  });

  it('passes on a page to open and a wish for silence, five minutes at most', () => {
    const { session } = begun();
    expect(send(session, { PopBrowserURL: 'https://hs.test/x', Debug: { SleepSeconds: 1e6 } }).extras).toEqual({ openUrl: 'https://hs.test/x', sleepMs: 300_000 });
  });
});

describe('a message that breaks a rule is refused whole', () => {
  it('with where it does', () => {
    expectRefusal('{"Peers":[', 'map: not JSON', '');
    expectRefusal('[]', 'map: a field has the wrong type', '');
    expectRefusal({ PeersRemoved: [1], PeersChanged: [node(4), node(5, { Addresses: ['x'] })] }, 'map: an address is not an address', 'PeersChanged[1].Addresses[0]');
    expectRefusal({ Domain: 'x.test', Node: node(100, { Key: 'nodekey:12' }) }, 'map: a key is not a key', 'Node.Key');
    expectRefusal({ PeersChangedPatch: [{ NodeID: 1, Key: `nodekey:${'0'.repeat(64)}` }] }, 'map: a key is not a key', 'PeersChangedPatch[0].Key');
    expectRefusal({ PeersChanged: [{ ...node(4), Hostinfo: { OS: 5 } }] }, 'map: a field has the wrong type', 'PeersChanged[0].Hostinfo.OS');
    expectRefusal({ OnlineChange: { 1: 'yes' } }, 'map: a field has the wrong type', 'OnlineChange');
    expectRefusal({ DERPMap: { Regions: { 900: { Nodes: [{ STUNPort: 70_000 }] } } } }, 'map: a number out of range', 'DERPMap.Regions[900].Nodes[0].STUNPort');
    expectRefusal({ PacketFilters: { base: [{ SrcIPs: ['*'], DstPorts: [{ IP: '*', Ports: { First: 0, Last: 65_536 } }] }] } }, 'map: a number out of range', 'PacketFilters[0].DstPorts[0].Ports.Last');
    expectRefusal({ UserProfiles: 'x' }, 'map: a field has the wrong type', 'UserProfiles');
    expectRefusal({ ControlTime: 'yesterday' }, 'map: a field has the wrong type', 'ControlTime');
  });

  it('when a number is beyond what JSON keeps exactly', () => {
    expectRefusal('{"PeersRemoved":[9007199254740993]}', 'map: a number out of range', 'PeersRemoved[0]');
    expectRefusal('{"OnlineChange":{"9007199254740993":true}}', 'map: a number out of range', 'OnlineChange[key]');
    expectRefusal({ PeersChanged: [node(4, { ID: 1.5 })] }, 'map: a number out of range', 'PeersChanged[0].ID');
  });

  it('when it is nested deeper than is ever needed, before any of it is parsed', () => {
    const nest = (n: number): string => `{"X":${'['.repeat(n)}"]["${']'.repeat(n)}}`;
    expectRefusal(nest(MAX_DEPTH), 'map: nested too deeply', '');
    expectRefusal(nest(5_000_000).slice(0, 5_000_000), 'map: nested too deeply', '');
    const { session, first } = begun();
    expect(updated(session.apply(nest(MAX_DEPTH - 1), WALL)).view).toBe(first);
    expect(updated(session.apply(JSON.stringify({ X: `${'['.repeat(99)}\\"[` }), WALL)).view).toBe(first);
  });

  it('when it is larger than the limit, in length or in values', () => {
    expectRefusal(' '.repeat(MAX_MESSAGE_LENGTH + 1), 'map: larger than the limit', '');
    expectRefusal(`{"X":[${'1,'.repeat(4_000_001)}1]}`, 'map: larger than the limit', '');
  });

  it('when it names a million peers, or one more than there can be', () => {
    expectRefusal(`{"Peers":[${'{},'.repeat(999_999)}{}]}`, 'map: too many peers', 'Peers');
    const { session } = begun();
    const all = Array.from({ length: MAX_PEERS - 3 }, (_, i) => node(1_000 + i, { Addresses: [], AllowedIPs: null, Endpoints: [] }));
    expect(send(session, { PeersChanged: all }).view.peers.size).toBe(MAX_PEERS);
    expect(session.apply(JSON.stringify({ PeersChanged: [node(4)] }), WALL)).toMatchObject({ kind: 'refused', reason: { refused: 'map: too many peers' } });
    expect(send(session, { PeersRemoved: [1], PeersChanged: [node(4)] }).view.peers.size).toBe(MAX_PEERS);
  });

  it('when small messages together would fill the memory', () => {
    const { session } = begun();
    const big = 'x'.repeat(30_000_000);
    let applied: Applied | undefined;
    for (let i = 1; i <= 20 && applied?.kind !== 'refused'; i++) applied = session.apply(JSON.stringify({ PacketFilters: {}, PeersChangedPatch: [{ NodeID: (i % 3) + 1, CapMap: { [`${i}`]: [big] } }], PeersChanged: [node(i + 10, { CapMap: { a: [big] } })] }), WALL);
    expect(applied).toMatchObject({ kind: 'refused', reason: { refused: 'map: larger than the limit' } });
  });
});

describe('views share structure', () => {
  it('so that a change of one peer leaves the others the same objects, and the old view as it was', () => {
    const { session, first } = begun({ DNSConfig: { Proxied: true } });
    const { view } = send(session, { PeersChangedPatch: [{ NodeID: 2, DERPRegion: 1 }] });
    expect(view.peers.get(1)).toBe(first.peers.get(1));
    expect(view.dns).toBe(first.dns);
    expect(view.self).toBe(first.self);
    expect(first.peers.get(2)!.homeRelay).toBe(900);
    expect(view.peers.get(2)!.homeRelay).toBe(1);
  });
});
