/**
 * One peer of the sandbox: a WireGuard engine on its own UDP socket, with a small stack inside the tunnel that answers
 * ping and UDP echo. It sends a ping of its own every second, so that the node notices when the peer moved or came back.
 * Runs in a process of its own (peer-process.ts).
 */
import { EndpointTable } from '../../base/endpoints.ts';
import { parseEndpoint, parseIp, type IpAddress } from '../../base/ip.ts';
import type { PeerId } from '../../base/brand.ts';
import { Counters } from '../../ports/counters.ts';
import type { DataplaneFact } from '../../ports/dataplane.ts';
import { MiniStack } from '../../sim/mini-stack.ts';
import { HostClock } from '../clock.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { PacketLoop } from '../packet-loop.ts';
import { createMemoryTun } from '../portable/memory-tun.ts';
import { udpDatagrams } from '../portable/udp-datagrams.ts';
import { WakeUps } from '../wake-ups.ts';
import { cuttable } from './cuttable-datagrams.ts';
import type { FromPeer, PeerStart } from './peer-messages.ts';

export const SANDBOX_MTU = 1_420;
const PING_EVERY = 1_000;
const NODE = 0 as PeerId;

export interface SandboxPeer {
  cut(forMs: number): void;
  move(): void;
}

/** Rejects with the system's error when the port cannot be had. */
export async function startSandboxPeer(start: PeerStart, tell: (message: FromPeer) => void): Promise<SandboxPeer> {
  const clock = new HostClock();
  const counters = new Counters(1);
  const endpoints = new EndpointTable(64);
  const tun = createMemoryTun(SANDBOX_MTU, counters);
  const stack = new MiniStack({ addresses: start.addresses.map(addressOf) });
  const cable = cuttable(udpDatagrams(endpoints, counters, 'loopback'), () => performance.now());
  const sayWallClock = (): void => loop.command({ kind: 'wall-clock', at: clock.now(), wall: clock.wall() });
  const loop = await PacketLoop.open(
    {
      crypto: createSodiumCrypto(),
      rng: createOsRng(),
      clock,
      counters,
      wakeUps: new WakeUps(),
      endpoints,
      datagrams: cable.factory,
      tun: tun.near,
      onFacts: (facts) => {
        for (const port of boundPorts(facts)) tell({ kind: 'bound', port });
      },
      onSlept: () => sayWallClock(),
    },
    start.port,
  );
  tun.far.onPacket((packet) => {
    for (const answer of stack.handlePacket(packet, clock.now())) tun.far.send(answer);
  });

  loop.command({ kind: 'identity', privateKey: start.privateKey, addresses: start.addresses.map(addressOf), mtu: SANDBOX_MTU });
  sayWallClock();
  const endpoint = start.other.endpoint === null ? undefined : parseEndpoint(start.other.endpoint);
  loop.command({
    kind: 'put-peer',
    peer: {
      id: NODE,
      publicKey: start.other.publicKey,
      ...(endpoint === undefined ? {} : { endpoint }),
      allowedIps: start.other.addresses.map(addressOf).map((address) => ({ address, bits: address.family === 4 ? 32 : 128 })),
      persistentKeepaliveMs: 0,
      roaming: 'follow',
    },
  });
  const target = addressOf(start.other.addresses[0]!);
  let seq = 0;
  setInterval(() => {
    seq = (seq + 1) & 0xffff;
    tun.far.send(stack.ping(target, seq, clock.now()));
    stack.takeReplies();
  }, PING_EVERY);

  return {
    cut: (forMs) => cable.cut(forMs),
    move: () => loop.command({ kind: 'rebind' }),
  };
}

function boundPorts(facts: readonly DataplaneFact[]): number[] {
  return facts.flatMap((fact) => (fact.kind === 'underlay' && fact.state.kind === 'bound' ? [fact.state.port] : []));
}

function addressOf(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`the sandbox made up a wrong address: ${text}`);
  return address;
}
