/**
 * Joins a tailnet: keys, then what the operating system is to it (system-tunnel.ts, or no-tunnel.ts), the engine, and the
 * doors (so that status and page tell the phase while it connects). Addresses and routes follow when the server gave them.
 * Every failure takes back what came before it. Started by `bowline up` and by the app; knows no command line, no screen.
 *
 * The device is opened first because that alone needs rights: who lacks them hears so before signing in. Without an
 * address and not up, it changes nothing for anybody.
 */
import type { TunnelLack } from '../../api/schema.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { PreAuthKey } from '../../keys/pre-auth-key.ts';
import { createTailnetMachines } from '../../node/mesh/create-machines.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import type { Lack } from '../../../native-bindings/linux/index.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { HostClock } from '../clock.ts';
import { nativeSources } from '../native-clocks.ts';
import { HostControlLink } from '../control-link/control-link.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import type { AccountsPort, EnginePort } from '../engine-port.ts';
import { startEngine } from '../engine.ts';
import { HostGatewayLink } from '../portmap/gateway-link.ts';
import { HostRelayLink } from '../relay-link/relay-link.ts';
import { createHeadlessShell } from '../shell/headless-shell.ts';
import type { Shell } from '../shell/shell.ts';
import { openDoors } from '../tunnel/doors.ts';
import { asProblem, checkNames, claimPlace, takeDown, type Undo } from '../tunnel/place.ts';
import { Problem } from '../tunnel/problem.ts';
import type { KeyVault } from '../vault/key-vault.ts';
import { openKeyRing } from '../vault/open-key-ring.ts';
import { VERSION } from '../version.ts';
import { WebProber } from '../web-probe/web-probe.ts';
import { AccountDesk } from './account-desk.ts';
import { hostFacts, hostnameFault } from './host-facts.ts';
import { keepPort, lastPort } from './last-port.ts';
import { withoutTunnel } from './no-tunnel.ts';
import { meansHere, type MeansHere } from '../tunnel/system-for.ts';
import { openSystemTunnel } from './system-tunnel.ts';
import type { TunnelSide } from './tunnel-side.ts';

/** The network device, where nobody names another. */
export const TAILNET_DEVICE = 'bowline0';
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
  /** The built page; none is served where it is missing, or undefined: the app has a window of its own. */
  readonly page: string | undefined;
  /** fast: offloads of the device and the sockets. plain: a packet at a time. */
  readonly mover: 'fast' | 'plain';
  /** No account yet, or no right to make a device. problem: rejects, as a command does. told: starts all the same, for a page
   *  that says so and where a person can go on. */
  readonly whatLacks: 'problem' | 'told';
  /** What a network device would lack here; absent: looked up. */
  readonly lack?: Lack;
  /** What surrounds it, made with the store of settings; absent: a browser shows the page. */
  readonly shell?: (store: Store) => Shell;
  /** The system's key store; absent: there is none, and keys lie in files of mode 0600. */
  readonly vault?: KeyVault;
  /** How long the start waits for it; absent: VAULT_WITHIN. */
  readonly vaultWithinMs?: number;
  readonly log: Log;
}

export interface RunningTailnet {
  readonly engine: EnginePort;
  readonly accounts: AccountsPort;
  readonly shell: Shell;
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
  const here: MeansHere = options.lack === undefined ? meansHere() : { ok: false, lack: options.lack };
  if (!here.ok && options.whatLacks === 'problem') throw new Problem(here.lack.sentence);
  checkNames(options.device, options.socket);
  const fault = options.hostname === undefined ? undefined : hostnameFault(options.hostname);
  if (fault !== undefined) throw new Problem(fault);
  const { store, letGo } = await claimPlace(options.socket, options.stateDirectory, options.log);
  const undo: Undo = [letGo];
  try {
    return await bringUp(options, here, store, undo);
  } catch (error) {
    await takeDown(undo, options.log);
    throw asProblem(error);
  }
}

async function bringUp(options: TailnetOptions, here: MeansHere, store: Store, undo: Undo): Promise<RunningTailnet> {
  const { log, mover } = options;
  const lack: TunnelLack | undefined = here.ok ? undefined : here.lack.lack;
  const shell = options.shell?.(store) ?? createHeadlessShell(store, log);
  const [rng, crypto, clock] = [createOsRng(), createSodiumCrypto(), new HostClock(undefined, nativeSources())];
  const discoKey = { secret: new PrivateKey(randomBytes(rng)), public: new Uint8Array(32) };
  crypto.x25519Base(discoKey.secret.bytes, discoKey.public);
  const ended = new AbortController();
  undo.push(() => ended.abort());
  const { ring, later } = await openKeyRing({ vault: options.vault, store, crypto, rng, log, signal: ended.signal, ...(options.vaultWithinMs === undefined ? {} : { withinMs: options.vaultWithinMs }) });
  const accounts = new AccountStore({ store, log, rng, ring });
  shell.useKeys(() => accounts.keys);
  const desk = new AccountDesk({ accounts, host: hostFacts(store, rng), discoKey, mtu: TAILNET_MTU, acceptRoutes: options.acceptRoutes, log });
  const authKey = options.authKey === undefined ? undefined : new PreAuthKey(options.authKey);
  const isFirstRun = options.whatLacks === 'told' && options.server === undefined && accounts.active === undefined;
  const first = isFirstRun ? undefined : desk.first(options.server, authKey, options.hostname);
  if (first?.ok === false) throw new Problem(first.error.message);

  const { device } = options;
  const side: TunnelSide =
    here.ok
      ? openSystemTunnel({ means: here.means, device, mtu: TAILNET_MTU, mover, store, log, isSet: () => desk.learnUser() }, undo)
      : withoutTunnel({ device, mtu: TAILNET_MTU });
  const prober = new WebProber({ store, log });
  const engine = await startEngine({
    config: first?.value,
    listenPort: lastPort(store),
    orAnyPort: true,
    tun: side.tun,
    log,
    clock,
    packetThread: side.packetThread,
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
      overlay: (wish) => {
        side.overlay(wish);
        if (lack !== undefined) setImmediate(() => desk.learnUser());
      },
    },
    accounts: () => desk.list(),
    shell: () => shell.view(),
    ...(lack === undefined ? {} : { tunnelLack: lack }),
    ...(side.osGuard === undefined ? {} : { osGuard: side.osGuard }),
    ...(side.osWatch === undefined ? {} : { osWatch: side.osWatch }),
    onFact: (fact) => {
      if (fact.kind !== 'underlay' || fact.state.kind !== 'bound') return;
      keepPort(store, fact.state.port, log);
    },
  });
  undo.push(() => side.takeBackNow());
  undo.push(() => engine.stop());
  side.begin(engine);
  shell.useEngine(engine);

  const doors = await openDoors({ engine, accounts: desk, socket: options.socket, page: options.page, log, shell });
  // Closed last: who finds no socket any more finds the system as it was.
  undo.splice(1, 0, () => doors.close());
  desk.opened(engine, authKey !== undefined);
  void later?.then((open) => (ended.signal.aborted ? undefined : desk.unlocked(open)));
  log.write('info', 'tailnet', first === undefined ? 'waits for a person to name a server' : `${side.device} waits for ${first.value.control.url}`);
  if (lack !== undefined) log.write('warn', 'tailnet', `carries no traffic of programs: this process has no network device (${lack})`);

  let stopping: Promise<void> | undefined;
  return {
    engine,
    accounts: desk,
    shell,
    device: side.device,
    asked: doors.asked,
    stop: () => (stopping ??= takeDown(undo, log)),
    takeBackNow: () => side.takeBackNow(),
  };
}

function randomBytes(rng: ReturnType<typeof createOsRng>): Uint8Array {
  const bytes = new Uint8Array(32);
  rng.fill(bytes);
  return bytes;
}
