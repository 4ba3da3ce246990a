/**
 * A private network of one real node and three peers on this computer: each peer a process with its own UDP socket, the
 * node the engine that ships. Nothing is simulated but the cable and the sleep (faults.ts). Used by the demo and the app's
 * first look; needs no rights and no network.
 */
import { fileURLToPath } from 'node:url';
import { parseEndpoint, parseIp, type IpAddress } from '../../base/ip.ts';
import { PrivateKey, PublicKey } from '../../keys/keys.ts';
import type { NodePeerConfig } from '../../node/types.ts';
import type { Log } from '../../ports/log.ts';
import { HostClock } from '../clock.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import type { EnginePort, SandboxPort } from '../engine-port.ts';
import { startEngine, type Engine } from '../engine.ts';
import { createPortTun } from '../portable/port-tun.ts';
import { VERSION } from '../version.ts';
import { EchoTraffic, type EchoAccount } from './echo-traffic.ts';
import { Faults } from './faults.ts';
import { PeerHandle } from './peer-handle.ts';
import { SANDBOX_MTU } from './sandbox-peer.ts';

/** Name and last part of the overlay addresses. */
const PEERS = [
  ['harbour', 2],
  ['lantern', 3],
  ['orchard', 4],
] as const;
const OWN = 1;

const addressesOf = (host: number): readonly string[] => [`100.64.7.${host}`, `fd00:64:7::${host}`];

export interface Sandbox {
  readonly engine: EnginePort;
  readonly faults: SandboxPort;
  readonly peers: readonly string[];
  /** Sends no more echo, waits for what is under way at most so many ms, and gives the account. */
  finishEcho(atMostMs: number): Promise<EchoAccount>;
  /** Ends engine and peers. Idempotent. */
  close(): Promise<void>;
}

export interface SandboxOptions {
  readonly log: Log;
  /** Compiled peer-process. */
  readonly peerScript?: string;
  readonly packetThread?: 'worker' | 'same-thread';
}

interface KeyPair {
  readonly privateKey: PrivateKey;
  readonly publicKey: PublicKey;
}

/** Rejects when a peer or the engine cannot start; nothing is left running then. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log } = options;
  const script = options.peerScript ?? fileURLToPath(new URL('./peer-process.js', import.meta.url));
  const own = keyPair();
  const engineAt: { engine: Engine | undefined } = { engine: undefined };
  const handles = PEERS.map(([name, host]) => {
    const keys = keyPair();
    const start = (): ReturnType<ConstructorParameters<typeof PeerHandle>[0]['start']> => {
      const port = engineAt.engine?.snapshot().self.port ?? null;
      return {
        privateKey: keys.privateKey.bytes,
        addresses: addressesOf(host),
        other: { publicKey: own.publicKey.bytes, addresses: addressesOf(OWN), endpoint: port === null ? null : `127.0.0.1:${port}` },
      };
    };
    return { host, keys, handle: new PeerHandle({ name, script, log, start }) };
  });
  const closePeers = (): Promise<unknown> => Promise.all(handles.map(({ handle }) => handle.close()));

  const clock = new HostClock();
  const tun = createPortTun(SANDBOX_MTU);
  const faults = new Faults({
    peers: handles.map(({ handle }) => handle),
    now: () => clock.now(),
    changed: () => engineAt.engine?.extrasChanged(),
    freeze: (forMs) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs),
    sleep: (forMs) => engineAt.engine?.simulateSleep(forMs),
  });
  try {
    await Promise.all(handles.map(({ handle }) => handle.open()));
    engineAt.engine = await startEngine({
      config: {
        kind: 'static',
        name: 'demo',
        ...own,
        addresses: addressesOf(OWN).map(addressOf),
        mtu: SANDBOX_MTU,
        peers: handles.map(({ handle, host, keys }): NodePeerConfig => peerConfig(handle, addressesOf(host), keys.publicKey)),
      },
      listenPort: 0,
      reach: 'loopback',
      tun,
      log,
      clock,
      packetThread: options.packetThread ?? 'worker',
      version: VERSION,
      sandbox: () => faults.view(),
    });
  } catch (error) {
    await closePeers();
    throw error;
  }
  const { engine } = engineAt;
  const echo = new EchoTraffic(
    tun,
    addressesOf(OWN).map(addressOf),
    handles.map(({ handle, host }) => ({ name: handle.name, addresses: addressesOf(host).map(addressOf) })),
  );
  echo.begin();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    faults.close();
    echo.close();
    await Promise.all([engine.stop(), closePeers()]);
    for (const { keys } of handles) keys.privateKey.wipe();
    own.privateKey.wipe();
  };
  return {
    engine,
    faults,
    peers: handles.map(({ handle }) => handle.name),
    finishEcho: (atMostMs) => echo.finish(atMostMs),
    close: () => (closing ??= close()),
  };
}

function peerConfig(handle: PeerHandle, addresses: readonly string[], publicKey: PublicKey): NodePeerConfig {
  const endpoint = parseEndpoint(`127.0.0.1:${handle.port}`);
  return {
    name: handle.name,
    publicKey,
    ...(endpoint === undefined ? {} : { endpoint }),
    allowedIps: addresses.map(addressOf).map((address) => ({ address, bits: address.family === 4 ? 32 : 128 })),
    persistentKeepaliveMs: 0,
  };
}

function keyPair(): KeyPair {
  const secret = new Uint8Array(32);
  const open = new Uint8Array(32);
  createOsRng().fill(secret);
  createSodiumCrypto().x25519Base(secret, open);
  const pair = { privateKey: new PrivateKey(secret), publicKey: new PublicKey(open) };
  secret.fill(0);
  return pair;
}

function addressOf(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`the sandbox made up a wrong address: ${text}`);
  return address;
}
