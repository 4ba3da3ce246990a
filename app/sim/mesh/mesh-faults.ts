/** What may happen to a mesh, each by its name and over within a minute. Callers: the scenario of an hour. */
import type { Rng } from '../../ports/rng.ts';
import { seconds } from '../../time/instant.ts';
import { pick } from '../faults.ts';
import type { Link } from '../link.ts';
import type { MeshWorld } from './mesh-world.ts';
import type { Router } from './topology.ts';

type Act = (world: MeshWorld, rng: Rng) => void;

const between = (rng: Rng, least: number, most: number): number => least + (most - least) * rng.fraction();

export const MESH_FAULTS: Readonly<Record<string, Act>> = {
  'NAT reboots': (world, rng) => atRouter(world, rng, (router) => world.internet.reboot(router)),
  'NAT gets another address': (world, rng) => atRouter(world, rng, (router) => world.internet.reboot(router, true)),
  'UDP blocked for a while': (world, rng) =>
    atRouter(world, rng, (router) => {
      router.udp = 'blocked';
      world.at(world.now + between(rng, seconds(5), seconds(60)), () => void (router.udp = 'open'));
    }),
  'uplink cut': (world, rng) =>
    atRouter(world, rng, (router) => {
      router.up = false;
      world.review();
      world.at(world.now + between(rng, seconds(0.5), seconds(20)), () => {
        router.up = true;
        world.review();
      });
    }),
  'host moves': (world, rng) => world.roam(pick(rng, world.hosts)),
  'host restarts': (world, rng) => world.restart(pick(rng, world.hosts), between(rng, seconds(0.2), seconds(5))),
  'host sleeps': (world, rng) => world.suspend(pick(rng, world.hosts), between(rng, seconds(3), seconds(60))),
  'relay restarts': (world, rng) => world.restartRelay(pick(rng, world.relays), between(rng, seconds(0.2), seconds(10))),
  'relay dead but open': (world, rng) => pick(rng, world.relays).forgetConnections(),
  'relay says nothing': (world, rng) => world.silenceRelay(pick(rng, world.relays), between(rng, seconds(1), seconds(40))),
  'server restarts': (world, rng) => world.tailnet.restart(between(rng, seconds(0.5), seconds(30))),
  'direct path cut': (world, rng) => betweenRouters(world, rng, (path) => path.cut(pick(rng, ['both', 'a-to-b', 'b-to-a']), world.now + between(rng, seconds(2), seconds(60)))),
  'direct path too small for data': (world, rng) =>
    betweenRouters(world, rng, (path) => {
      path.shape = { ...path.shape, mtu: 800 };
      world.at(world.now + between(rng, seconds(5), seconds(60)), () => void (path.shape = { ...path.shape, mtu: 1_500 }));
    }),
  'direct path loses': (world, rng) =>
    betweenRouters(world, rng, (path) => {
      path.shape = { ...path.shape, loss: 0.3 };
      world.at(world.now + between(rng, seconds(5), seconds(60)), () => void (path.shape = { ...path.shape, loss: 0 }));
    }),
};

/** Of the hosts' networks, one; nothing where all stand in the open. */
function atRouter(world: MeshWorld, rng: Rng, act: (router: Router) => void): void {
  const routers = routersIn(world);
  if (routers.length > 0) act(pick(rng, routers));
}

function betweenRouters(world: MeshWorld, rng: Rng, act: (path: Link) => void): void {
  const outer = routersIn(world).filter(({ outside }) => outside === world.internet.root);
  if (outer.length === 0) return;
  const [a, b] = [pick(rng, outer), pick(rng, outer)];
  if (a !== b) act(world.internet.path(a, b));
}

function routersIn(world: MeshWorld): Router[] {
  return [...new Set(world.hosts.flatMap(({ station }) => station.interfaces.flatMap(({ network }) => (network.router === undefined ? [] : [network.router]))))];
}
