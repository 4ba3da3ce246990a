/**
 * The processes of the idle benchmark: the engine host that is measured, or its far ends. Started by bench/idle.ts with
 * an IPC channel, which is the only thing here that is not the product's own.
 */
import { prefixOf } from './addresses.ts';
import { HostClock } from '../app/host/clock.ts';
import { startEngine, type Engine } from '../app/host/engine.ts';
import { createStderrLog } from '../app/host/log.ts';
import { createPortTun } from '../app/host/portable/port-tun.ts';
import { ipv4 } from '../app/base/ip.ts';
import { keyBytesFromBase64, PrivateKey, PublicKey } from '../app/keys/keys.ts';
import type { NodePeerConfig } from '../app/node/types.ts';
import type { FromChild, PlayPeers, RunHost, ToChild } from './idle-protocol.ts';

const MTU = 1_420;
const LOOPBACK = ipv4(0x7f00_0001);
const tell = (message: FromChild): void => void process.send?.(message);

function bytes(base64: string): Uint8Array {
  const key = keyBytesFromBase64(base64);
  if (key === undefined) throw new Error('not a key');
  return key;
}

function start(name: string, privateKey: string, publicKey: string, address: number, peers: readonly NodePeerConfig[], packetThread: 'worker' | 'same-thread'): Promise<Engine> {
  return startEngine({
    config: { kind: 'static', name, privateKey: new PrivateKey(bytes(privateKey)), publicKey: new PublicKey(bytes(publicKey)), addresses: [ipv4(address)], mtu: MTU, peers },
    listenPort: 0,
    tun: createPortTun(MTU),
    log: createStderrLog('warn'),
    clock: new HostClock(),
    packetThread,
    version: 'bench',
  });
}

/** The socket is bound when an engine has started; the fact reaches its node a moment later. */
async function portOf(engine: Engine): Promise<number> {
  for (;;) {
    const { port } = engine.snapshot().self;
    if (port !== null) return port;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function playPeers({ hostKey, peers }: PlayPeers): Promise<void> {
  const ports: number[] = [];
  for (const [i, { privateKey, publicKey }] of peers.entries()) {
    const host: NodePeerConfig = { name: 'host', publicKey: new PublicKey(bytes(hostKey)), allowedIps: [prefixOf(0)], persistentKeepaliveMs: 0 };
    const engine = await start(`peer-${i}`, privateKey, publicKey, prefixOf(i + 1).address.w3, [host], 'same-thread');
    ports.push(await portOf(engine));
  }
  tell({ kind: 'playing', ports });
}

let running: Engine | undefined;

async function runHost({ privateKey, publicKey, peers }: RunHost): Promise<void> {
  const configured = peers.map(
    (peer, i): NodePeerConfig => ({
      name: `peer-${i}`,
      publicKey: new PublicKey(bytes(peer.publicKey)),
      endpoint: { address: LOOPBACK, port: peer.port },
      allowedIps: [prefixOf(i + 1)],
      persistentKeepaliveMs: 0,
    }),
  );
  const engine = await start('host', privateKey, publicKey, prefixOf(0).address.w3, configured, 'worker');
  while (engine.snapshot().peers.some((peer) => peer.handshakeAt === null)) await new Promise((resolve) => setTimeout(resolve, 200));
  running = engine;
  tell({ kind: 'quiet' });
}

process.on('message', (message: ToChild) => {
  switch (message.kind) {
    case 'play-peers':
      void playPeers(message);
      return;
    case 'run-host':
      void runHost(message);
      return;
    case 'tell':
      tell({ kind: 'told', wakeups: running?.status(true).verbose?.wakeups ?? {} });
  }
});
process.on('disconnect', () => process.exit(0));
