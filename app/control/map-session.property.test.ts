/** The map session against a slow model, and against a server that sends anything at all. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merge, NOTHING, type Model } from '../../tests/doubles/netmap-model.ts';
import { wallTime } from '../time/instant.ts';
import { formatRfc3339 } from '../time/rfc3339.ts';
import { decodeMapResponse, isFallacy, type MapUpdate } from '../wire/netmap/response.ts';
import type { NetNode } from '../wire/netmap/types.ts';
import { MapSession } from './map-session.ts';
import type { NetworkView } from './network-view.ts';

const WALL = wallTime(Date.parse('2026-11-25T20:00:00Z'));
const NOW = formatRfc3339(WALL);

const id = fc.integer({ min: 1, max: 6 });
const flag = fc.boolean();
const when = fc.constantFrom('2026-11-25T19:00:00Z', '2026-11-25T19:30:00Z', '2026-11-25T21:00:00Z');
const endpoints = fc.array(fc.constantFrom('192.0.2.1:1', '[2001:db8::1]:41641', '198.51.100.7:9'), { maxLength: 3 });
/** No two nodes may ever have one key, so the id is part of it. */
const nodeKey = (id: number, n: number): string => `nodekey:${`${id}${n}`.padStart(64, '0')}`;
const discoKey = fc.nat(2).map((n) => `discokey:${String(n).repeat(64)}`);

const node = fc
  .record({ ID: id, n: fc.nat(2), Addresses: fc.constant(['100.64.0.1/32', 'fd7a:115c:a1e0::1/128']), Endpoints: endpoints, DiscoKey: discoKey, HomeDERP: fc.nat(3), Online: flag, LastSeen: fc.option(when, { nil: undefined }), Name: fc.constantFrom('a.tail.test.', 'b.tail.test.'), CapMap: fc.constantFrom({}, { x: null }, { y: [1] }) })
  .map(({ n, ...rest }) => ({ ...rest, Key: nodeKey(rest.ID, n), StableID: String(rest.ID) }));
const patch = fc
  .record({ NodeID: id, n: fc.nat(2), Key: flag, DERPRegion: fc.nat(3), Cap: fc.nat(1), Endpoints: fc.option(endpoints), DiscoKey: discoKey, Online: flag, LastSeen: when, KeyExpiry: fc.constantFrom('0001-01-01T00:00:00Z', '2027-01-01T00:00:00Z'), CapMap: fc.constantFrom(null, {}, { z: [] }) }, { requiredKeys: ['NodeID', 'n', 'Key'] })
  .map(({ n, Key: rekey, ...rest }) => ({ ...rest, ...(rekey && { Key: nodeKey(rest.NodeID, n) }) }));
const byId = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> => fc.dictionary(id.map(String), value, { maxKeys: 4 });
const rules = fc.array(fc.constantFrom({ SrcIPs: ['*'], DstPorts: [{ IP: '100.64.0.1', Ports: { First: 22, Last: 22 } }] }, { SrcIPs: ['10.0.0.0/8'], DstPorts: [{ IP: '*', Ports: { First: 0, Last: 65_535 } }], IPProto: [6] }), { maxLength: 2 });
const name = fc.constantFrom('base', 'a', 'b', '*');
/** `*` is only ever null. */
const named = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T | null>> => fc.array(fc.tuple(name, fc.option(value)), { maxLength: 4 }).map((all) => Object.fromEntries(all.map(([n, v]) => [n, n === '*' ? null : v])));

const delta = fc.record(
  {
    Node: node,
    Peers: fc.uniqueArray(node, { maxLength: 4, selector: ({ ID }) => ID }),
    PeersRemoved: fc.array(id, { maxLength: 3 }),
    PeersChanged: fc.uniqueArray(node, { maxLength: 3, selector: ({ ID }) => ID }),
    PeerSeenChange: byId(flag),
    OnlineChange: byId(flag),
    PeersChangedPatch: fc.array(patch, { maxLength: 3 }),
    PacketFilter: fc.option(rules),
    PacketFilters: named(rules),
    UserProfiles: fc.array(fc.record({ ID: id, LoginName: fc.constantFrom('ada', 'bob'), DisplayName: fc.constant('') }), { maxLength: 2 }),
    Domain: fc.constantFrom('', 'tail.test', 'other.test'),
    Health: fc.option(fc.array(fc.constantFrom('slow', 'ill'), { maxLength: 2 })),
    DisplayMessages: named(fc.record({ Title: fc.constantFrom('one', 'two') })),
  },
  { requiredKeys: [] },
);
const messages = fc.tuple(fc.record({ first: delta, self: node }), fc.array(delta, { maxLength: 12 })).map(([{ first, self }, rest]) => [{ ...first, Node: self }, ...rest]);

interface Plain {
  readonly self: NetNode;
  readonly peers: readonly (readonly [number, NetNode])[];
  readonly filter: unknown;
  readonly users: unknown;
  readonly domain: string;
  readonly health: unknown;
}

const byKey = <T>(all: Iterable<readonly [number, T]>): (readonly [number, T])[] => [...all].toSorted((a, b) => a[0] - b[0]);

function plain(view: NetworkView): Plain {
  const { self, peers, filter, users, domain, health } = view;
  return { self, peers: byKey(peers), filter, users: byKey(users), domain, health };
}

function decoded(message: unknown): MapUpdate {
  const update = decodeMapResponse(message);
  if (isFallacy(update)) throw new Error(`the model's own state does not decode: ${update.field}`);
  return update;
}

function ofModel(model: Model): Plain {
  const update = decoded({ Node: model.self, Peers: Object.values(model.peers), PacketFilters: model.filters, UserProfiles: Object.values(model.users) });
  const filters = update.filters?.put ?? new Map();
  return {
    self: update.self!,
    peers: byKey(update.peers.map((peer) => [peer.id, peer] as const)),
    filter: model.filters === undefined ? null : [...filters.keys()].toSorted().map((name) => ({ name, rules: filters.get(name)!.rules })),
    users: byKey(update.users.map((user) => [user.id, user] as const)),
    domain: model.domain,
    health: [...model.health, ...Object.keys(model.notices).toSorted().map((name) => model.notices[name])],
  };
}

describe('a map session', () => {
  it('is at any time what the slow model is, says exactly what changed, and leaves old views as they were', () => {
    fc.assert(
      fc.property(messages, (all) => {
        const session = new MapSession();
        let model = NOTHING;
        let before: { readonly view: NetworkView; readonly state: Plain } | undefined;
        const held: { readonly view: NetworkView; readonly state: Plain }[] = [];
        for (const message of all) {
          const applied = session.apply(JSON.stringify(message), WALL);
          model = merge(model, JSON.parse(JSON.stringify(message)), NOW);
          const state = ofModel(model);
          if (applied.kind !== 'updated') throw new Error(`not taken: ${JSON.stringify(applied)}`);
          expect(plain(applied.view)).toEqual(state);
          const { change } = applied;
          if (before === undefined) {
            expect(change.peersPut).toBe('all');
          } else {
            const old = new Map(before.state.peers);
            const now = new Map(state.peers);
            const differ = (a: unknown, b: unknown): boolean => !isDeepStrictEqual(a, b);
            expect([...change.peersPut].toSorted()).toEqual([...now.keys()].filter((id) => differ(old.get(id), now.get(id))));
            expect([...change.peersRemoved].toSorted()).toEqual([...old.keys()].filter((id) => !now.has(id)));
            for (const part of ['self', 'filter', 'users', 'domain', 'health'] as const) expect(change[part], part).toBe(differ(before.state[part], state[part]));
            expect(applied.view.revision - before.view.revision).toBe(differ(before.state, state) ? 1 : 0);
            if (!differ(before.state, state)) expect(applied.view).toBe(before.view);
          }
          before = { view: applied.view, state };
          held.push(before);
        }
        for (const { view, state } of held) expect(plain(view)).toEqual(state);
      }),
      { numRuns: 250 },
    );
  });

  it('makes of any JSON at all, and of any text, a view or a refusal that changes nothing', () => {
    const names = ['Node', 'Peers', 'PeersChanged', 'PeersChangedPatch', 'PeersRemoved', 'OnlineChange', 'PacketFilters', 'PacketFilter', 'DERPMap', 'DNSConfig', 'UserProfiles', 'Health', 'DisplayMessages', 'ControlTime', 'PingRequest', 'Debug', 'KeepAlive', 'Regions', 'Nodes', 'HomeParams', 'RegionScore', 'Routes', 'SrcIPs', 'DstPorts', 'IP', 'Ports', 'CapMap', 'Hostinfo', 'ID', 'Key', 'Endpoints', 'AllowedIPs', 'NodeID', '__proto__', 'constructor', '*', '1'];
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 5 }, fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(null, [], {}, 2 ** 53, -1, 1.5, 'x', '*', '0001-01-01T00:00:00Z'), fc.array(tie('json'), { maxLength: 3 }), fc.dictionary(fc.constantFrom(...names), tie('json'), { maxKeys: 6 })),
    }));
    fc.assert(
      fc.property(fc.oneof(json.map((value) => JSON.stringify(value)), fc.string()), (text) => {
        const session = new MapSession();
        const first = session.apply(JSON.stringify(FIRST), WALL);
        if (first.kind !== 'updated') throw new Error('the first message is fine');
        const applied = session.apply(text, WALL);
        if (applied.kind !== 'refused') return;
        expect(applied.reason.refused).toMatch(/^map: /);
        const again = session.apply('{"Domain":""}', WALL);
        expect(again).toMatchObject({ kind: 'updated', view: { revision: 1 } });
        expect(again.kind === 'updated' && again.view).toBe(first.view);
      }),
      { numRuns: 1_000 },
    );
  });
});

const FIRST = { Node: { ID: 9, Key: nodeKey(9, 1), Name: 'self.' }, Peers: [{ ID: 1, Key: nodeKey(1, 1) }] };
