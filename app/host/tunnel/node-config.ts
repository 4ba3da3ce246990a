/** Turns a configuration file into what a node is started with, and checks what only a key pair can tell. Pure but for its crypto. */
import type { IpEndpoint } from '../../base/ip.ts';
import type { WgConfig, WgPeer } from '../../config/types.ts';
import { PublicKey } from '../../keys/keys.ts';
import type { StaticNodeConfig } from '../../node/types.ts';
import type { Crypto } from '../../ports/crypto.ts';

export interface NodeParts {
  readonly config: WgConfig;
  readonly publicKey: PublicKey;
  /** Shown to people. */
  readonly name: string;
  readonly mtu: number;
  /** By index of the peer; undefined while a name has no address yet. */
  readonly endpoints: readonly (IpEndpoint | undefined)[];
}

export function publicKeyOf(config: WgConfig, crypto: Crypto): PublicKey {
  const bytes = new Uint8Array(32);
  crypto.x25519Base(config.interface.privateKey.bytes, bytes);
  return new PublicKey(bytes);
}

/** A peer that has our own key: nobody else could answer for it. */
export function peerWithOurKey(config: WgConfig, publicKey: PublicKey): WgPeer | undefined {
  return config.peers.find((peer) => peer.publicKey.equals(publicKey));
}

/** Peers in the order of the file, which gives them their PeerIds. */
export function nodeConfig({ config, publicKey, name, mtu, endpoints }: NodeParts): StaticNodeConfig {
  return {
    kind: 'static',
    name,
    privateKey: config.interface.privateKey,
    publicKey,
    addresses: config.interface.addresses.map(({ address }) => address),
    mtu,
    peers: config.peers.map((peer, i) => {
      const endpoint = endpoints[i];
      return {
        name: peer.name,
        publicKey: peer.publicKey,
        ...(peer.presharedKey === undefined ? {} : { presharedKey: peer.presharedKey }),
        ...(endpoint === undefined ? {} : { endpoint }),
        allowedIps: peer.allowedIps,
        persistentKeepaliveMs: peer.persistentKeepalive * 1_000,
      };
    }),
  };
}
