/** Texts of WireGuard files for the benchmarks that bring up `bowline up` by themselves. */
import type { keyPair } from '../key-pair.ts';

export interface FarEnd {
  readonly publicKey: string;
  /** `10.77.0.2/32`. */
  readonly allowed: string;
  /** Undefined: it calls. */
  readonly endpoint?: string;
}

export function wgFile(keys: ReturnType<typeof keyPair>, addresses: readonly string[], port: number, peers: readonly FarEnd[]): string {
  const sections = peers.map(({ publicKey, allowed, endpoint }) => `[Peer]\nPublicKey = ${publicKey}\nAllowedIPs = ${allowed}${endpoint === undefined ? '' : `\nEndpoint = ${endpoint}`}`);
  return [`[Interface]\nPrivateKey = ${keys.privateKey}\nAddress = ${addresses.map((address) => `${address}/24`).join(', ')}\nListenPort = ${port}\nMTU = 1420`, ...sections].join('\n');
}
