/**
 * What goes into the small control server of the simulator and the sandbox, and what comes out. Plain data: the simulator's
 * link and the sandbox's door on loopback carry it. Types only.
 */
import type { NodeId } from '../../wire/netmap/types.ts';

export type ServerInput =
  /** `connection`: chosen by who carries it, never used twice. `id`: unique in its connection. `machineKey`: proved by Noise. */
  | { readonly kind: 'request'; readonly connection: number; readonly id: number; readonly machineKey: Uint8Array; readonly path: string; readonly body: string }
  | { readonly kind: 'cancelled'; readonly connection: number; readonly id: number }
  | { readonly kind: 'closed'; readonly connection: number };

export type ServerOutput =
  /** A whole answer; also to a map request that is not to be streamed. `retryAfterSeconds`: a header. */
  | { readonly kind: 'response'; readonly connection: number; readonly id: number; readonly status: number; readonly retryAfterSeconds: number | undefined; readonly body: string }
  /** Status 200; messages follow, each to be sent as one length-prefixed payload. */
  | { readonly kind: 'stream'; readonly connection: number; readonly id: number }
  | { readonly kind: 'message'; readonly connection: number; readonly id: number; readonly text: string }
  | { readonly kind: 'end'; readonly connection: number; readonly id: number };

/** Who a rule means: `*`, `name@` (a user), `tag:name`, the name of a node, or (as a destination) `autogroup:self`: the source's own. */
export type Selector = string;

export interface AclRule {
  readonly from: readonly Selector[];
  readonly to: readonly { readonly who: Selector; readonly ports: readonly (readonly [first: number, last: number])[] }[];
  /** IP protocol numbers; absent: TCP, UDP and ICMP. */
  readonly protocols?: readonly number[];
}

export interface PreAuthKeyOptions {
  readonly user: string;
  readonly reusable?: boolean;
  readonly ephemeral?: boolean;
  /** ms of the server's clock after which it is not taken. */
  readonly expiresAt?: number;
  readonly tags?: readonly string[];
}

/** A node as `nodes list` tells it. */
export interface ListedNode {
  readonly id: NodeId;
  readonly name: string;
  readonly hostname: string;
  readonly os: string;
  readonly user: string;
  readonly tags: readonly string[];
  readonly addresses: readonly string[];
  readonly endpoints: readonly string[];
  readonly online: boolean;
  readonly expired: boolean;
  readonly machineKey: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly discoKey: Uint8Array | undefined;
}
