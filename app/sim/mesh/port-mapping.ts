/** The scenario of a router that gives ports: what no hole punching can do. Listed by mesh-scenarios.ts. */
import { equalEndpoint, type IpEndpoint } from '../../base/ip.ts';
import { seconds } from '../../time/instant.ts';
import { pick } from '../faults.ts';
import type { MeshHost } from './mesh-host.ts';
import type { MeshScenario } from './mesh-scenarios.ts';
import type { MeshWorld } from './mesh-world.ts';
import { HARD_NAT } from './nat.ts';
import { DIRECT_WITHIN, must, wayText } from './path-judge.ts';
import type { PortMapServer } from './port-map-server.ts';
import { servePortMapping } from './port-map-site.ts';
import { startInTurn } from './starting.ts';

const SHAPES = [{ pcp: true, natPmp: true }, { pcp: true, natPmp: false }, { pcp: false, natPmp: true }] as const;
const TALK_AT = seconds(15);
const REBOOT_AT = seconds(60);
/** A router that restarted is noticed when a way by it ends, and with each check of the network, at 26 s at most while peers are in use; then
 *  a round of probes finds the way again. */
const MAPPED_AGAIN_WITHIN = seconds(30);
const DIRECT_AGAIN_WITHIN = seconds(65);
const ENDS_AT = seconds(150);
/** Four transmissions by two protocols. */
const QUESTIONS_OF_ONE_ATTEMPT = 8;

interface Tally {
  readonly server: PortMapServer;
  directAfterRebootMs: number;
}

const tallies = new WeakMap<MeshWorld, Tally>();

export const portMapping: MeshScenario = {
  name: 'port-mapping',
  what: 'two hard NATs, and one of the routers gives a port: direct within 10 s; after a reboot mapped and direct again; without one nothing is asked twice',
  build(world) {
    const { internet, rng } = world;
    internet.wan = { ...internet.wan, delayMs: 5 + 40 * rng.fraction() };
    const [given, other, without] = ['given', 'other', 'without'].map((name) => world.addHost(name, internet.addSite(name, { nat: HARD_NAT }))) as [MeshHost, MeshHost, MeshHost];
    const site = given.station.interfaces[0]!.network;
    const router = site.router!;
    const server = servePortMapping(internet, site, pick(rng, SHAPES));
    const tally: Tally = { server, directAfterRebootMs: 0 };
    tallies.set(world, tally);
    startInTurn(world, world.hosts);
    world.flow(other, given, { everyMs: seconds(1), fromMs: TALK_AT });
    world.flow(other, without, { everyMs: seconds(1), fromMs: TALK_AT });

    const external = (): IpEndpoint => ({ address: router.nat!.external, port: given.port });
    const isByMapping = (): boolean => other.isDirectTo(given) && given.isDirectTo(other) && equalEndpoint(other.wayTo(given)?.direct, external());
    world.at(TALK_AT + DIRECT_WITHIN, () => {
      must(world, `the two are direct by the mapped port (${wayText(other, given)})`, isByMapping());
      must(world, 'two hard NATs without a port stay relayed', !other.isDirectTo(without));
      must(world, 'the table of the router has it', typeof router.nat!.inbound({ address: external().address, port: 9 }, given.port, internet.now) !== 'string');
    });
    world.at(REBOOT_AT, () => internet.reboot(router));
    world.at(REBOOT_AT + MAPPED_AGAIN_WITHIN, () => must(world, 'the router was asked again after its reboot', server.answered.mapping === 2));
    const again = (): void => {
      if (server.answered.mapping === 2 && isByMapping()) tally.directAfterRebootMs = world.now - REBOOT_AT;
      else world.at(world.now + 100, again);
    };
    world.at(REBOOT_AT, again);
    world.at(REBOOT_AT + DIRECT_AGAIN_WITHIN, () => must(world, `the two are direct by the mapped port again (${wayText(other, given)})`, isByMapping()));
    world.at(ENDS_AT - 1, () => {
      must(world, 'a router that never answers is asked once', without.gatewayLink.sent === QUESTIONS_OF_ONE_ATTEMPT && other.gatewayLink.sent === QUESTIONS_OF_ONE_ATTEMPT);
    });
    return ENDS_AT;
  },
  metrics: (world) => {
    const tally = tallies.get(world);
    return { mappingsAsked: tally?.server.answered.mapping ?? 0, epochsAsked: tally?.server.answered.epoch ?? 0, directAfterRebootMs: tally?.directAfterRebootMs ?? 0 };
  },
};
