/**
 * Joins a tailnet on Linux: keys, then what a killed Bowline left, then a bare device, the engine, the doors (so that
 * status and page tell the phase while it connects), and the watch on the networks below. Addresses and routes follow when
 * the server gave them. Every failure takes back what came before it. Started by `bowline up`; knows no command line.
 *
 * The device is opened first because that alone needs rights: who lacks them hears so before signing in. Without an
 * address and not up, it changes nothing for anybody.
 */
import { PrivateKey } from '../../keys/keys.ts';
import { PreAuthKey } from '../../keys/pre-auth-key.ts';
import { createTailnetMachines } from '../../node/mesh/create-machines.ts';
import type { Log } from '../../ports/log.ts';
import type { OwnMarks } from '../../ports/os-watch.ts';
import type { Store } from '../../ports/store.ts';
import { libc, missingForTunnel } from '../../../native-bindings/linux/index.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { HostClock } from '../clock.ts';
import { nativeSources } from '../native-clocks.ts';
import { HostControlLink } from '../control-link/control-link.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { startEngine } from '../engine.ts';
import { inFastWorker } from '../linux-fast/fast-link.ts';
import { RouteSocket } from '../linux-net/route-socket.ts';
import { createLinuxSource } from '../os-network/linux.ts';
import { OsWatch } from '../os-network/os-watch.ts';
import { HostGatewayLink } from '../portmap/gateway-link.ts';
import { HostRelayLink } from '../relay-link/relay-link.ts';
import { GuardHands } from '../system/guard-hands.ts';
import { createLinuxSystem, OUR_PROTOCOL } from '../system/linux-system.ts';
import { SystemChanges } from '../system/system-changes.ts';
import { openDevice, reopenDevice } from '../tunnel/device.ts';
import { openDoors } from '../tunnel/doors.ts';
import { asProblem, checkNames, claimPlace, takeDown, type Undo } from '../tunnel/place.ts';
import { Problem } from '../tunnel/problem.ts';
import { VERSION } from '../version.ts';
import { WebProber } from '../web-probe/web-probe.ts';
import { AccountDesk } from './account-desk.ts';
import { hostFacts, hostnameFault } from './host-facts.ts';
import { keepPort, lastPort } from './last-port.ts';
import { OverlayKeeper } from './overlay-keeper.ts';

const OUR_MARKS: OwnMarks = { tables: [], protocols: [OUR_PROTOCOL], priorities: undefined };

/** Bytes; what every path of the protocol carries. */
export const TAILNET_MTU = 1_280;

export interface TailnetOptions {
  /** As a person writes it; undefined: the active account. */
  readonly server: string | undefined;
  /** Used once, never kept. */
  readonly authKey: string | undefined;
  readonly hostname: string | undefined;
  readonly device: string;
  readonly acceptRoutes: boolean;
  readonly socket: string;
  readonly stateDirectory: string;
  /** The built page; none is served where it is missing. */
  readonly page: string;
  /** fast: offloads of the device and the sockets. plain: a packet at a time. */
  readonly mover: 'fast' | 'plain';
  readonly log: Log;
}

export interface RunningTailnet {
  readonly device: string;
  /** Somebody asked over the control socket to end it. */
  readonly asked: Promise<void>;
  /** Takes back every change and ends. Idempotent; never rejects. */
  stop(): Promise<void>;
  /** The part of it that needs no waiting. For a process that ends badly. */
  takeBackNow(): void;
}

/** The engine runs when this resolves; how the sign-in goes is in its snapshot. Rejects with a {@link Problem}; then nothing is changed. */
export async function startTailnet(options: TailnetOptions): Promise<RunningTailnet> {
  const missing = missingForTunnel();
  if (missing !== undefined) throw new Problem(missing);
  checkNames(options.device, options.socket);
  const fault = options.hostname === undefined ? undefined : hostnameFault(options.hostname);
  if (fault !== undefined) throw new Problem(fault);
  const { store, letGo } = await claimPlace(options.socket, options.stateDirectory, options.log);
  const undo: Undo = [letGo];
  try {
    return await bringUp(options, store, undo);
  } catch (error) {
    await takeDown(undo, options.log);
    throw asProblem(error);
  }
}

async function bringUp(options: TailnetOptions, store: Store, undo: Undo): Promise<RunningTailnet> {
  const { log, mover } = options;
  const [rng, crypto, clock] = [createOsRng(), createSodiumCrypto(), new HostClock(undefined, nativeSources())];
  const discoKey = { secret: new PrivateKey(randomBytes(rng)), public: new Uint8Array(32) };
  crypto.x25519Base(discoKey.secret.bytes, discoKey.public);
  const accounts = new AccountStore({ store, log, rng });
  const desk = new AccountDesk({ accounts, host: hostFacts(store, rng), discoKey, mtu: TAILNET_MTU, acceptRoutes: options.acceptRoutes, log });
  const authKey = options.authKey === undefined ? undefined : new PreAuthKey(options.authKey);
  const first = desk.first(options.server, authKey, options.hostname);
  if (!first.ok) throw new Problem(first.error.message);

  const system = createLinuxSystem();
  undo.push(() => system.close());
  const changes = new SystemChanges({ system, store, log });
  const left = changes.recover();
  if (left > 0) log.write('info', 'system', `took back ${left} changes of a Bowline that was killed`);

  const tun = openDevice(options.device, mover, system);
  undo.push(() => void libc().close(tun.fd));
  const overlay = new OverlayKeeper({
    system,
    changes,
    link: { name: tun.name, ifindex: tun.ifindex },
    set: (device, routes, made) => {
      engine.osSet(device, routes, hands.keep(made, overlay.link));
      desk.learnUser();
    },
    refused: (device, why) => engine.osRefused(device, why),
    soon: (work) => void setImmediate(work),
    log,
  });
  const hands = new GuardHands({ system, changes, tell: (told) => engine.guardTold(told), soon: (work) => void setImmediate(work), log });
  const prober = new WebProber({ store, log });
  const kernel = new RouteSocket();
  undo.push(() => kernel.close());
  const watch = new OsWatch({
    system: 'linux',
    marks: OUR_MARKS,
    openSource: () => createLinuxSource(kernel),
    nameOf: (index) => kernel.nameOf(index),
    indexOf: (name) => kernel.indexOf(name),
    openDevice: (name) => {
      const { name: named, ifindex } = reopenDevice(tun, name);
      engine.deviceReplaced();
      overlay.deviceReplaced({ name: named, ifindex });
      return { index: ifindex, name: named };
    },
    renamed: ({ index, name }) => overlay.deviceRenamed({ name, ifindex: index }),
    touched: () => overlay.again(),
    tell: (told) => engine.osTold(told),
    log,
  });
  const engine = await startEngine({
    config: first.value,
    listenPort: lastPort(store),
    orAnyPort: true,
    tun: { mtu: TAILNET_MTU, connect: () => ({ fd: tun.fd, mtu: TAILNET_MTU, fwmark: 0 }), close: () => {} },
    log,
    clock,
    packetThread: mover === 'plain' ? 'worker' : (shared) => inFastWorker({ ...shared, tun: { fd: tun.fd, mtu: TAILNET_MTU, offload: tun.offload } }),
    version: VERSION,
    tailnet: {
      createMachines: createTailnetMachines,
      openControlLink: (onEvent) => {
        const link = new HostControlLink({ crypto, rng, store, log, onEvent });
        return { send: (command) => link.obey(command), close: () => link.close() };
      },
      openRelayLink: (onEvent, carrier) => new HostRelayLink({ store, log, onEvent, carrier }),
      openGatewayLink: (heard) => {
        const link = new HostGatewayLink({ heard, log });
        return { send: (command) => link.obey(command), close: () => link.close() };
      },
      resolve: (host) => prober.resolve(host),
      webProbe: (probe) => prober.probe(probe),
      persist: (keys) => desk.persist(keys),
      // This process may be root and has no screen: the page and the command line show the address.
      openUrl: (_url, why) => log.write('info', 'account', why === 'sign-in' ? 'the server gives an address to sign in at' : 'the server asks to open an address: the page shows it'),
      overlay: (wish) => overlay.want(wish),
    },
    accounts: () => desk.list(),
    osGuard: (ask) => hands.obey(ask),
    osWatch: (command) => watch.obey(command),
    onFact: (fact) => {
      if (fact.kind !== 'underlay' || fact.state.kind !== 'bound') return;
      keepPort(store, fact.state.port, log);
    },
  });
  undo.push(() => changes.takeAllBack());
  undo.push(() => engine.stop());

  const doors = await openDoors({ engine, accounts: desk, socket: options.socket, page: options.page, log });
  // Closed last: who finds no socket any more finds the system as it was.
  undo.splice(1, 0, () => doors.close());
  undo.push(() => hands.close());
  undo.push(() => watch.close());
  watch.begin({ index: tun.ifindex, name: tun.name });
  desk.opened(engine, authKey !== undefined);
  log.write('info', 'tailnet', `${tun.name} waits for ${first.value.control.url}`);

  let stopping: Promise<void> | undefined;
  return {
    device: tun.name,
    asked: doors.asked,
    stop: () => (stopping ??= takeDown(undo, log)),
    takeBackNow: () => changes.takeAllBack(),
  };
}

function randomBytes(rng: ReturnType<typeof createOsRng>): Uint8Array {
  const bytes = new Uint8Array(32);
  rng.fill(bytes);
  return bytes;
}
