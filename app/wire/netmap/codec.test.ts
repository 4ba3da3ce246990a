/** What the encoder writes is read back as the value it was made of; and a real message of headscale's shape is read. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4, ipv6, maskIp, type IpAddress, type IpEndpoint, type IpPrefix } from '../../base/ip.ts';
import { wallTime } from '../../time/instant.ts';
import { encodeDns, encodeFilterRule, encodeNode, encodePatch, encodeRegisterAnswer, encodeRelayMap, encodeUser } from './encode.ts';
import { decodeMapResponse, decodeRegisterAnswer, isFallacy, type MapUpdate } from './response.ts';
import type { DnsConfig, FilterRule, NetNode, NodePatch, RelayMap } from './types.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const address: fc.Arbitrary<IpAddress> = fc.oneof(word.map(ipv4), fc.tuple(word, word, word, word).map(([a, b, c, d]) => ipv6(a, b, c, d)));
const prefix: fc.Arbitrary<IpPrefix> = fc.tuple(address, fc.nat(128)).map(([a, n]) => {
  const bits = n % (a.family === 4 ? 33 : 129);
  return { address: maskIp(a, bits), bits };
});
const prefixes = fc.array(prefix, { maxLength: 3 });
const endpoint: fc.Arbitrary<IpEndpoint> = fc.record({ address, port: fc.integer({ min: 1, max: 65_535 }) });
const endpoints = fc.array(endpoint, { maxLength: 3 });
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes).fill(1, 31));
const at = fc.integer({ min: 0, max: 4_000_000_000_000 }).map(wallTime);
const text = fc.stringMatching(/^[a-z0-9-]{0,12}$/);
const id = fc.maxSafeNat();
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const capabilities = fc.array(fc.tuple(text, fc.array(fc.constantFrom(1, 'x', { a: [] }), { maxLength: 2 })), { maxLength: 3 }).map((all): ReadonlyMap<string, readonly unknown[]> => new Map(all));

const node: fc.Arbitrary<NetNode> = fc.record({ id, stableId: text, name: text, user: id, key, machineKey: maybe(key), discoKey: maybe(key), addresses: prefixes, allowedIps: prefixes, primaryRoutes: prefixes, endpoints, homeRelay: fc.nat(999), hostname: text, os: text, tags: fc.array(text, { maxLength: 2 }), capabilities, cap: fc.nat(200), online: maybe(fc.boolean()), lastSeen: maybe(at), keyExpiry: maybe(at), expired: fc.boolean(), machineAuthorized: fc.boolean(), wireGuardOnly: fc.boolean(), jailed: fc.boolean() });
const patch: fc.Arbitrary<NodePatch> = fc.record(
  { id, homeRelay: fc.integer({ min: 1, max: 999 }), cap: fc.integer({ min: 1, max: 200 }), capabilities, endpoints, key, discoKey: fc.option(key), online: fc.boolean(), lastSeen: at, keyExpiry: fc.option(at) },
  { requiredKeys: ['id'] },
);
const range = fc.oneof(
  address.map((a) => ({ first: a, last: a })),
  fc.tuple(word, word).map(([a, b]) => ({ first: ipv4(Math.min(a, b)), last: ipv4(Math.max(a, b)) })),
  fc.constant({ first: ipv6(0xfd000000, 0, 0, 0), last: ipv6(0xfdffffff, 0xffffffff, 0xffffffff, 0xffffffff) }),
);
const port = fc.nat(65_535);
const rule: fc.Arbitrary<Omit<FilterRule, 'text'>> = fc.record({
  sources: fc.array(fc.oneof(range.map((range) => ({ kind: 'range' as const, range })), text.map((name) => ({ kind: 'capability' as const, name }))), { minLength: 1, maxLength: 3 }),
  destinations: fc.array(fc.record({ range, firstPort: port, lastPort: port }), { minLength: 1, maxLength: 3 }),
  protocols: fc.array(fc.nat(255), { minLength: 1, maxLength: 3 }),
});
const relayNode = fc.record({ name: text, hostName: text, certName: text, ipv4: fc.oneof(word.map(ipv4), fc.constantFrom('dns' as const, 'off' as const)), ipv6: fc.oneof(fc.constant(ipv6(1, 2, 3, 4)), fc.constantFrom('dns' as const, 'off' as const)), stunPort: maybe(fc.integer({ min: 1, max: 65_535 })), stunOnly: fc.boolean(), relayPort: fc.integer({ min: 1, max: 65_535 }), canPort80: fc.boolean(), insecureForTests: fc.boolean() });
const relays: fc.Arbitrary<RelayMap> = fc
  .record({ regions: fc.array(fc.record({ id: fc.nat(999), code: text, name: text, avoid: fc.boolean(), noMeasureNoHome: fc.boolean(), nodes: fc.array(relayNode, { maxLength: 2 }) }), { maxLength: 3 }), scores: fc.array(fc.tuple(fc.nat(999), fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.1 })), { maxLength: 2 }), omitDefaultRegions: fc.boolean() })
  .map(({ regions, scores, omitDefaultRegions }) => ({ regions: new Map(regions.map((region) => [region.id, region])), scores: new Map(scores), omitDefaultRegions }));
const resolver = fc.record({ address: text, bootstrap: fc.array(text, { maxLength: 2 }), useWithExitNode: fc.boolean() });
const resolvers = fc.array(resolver, { maxLength: 2 });
const dns: fc.Arbitrary<DnsConfig> = fc
  .record({ resolvers, routes: fc.array(fc.tuple(text, resolvers), { maxLength: 2 }), fallbackResolvers: resolvers, domains: fc.array(text, { maxLength: 2 }), magicDns: fc.boolean(), extraRecords: fc.array(fc.record({ name: text, type: text, value: text }), { maxLength: 2 }), certDomains: fc.array(text, { maxLength: 2 }) })
  .map(({ routes, ...rest }) => ({ ...rest, routes: new Map(routes) }));

function read(message: unknown): MapUpdate {
  const update = decodeMapResponse(JSON.parse(JSON.stringify(message)));
  if (isFallacy(update)) throw new Error(`${update.reason.refused} at ${update.field}`);
  return update;
}

describe('the netmap as JSON', () => {
  it('gives back each node and each patch', () => {
    fc.assert(fc.property(node, (value) => void expect(read({ PeersChanged: [encodeNode(value)] }).peersChanged).toEqual([value])));
    fc.assert(fc.property(patch, (value) => void expect(read({ PeersChangedPatch: [encodePatch(value)] }).patches).toEqual([value])));
  });

  it('gives back each rule of a filter', () => {
    fc.assert(
      fc.property(rule, (value) => {
        const set = read({ PacketFilters: { base: [encodeFilterRule({ ...value, text: '' })] } }).filters!.put.get('base')!;
        expect(set).toMatchObject({ obsolete: false, ignored: 0 });
        expect(set.rules).toEqual([{ ...value, text: set.rules[0]!.text }]);
      }),
    );
  });

  it('gives back relays, names, users and the answer to a registration', () => {
    fc.assert(fc.property(relays, (value) => void expect(read({ DERPMap: encodeRelayMap(value) }).relays).toEqual(value)));
    fc.assert(fc.property(dns, (value) => void expect(read({ DNSConfig: encodeDns(value) }).dns).toEqual(value)));
    fc.assert(fc.property(fc.record({ id, loginName: text, displayName: text }), (value) => void expect(read({ UserProfiles: [encodeUser(value)] }).users).toEqual([value])));
    const answer = fc.record({ error: text, authUrl: text, nodeKeyExpired: fc.boolean(), machineAuthorized: fc.boolean(), loginName: text, displayName: text });
    fc.assert(fc.property(answer, (value) => void expect(decodeRegisterAnswer(JSON.parse(JSON.stringify(encodeRegisterAnswer(value))))).toEqual(value)));
  });

  it('is refused where the answer to a registration is none', () => {
    for (const bad of [null, [], 5, { Error: 5 }, { MachineAuthorized: 'yes' }]) expect(decodeRegisterAnswer(bad)).toEqual({ refused: 'map: a field has the wrong type' });
    expect(decodeRegisterAnswer({})).toMatchObject({ error: '', machineAuthorized: false });
    fc.assert(fc.property(fc.jsonValue(), (value) => void decodeRegisterAnswer(value)));
  });
});
