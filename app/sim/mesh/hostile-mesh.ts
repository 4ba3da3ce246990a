/** The scenario of enemies on the wire, in the tailnet and at the relay. Listed by mesh-scenarios.ts. */
import { ipv4, type IpEndpoint } from '../../base/ip.ts';
import { seconds, type Duration } from '../../time/instant.ts';
import { DERP, DERP_KEY, DerpWriter } from '../../wire/derp.ts';
import { isDisco } from '../../wire/disco.ts';
import { pick } from '../faults.ts';
import { randomBytes } from '../random-bytes.ts';
import { callMeMaybe, forgedDisco } from './disco-forge.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshScenario } from './mesh-scenarios.ts';
import type { MeshWorld } from './mesh-world.ts';
import { EASY_NAT } from './nat.ts';
import { explained, must } from './path-judge.ts';
import { everyPair, startInTurn } from './starting.ts';

const ATTACK_AT = seconds(25);
const PHASE = seconds(12);
const PER_SECOND = 200;
const FRAMES_PER_SECOND = 1_000;
const RECORDED = 2_000;
const ENDPOINTS = 10_000;
/** What fits into one relayed packet. */
const ENDPOINTS_AT_ONCE = 3_600;
/** Of addresses that nobody has. */
const NOBODY = 0x2d000000;
const CANDIDATES_MOST = 128;
/** Datagrams that a host may send to addresses that are nobody's because an enemy told it so. */
const STRAYS_MOST = 2_000;

const tallies = new WeakMap<MeshWorld, Readonly<{ strays: number; refusals: number }>>();

interface Record {
  readonly to: IpEndpoint;
  readonly bytes: Uint8Array;
}

export const hostileMesh: MeshScenario = {
  name: 'hostile-mesh',
  what: 'forged disco, replays, a peer that tells 10,000 addresses, a relay that lies about senders, floods of frames: no path moves to a stranger, nobody else notices',
  build(world) {
    const { internet, rng } = world;
    const [anna, bert, carl, mallory] = [
      world.addHost('anna', internet.addSite('anna', { nat: EASY_NAT })),
      world.addHost('bert', internet.addSite('bert', { nat: EASY_NAT })),
      world.addHost('carl'),
      world.addHost('mallory'),
    ] as const;
    const good = [anna, bert, carl];
    const records: Record[] = [];
    const strays = new Map<MeshHost, number>();
    world.onDatagram = (from, to, bytes) => {
      if (isNobodys(to)) strays.set(from, (strays.get(from) ?? 0) + 1);
      const record = { to, bytes: bytes.slice() };
      if (records.length < RECORDED) records.push(record);
      else records[rng.uint32() % RECORDED] = record;
    };
    startInTurn(world, world.hosts);
    everyPair(world, world.hosts, seconds(0.5), seconds(5));

    phase(world, 0, PER_SECOND, () => forge(world, good));
    phase(world, 1, PER_SECOND, () => {
      if (records.length === 0) return;
      const { to, bytes } = pick(rng, records);
      internet.inject(stranger(world), rng.fraction() < 0.2 ? endpointOf(pick(rng, good)) : to, bytes);
    });
    world.at(ATTACK_AT + 2 * PHASE, () => tellEndpoints(world, mallory, anna));
    world.at(ATTACK_AT + 3 * PHASE, () => {
      const source = world.nodeKeyOf(bert);
      for (const { server } of world.relays) if (source !== undefined) server.misbehaviour = { kind: 'lies', source };
    });
    world.at(ATTACK_AT + 4 * PHASE, () => {
      for (const { server } of world.relays) server.misbehaviour = { kind: 'none' };
    });
    phase(world, 4, FRAMES_PER_SECOND / 10, () => flood(world, good));

    const end = ATTACK_AT + 6 * PHASE;
    world.at(end - 1, () => {
      must(world, 'datagrams were recorded, of disco among them', records.some(({ bytes }) => isDisco(bytes)));
      must(world, 'anna heeds a call of a peer, and asks at addresses that it names', (strays.get(anna) ?? 0) > 0);
      must(world, 'frames were refused at their place', refusalsOf(anna) > 0);
      tallies.set(world, { strays: Math.max(0, ...strays.values()), refusals: good.reduce((sum, host) => sum + refusalsOf(host), 0) });
      for (const from of good) {
        const sent = strays.get(from) ?? 0;
        must(world, `${from.name} sends little to addresses that are nobody's (${sent})`, sent <= STRAYS_MOST);
        for (const to of world.hosts) {
          if (from === to) continue;
          const candidates = from.viewOf(to)?.path.candidates.length ?? 0;
          must(world, `${from.name} keeps few addresses of ${to.name} (${candidates})`, candidates <= CANDIDATES_MOST);
          if (to !== mallory) explained(world, from, to);
        }
      }
      for (const { from, to, sent, received } of world.flows) {
        if (from !== mallory && to !== mallory) must(world, `${from.name} hears ${to.name} all the time (${received} of ${sent})`, received >= 0.95 * sent);
      }
    });
    return end;
  },
  metrics: (world) => ({ ...tallies.get(world) }),
};

/** Of the packet path, by all reasons together. */
function refusalsOf({ sim }: MeshHost): number {
  return Object.values(sim.engine?.counters.refusals() ?? {}).reduce((sum, count) => sum + count, 0);
}

function phase(world: MeshWorld, which: number, perSecond: number, act: () => void): void {
  const from = ATTACK_AT + which * PHASE;
  const every: Duration = 1_000 / perSecond;
  for (let ms = 0; ms < PHASE - seconds(2); ms += every) world.at(from + ms, act);
}

/** In the name of a peer's public disco key, from anywhere or as if from the peer's own address. */
function forge(world: MeshWorld, good: readonly MeshHost[]): void {
  const { rng } = world;
  const [victim, claimed] = [pick(rng, good), pick(rng, world.hosts)];
  const sender = world.discoKeyOf(claimed);
  if (sender === undefined) return;
  const source = rng.fraction() < 0.5 ? stranger(world) : endpointOf(claimed);
  world.internet.inject(source, endpointOf(victim), forgedDisco(sender, rng.uint32() % 200, rng));
}

/** Mallory is a peer and has a true key: what it tells is sealed well. */
function tellEndpoints(world: MeshWorld, mallory: MeshHost, victim: MeshHost): void {
  const secret = mallory.sim.member?.discoKey;
  const [receiver, key] = [world.discoKeyOf(victim), world.nodeKeyOf(victim)];
  if (secret === undefined || receiver === undefined || key === undefined) throw new Error('the enemy knows no key');
  const { rng } = world;
  for (let told = 0; told < ENDPOINTS; told += ENDPOINTS_AT_ONCE) {
    const endpoints = Array.from({ length: Math.min(ENDPOINTS_AT_ONCE, ENDPOINTS - told) }, (): IpEndpoint => ({ address: ipv4(NOBODY + (rng.uint32() >>> 8)), port: 1 + (rng.uint32() % 65_535) }));
    const packet = callMeMaybe(secret.bytes, receiver, endpoints, world.crypto, rng);
    const writer = new DerpWriter();
    writer.frame(DERP.sendPacket, key, packet);
    mallory.carrier.inject(writer.take()!);
    world.internet.inject(endpointOf(mallory), endpointOf(victim), packet);
  }
}

/** Frames that no client asked for. Ten at once. */
function flood(world: MeshWorld, good: readonly MeshHost[]): void {
  const { rng } = world;
  const victim = world.nodeKeyOf(pick(rng, good));
  if (victim === undefined) return;
  for (let i = 0; i < 10; i++) {
    const source = rng.fraction() < 0.5 ? randomBytes(rng, DERP_KEY) : (world.nodeKeyOf(pick(rng, good)) ?? victim);
    const packet = randomBytes(rng, 32 + (rng.uint32() % 200));
    packet.set([1 + (rng.uint32() % 4), 0, 0, 0]);
    const type = pick(rng, [DERP.recvPacket, DERP.recvPacket, DERP.recvPacket, DERP.peerGone, DERP.keepAlive, DERP.ping, DERP.pong, DERP.health, 0x77]);
    const carriesKey = type === DERP.recvPacket || type === DERP.peerGone;
    pick(rng, world.relays).inject(victim, type, carriesKey ? Uint8Array.of(...source, ...packet) : packet.subarray(0, 8));
  }
}

function stranger(world: MeshWorld): IpEndpoint {
  return { address: ipv4(0x2e000000 + (world.rng.uint32() >>> 8)), port: 1_024 + (world.rng.uint32() % 60_000) };
}

/** As the internet sees this host: its NAT, if it has one, keeps the port. */
function endpointOf(host: MeshHost): IpEndpoint {
  const { network, address } = host.station.interfaces[0]!;
  return { address: network.router?.nat?.external ?? address, port: host.port };
}

function isNobodys({ address }: IpEndpoint): boolean {
  return address.family === 4 && address.w3 >>> 24 === NOBODY >>> 24;
}
