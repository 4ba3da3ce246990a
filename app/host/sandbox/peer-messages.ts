/** What the sandbox and one of its peer processes say to each other over Node's IPC. Types only; both ends are ours. */

/** Keys of a node as bytes, so that they cross; kept by the parent, for a process that crashes keeps nothing. */
export interface PeerKeys {
  readonly nodeKey: Uint8Array | undefined;
  readonly pinnedServerKey: Uint8Array | undefined;
}

export interface PeerStart {
  readonly kind: 'start';
  readonly name: string;
  /** The control server's address, and a key that lets this node in. */
  readonly url: string;
  readonly authKey: string;
  readonly machineKey: Uint8Array;
  readonly keys: PeerKeys;
  /** UDP; 0: a free one. */
  readonly port: number;
  /** The name of the node under test, to which it sends. */
  readonly other: string;
}

export type ToPeer =
  | PeerStart
  /** Takes another UDP port. */
  | { readonly kind: 'move' };

export type FromPeer =
  /** Bound, at first and after each move. */
  | { readonly kind: 'bound'; readonly port: number }
  | { readonly kind: 'keys'; readonly keys: PeerKeys }
  | { readonly kind: 'failed'; readonly why: string };
