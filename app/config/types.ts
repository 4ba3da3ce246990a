/**
 * What a WireGuard configuration file says, as values, and what is wrong with one. Types and one printer; reading is in
 * wg-quick.ts. A `WgConfig` is complete: nothing in it needs the text again, but `line` for messages that come later.
 */
import type { IpAddress, IpEndpoint, IpPrefix } from '../base/ip.ts';
import type { PresharedKey, PrivateKey, PublicKey } from '../keys/keys.ts';

export interface WgConfig {
  readonly interface: WgInterface;
  readonly peers: readonly WgPeer[];
}

export interface WgInterface {
  readonly privateKey: PrivateKey;
  /** At least one, in the order given. */
  readonly addresses: readonly InterfaceAddress[];
  /** UDP; 0: any free port. */
  readonly listenPort: number;
  /** Bytes; undefined: to be derived. */
  readonly mtu: number | undefined;
  readonly dns: { readonly servers: readonly IpAddress[]; readonly searchDomains: readonly string[] };
  /** Mark of our own datagrams; 0: none was asked for. */
  readonly fwmark: number;
  readonly table: RouteTable;
}

/** auto: the main table, and a table of its own for default routes. off: no routes. */
export type RouteTable = { readonly kind: 'auto' } | { readonly kind: 'off' } | { readonly kind: 'number'; readonly table: number };

/** An address with the length of its network; unlike a prefix it keeps its host bits. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  readonly bits: number;
}

export interface WgPeer {
  /** Unique in the file: from a comment, else from the key. */
  readonly name: string;
  /** Of its [Peer]. */
  readonly line: number;
  readonly publicKey: PublicKey;
  readonly presharedKey?: PresharedKey;
  readonly allowedIps: readonly IpPrefix[];
  readonly endpoint?: WgEndpoint;
  /** Seconds; 0: off. */
  readonly persistentKeepalive: number;
}

export type WgEndpoint =
  | { readonly kind: 'address'; readonly endpoint: IpEndpoint; readonly line: number }
  | { readonly kind: 'name'; readonly host: string; readonly port: number; readonly line: number };

/** One thing that is wrong. `found` never holds a key. */
export interface ConfigError {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** As the file format names it, such as Endpoint, or [Peer]. */
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** `wg0.conf:7: Endpoint: found "host", expected an address and a port, such as 192.0.2.1:51820` */
export function describeError(error: ConfigError): string {
  return `${error.file}:${error.line}: ${error.field}: found ${error.found}, expected ${error.expected}`;
}
