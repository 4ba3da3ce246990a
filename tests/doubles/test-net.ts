/** Identities and peers for tests that need real keys: node `n` has the overlay addresses 100.64.0.n and fd7a:115c:a1e0::n. */
import { ipv4, ipv6, type IpAddress, type IpEndpoint, type IpPrefix } from '../../app/base/ip.ts';
import type { PeerId } from '../../app/base/brand.ts';
import { PresharedKey, PrivateKey, PublicKey } from '../../app/keys/keys.ts';
import type { NodePeerConfig, StaticNodeConfig } from '../../app/node/types.ts';
import type { Crypto } from '../../app/ports/crypto.ts';
import type { DataplaneCommand } from '../../app/ports/dataplane.ts';
import { LOOPBACK } from './memory-net.ts';

export const TEST_MTU = 1_420;

export interface Identity {
  readonly name: string;
  readonly privateKey: PrivateKey;
  readonly publicKey: PublicKey;
  readonly addresses: readonly [IpAddress, IpAddress];
  readonly allowedIps: readonly IpPrefix[];
}

export function createIdentity(crypto: Crypto, n: number): Identity {
  const secret = new Uint8Array(32).map((_, i) => (n * 37 + i * 11 + 8) & 0xff);
  const open = new Uint8Array(32);
  crypto.x25519Base(secret, open);
  const addresses = [ipv4(0x64400000 + n), ipv6(0xfd7a115c, 0xa1e00000, 0, n)] as const;
  return {
    name: `peer-${n}`,
    privateKey: new PrivateKey(secret),
    publicKey: new PublicKey(open),
    addresses,
    allowedIps: [
      { address: addresses[0], bits: 32 },
      { address: addresses[1], bits: 128 },
    ],
  };
}

export function atPort(port: number): IpEndpoint {
  return { address: LOOPBACK, port };
}

const PSK = new PresharedKey(new Uint8Array(32).fill(0x42));

function peerConfig(peer: Identity, port: number | undefined): NodePeerConfig {
  return { name: peer.name, publicKey: peer.publicKey, presharedKey: PSK, allowedIps: peer.allowedIps, persistentKeepaliveMs: 0, ...(port === undefined ? {} : { endpoint: atPort(port) }) };
}

/** A node that knows these peers, at these ports of loopback where known. */
export function configOf(own: Identity, peers: readonly { readonly identity: Identity; readonly port?: number }[]): StaticNodeConfig {
  return { kind: 'static', name: own.name, privateKey: own.privateKey, publicKey: own.publicKey, addresses: own.addresses, mtu: TEST_MTU, peers: peers.map((p) => peerConfig(p.identity, p.port)) };
}

/** The same configuration as commands for a packet loop, without wall clock. */
export function commandsOf(config: StaticNodeConfig): DataplaneCommand[] {
  return [
    { kind: 'identity', privateKey: config.privateKey.bytes.slice(), addresses: config.addresses, mtu: config.mtu },
    ...config.peers.map((peer, i): DataplaneCommand => ({
      kind: 'put-peer',
      peer: {
        id: i as PeerId,
        publicKey: peer.publicKey.bytes,
        ...(peer.presharedKey === undefined ? {} : { presharedKey: peer.presharedKey.bytes.slice() }),
        ...(peer.endpoint === undefined ? {} : { endpoint: peer.endpoint }),
        allowedIps: peer.allowedIps,
        persistentKeepaliveMs: peer.persistentKeepaliveMs,
        roaming: 'follow',
      },
    })),
  ];
}

/** Waits for a condition; the test's own time limit ends a wait in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
