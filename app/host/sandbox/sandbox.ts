/**
 * A private network on this computer: a control server, a relay and an internet of NATs on loopback, peers in processes of
 * their own, and the node, all of them the engine that ships, joined over the real transports. Nothing is simulated but the
 * internet between them (internet.ts) and the sleep. Used by the demo and the app's first look; needs no rights and no network.
 */
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '../../api/schema.ts';
import { refusal } from '../../api/answers.ts';
import { say } from '../../api/words.ts';
import { NO_KEYS } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { PreAuthKey } from '../../keys/pre-auth-key.ts';
import type { Log } from '../../ports/log.ts';
import { HostClock } from '../clock.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import type { AccountsPort, EnginePort, SandboxPort } from '../engine-port.ts';
import { startEngine, type Engine } from '../engine.ts';
import { createPortTun } from '../portable/port-tun.ts';
import type { Shell } from '../shell/shell.ts';
import { VERSION } from '../version.ts';
import { EchoTraffic, type EchoAccount, type EchoTarget } from './echo-traffic.ts';
import { Faults } from './faults.ts';
import { memberOf, NO_LOCAL_ENDPOINTS, SANDBOX_MTU } from './member.ts';
import { SandboxNetwork } from './network.ts';
import { PeerHandle } from './peer-handle.ts';
import { addressOf } from './sandbox-peer.ts';
import { SandboxSystem } from './sandbox-system.ts';
import { throughSystem } from './system-tun.ts';
import { SandboxServer, USER } from './sandbox-server.ts';

const OWN_NAME = 'demo';
const FIRST_PEERS = ['harbour', 'lantern', 'orchard'];
const MORE_PEERS = ['quay', 'schooner', 'tiller'];
/** The one that the rules deny; it is never removed. */
const DENIED = 'lantern';
/** Behind a NAT that no direct way leads through, so it stays relayed, and says why. */
const HARD = 'orchard';
const JOIN_WITHIN = 20_000;
const LOOK_EVERY = 50;

export interface Sandbox {
  readonly engine: EnginePort;
  readonly faults: SandboxPort;
  readonly accounts: AccountsPort;
  /** Names, at this moment. */
  readonly peers: readonly string[];
  /** Sends no more echo, waits for what is under way at most so many ms, and gives the account. */
  finishEcho(atMostMs: number): Promise<EchoAccount>;
  /** Ends engine, peers and server. Idempotent. */
  close(): Promise<void>;
}

export interface SandboxOptions {
  readonly log: Log;
  /** What surrounds the engine; absent: a command line only. */
  readonly shell?: Shell;
  /** Compiled peer-process. */
  readonly peerScript?: string;
  readonly packetThread?: 'worker' | 'same-thread';
}

/** Rejects when server, a peer or the engine cannot start or join; nothing is left running then. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log, shell } = options;
  const script = options.peerScript ?? fileURLToPath(new URL('./peer-process.js', import.meta.url));
  const clock = new HostClock();
  const network = await SandboxNetwork.open(log);
  let server: SandboxServer;
  try {
    server = await SandboxServer.open(clock, network.relayMap());
  } catch (error) {
    await network.close();
    throw error;
  }
  network.add(OWN_NAME, 'easy');
  const authKey = server.authKey();
  const machineKey = randomKey();
  const handles: PeerHandle[] = [];
  const secrets = [machineKey];
  const openPeer = async (name: string): Promise<void> => {
    const key = randomKey();
    secrets.push(key);
    network.add(name, name === HARD ? 'hard' : 'easy');
    const handle = new PeerHandle({ name, script, log, onBound: (port) => network.bound(name, port), start: { name, url: server.url, authKey, machineKey: key.bytes, other: OWN_NAME } });
    handles.push(handle);
    await handle.open();
  };

  const tun = createPortTun(SANDBOX_MTU);
  const running: { engine?: Engine; echo?: EchoTraffic } = {};
  const system = new SandboxSystem({
    told: (told) => running.engine?.osTold(told),
    guardTold: (told) => running.engine?.guardTold(told),
    set: (device, routes, desired) => running.engine?.osSet(device, routes, desired),
    addressed: () => running.engine?.tell(NO_LOCAL_ENDPOINTS),
  });
  const faults = new Faults({
    peers: handles,
    system,
    network: network.deeds(OWN_NAME, () => server.nodeKey(OWN_NAME)),
    now: () => clock.now(),
    changed: () => running.engine?.extrasChanged(),
    freeze: (forMs) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs),
    sleep(forMs) {
      running.engine?.simulateSleep(forMs);
      server.clockMoved();
    },
    server: {
      async addPeer() {
        const name = [...MORE_PEERS, ...FIRST_PEERS].find((each) => handles.every((handle) => handle.name !== each));
        if (name === undefined || running.engine === undefined) return undefined;
        await openPeer(name);
        await seen(running.engine, [name]);
        follow(running.engine, running.echo);
        return name;
      },
      async removePeer() {
        const handle = handles.findLast(({ name }) => name !== DENIED);
        if (handle === undefined || !server.remove(handle.name)) return undefined;
        handles.splice(handles.indexOf(handle), 1);
        running.echo?.setTargets(targetsOf(running.engine, handle.name));
        await handle.close();
        network.remove(handle.name);
        return handle.name;
      },
      deny(on) {
        server.deny(on ? DENIED : undefined);
        return DENIED;
      },
      expireKey: () => server.expire(OWN_NAME),
      approve: () => server.approve(),
      silence: () => server.silence(OWN_NAME),
      stop: () => server.stop(),
      start: () => void server.start().catch((error: unknown) => log.write('error', 'sandbox', `the server did not start again: ${String(error)}`)),
    },
  });
  const close = async (): Promise<void> => {
    faults.close();
    system.close();
    running.echo?.close();
    await Promise.all([running.engine?.stop(), ...handles.map((handle) => handle.close())]);
    await Promise.all([server.close(), network.close()]);
    for (const secret of secrets) secret.wipe();
  };
  try {
    const member = memberOf({ name: OWN_NAME, url: server.url, authKey, machineKey, keys: NO_KEYS, log, onKeys: () => undefined });
    const peersOpen = Promise.all(FIRST_PEERS.map(openPeer));
    // Waited for below; until then its failure is nobody's.
    peersOpen.catch(() => undefined);
    const engine = await startEngine({
      ...member,
      tailnet: { ...member.tailnet, overlay: (overlay) => system.want(overlay) },
      listenPort: 0,
      reach: 'loopback',
      tun,
      log,
      clock,
      packetThread: options.packetThread ?? 'worker',
      version: VERSION,
      accounts: () => [{ id: OWN_NAME, server: server.url, user: USER, active: true, state: 'signed-in' }],
      sandbox: () => faults.view(),
      ...(shell === undefined ? {} : { shell: () => shell.view() }),
      osWatch: (command) => system.obey(command),
      osGuard: (ask) => system.answer(ask),
      onFact(fact) {
        if (fact.kind !== 'underlay' || fact.state.kind !== 'bound') return;
        network.bound(OWN_NAME, fact.state.port);
        running.engine?.tell(NO_LOCAL_ENDPOINTS);
      },
    });
    running.engine = engine;
    shell?.useEngine(engine);
    const { port } = engine.snapshot().self;
    if (port !== null) network.bound(OWN_NAME, port);
    system.begin();
    await peersOpen;
    await seen(engine, FIRST_PEERS);
    running.echo = new EchoTraffic(throughSystem(tun, system), engine.snapshot().self.addresses.map(addressOf), targetsOf(engine));
    running.echo.begin();
  } catch (error) {
    await close();
    throw error;
  }
  const { engine, echo } = running;
  let closing: Promise<void> | undefined;
  return {
    engine,
    faults,
    accounts: accountsOf(engine),
    get peers() {
      return handles.map(({ name }) => name);
    },
    finishEcho: (atMostMs) => echo.finish(atMostMs),
    close: () => (closing ??= close()),
  };
}

/** Waits until data came from all of them. Rejects with what is known of the reason. */
async function seen(engine: Engine, names: readonly string[]): Promise<void> {
  const end = performance.now() + JOIN_WITHIN;
  const missing = (snapshot: Snapshot): readonly string[] => names.filter((name) => !snapshot.peers.some((peer) => peer.name === name && peer.lastDataAt !== null));
  for (;;) {
    const snapshot = engine.snapshot();
    const waiting = missing(snapshot);
    if (waiting.length === 0) return;
    if (performance.now() > end) {
      const trouble = snapshot.account?.lastError;
      const why = waiting.map((name) => `${name} (${whyNothing(snapshot, name)})`);
      throw new Error(`the sandbox did not join within ${JOIN_WITHIN / 1_000} s: nothing from ${why.join(', ')}${trouble === undefined || trouble === null ? '' : `; ${say(trouble, snapshot.now)}`}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

function whyNothing({ peers, now }: Snapshot, name: string): string {
  const peer = peers.find((each) => each.name === name);
  return peer === undefined ? 'not in the network' : say(peer.path.why, now);
}

function follow(engine: Engine, echo: EchoTraffic | undefined): void {
  echo?.setTargets(targetsOf(engine));
}

/** All peers of the map, but one that is about to leave it. */
function targetsOf(engine: Engine | undefined, leaving?: string): readonly EchoTarget[] {
  const peers = engine?.snapshot().peers ?? [];
  return peers.filter(({ name }) => name !== leaving).map(({ name, addresses }) => ({ name, addresses: addresses.map(addressOf) }));
}

/** One account, of the sandbox's own server. */
function accountsOf(engine: Engine): AccountsPort {
  const done = { ok: true, value: { account: OWN_NAME } } as const;
  const refused = refusal('sandbox', 'answer.sandbox-server');
  return {
    list: () => engine.snapshot().accounts,
    login(server, authKey) {
      if (server !== undefined && server !== engine.snapshot().account?.server) return refused;
      engine.tell({ kind: 'sign-in', authKey: authKey === undefined ? undefined : new PreAuthKey(authKey) });
      return done;
    },
    logout() {
      engine.tell({ kind: 'sign-out' });
      return Promise.resolve(done);
    },
    switchTo: () => Promise.resolve(refused),
    remove: () => Promise.resolve(refused),
    acceptServerKey(accept) {
      if (accept) engine.tell({ kind: 'accept-server-key' });
      return { ok: true, value: { accepted: accept } };
    },
  };
}

function randomKey(): PrivateKey {
  const secret = new Uint8Array(32);
  createOsRng().fill(secret);
  const key = new PrivateKey(secret);
  secret.fill(0);
  return key;
}
