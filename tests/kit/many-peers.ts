/**
 * A first map message of many peers in headscale's shape, written by the encoder from values drawn by one seed: what the
 * netmap benchmark and its tests read. Keys and names are made up.
 */
import { createSeededRng } from '../../app/base/seeded-rng.ts';
import { ipv4, ipv6 } from '../../app/base/ip.ts';
import { wallTime } from '../../app/time/instant.ts';
import { encodeNode, encodeUser } from '../../app/wire/netmap/encode.ts';
import type { NetNode } from '../../app/wire/netmap/types.ts';

const START = 1_790_000_000_000;
const SYSTEMS = ['linux', 'windows', 'macOS', 'android', 'iOS'];
/** What tailscaled tells of its computer and headscale passes on, beside name and system. Read past by Bowline. */
const HOSTINFO = { IPNVersion: '1.102.5-t0a1b2c3d4-g5e6f7a8b9', BackendLogID: '5b1f7e9a3c2d4e6f8091a2b3c4d5e6f70123456789abcdef0123456789abcdef', OSVersion: '6.12.41', Container: false, Distro: 'debian', DistroVersion: '13', DistroCodeName: 'trixie', Desktop: false, DeviceModel: 'Standard PC', Machine: 'x86_64', GoArch: 'amd64', GoArchVar: 'v1', GoVersion: 'go1.26.1', Services: [{ Proto: 'peerapi4', Port: 51_234 }, { Proto: 'peerapi6', Port: 51_234 }], NetInfo: { MappingVariesByDestIP: false, HairPinning: null, WorkingIPv6: false, OSHasIPv6: true, WorkingUDP: true, WorkingICMPv4: true, UPnP: false, PMP: false, PCP: false, PreferredDERP: 900, FirewallMode: 'nft-forced' }, Userspace: false, UserspaceRouter: false, AppConnector: false };

export function makePeer(id: number): NetNode {
  const rng = createSeededRng(id);
  const key = (): Uint8Array => {
    const bytes = new Uint8Array(32);
    rng.fill(bytes);
    return bytes;
  };
  const addresses = [
    { address: ipv4(0x64400000 + id), bits: 32 },
    { address: ipv6(0xfd7a115c, 0xa1e00000, 0, id), bits: 128 },
  ];
  const online = rng.fraction() < 0.7;
  const os = SYSTEMS[rng.uint32() % SYSTEMS.length]!;
  return {
    id,
    stableId: String(id),
    name: `${os.toLowerCase()}-host-${id}.tail.example.org`,
    user: 1 + (id % 50),
    key: key(),
    machineKey: key(),
    discoKey: key(),
    addresses,
    allowedIps: addresses,
    primaryRoutes: [],
    endpoints: [
      { address: ipv4(rng.uint32()), port: 41_641 },
      { address: ipv4(0xc0a80000 | (rng.uint32() & 0xffff)), port: 41_641 },
      { address: ipv4(0xac110001), port: 41_641 },
      { address: ipv6(0x20010db8, rng.uint32(), rng.uint32(), rng.uint32()), port: 41_641 },
    ],
    homeRelay: 900,
    hostname: `host-${id}`,
    os,
    tags: id % 10 === 0 ? ['tag:server'] : [],
    capabilities: new Map([['cap/file-sharing', []]]),
    cap: 130,
    online,
    lastSeen: online ? undefined : wallTime(START + (rng.uint32() % 10_000_000)),
    keyExpiry: id % 3 === 0 ? wallTime(START + 15_552_000_000) : undefined,
    expired: false,
    machineAuthorized: true,
    wireGuardOnly: false,
    jailed: false,
  };
}

/** `count` peers, of ids 1 to `count`; self is the next. */
export function firstMap(count: number): string {
  const node = (id: number): Record<string, unknown> => {
    const encoded = encodeNode(makePeer(id));
    return { ...encoded, Created: '2026-03-01T10:00:00.123456789Z', Hostinfo: { ...HOSTINFO, ...Object(encoded['Hostinfo']) } };
  };
  return JSON.stringify({
    Node: node(count + 1),
    Peers: Array.from({ length: count }, (_, i) => node(i + 1)),
    UserProfiles: Array.from({ length: 50 }, (_, i) => encodeUser({ id: i + 1, loginName: `user${i + 1}@example.org`, displayName: `User ${i + 1}` })),
    Domain: 'tail.example.org',
    DNSConfig: { Proxied: true, Domains: ['tail.example.org'], Routes: { 'tail.example.org': null } },
    PacketFilters: { base: [{ SrcIPs: ['100.64.0.0/10', 'fd7a:115c:a1e0::/48'], DstPorts: [{ IP: '*', Ports: { First: 0, Last: 65_535 } }] }] },
    ControlTime: '2026-11-25T20:00:00Z',
  });
}
