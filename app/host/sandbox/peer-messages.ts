/** What the sandbox and one of its peer processes say to each other over Node's IPC. Types only; both ends are ours. */

export interface PeerStart {
  readonly kind: 'start';
  readonly privateKey: Uint8Array;
  readonly addresses: readonly string[];
  /** UDP; 0: a free one. */
  readonly port: number;
  /** The node under test, as this peer knows it. endpoint null: it calls first. */
  readonly other: { readonly publicKey: Uint8Array; readonly addresses: readonly string[]; readonly endpoint: string | null };
}

export type ToPeer =
  | PeerStart
  /** Drops everything both ways for so many ms. */
  | { readonly kind: 'cut'; readonly forMs: number }
  /** Takes another UDP port. */
  | { readonly kind: 'move' };

export type FromPeer =
  /** Bound, at first and after each move. */
  | { readonly kind: 'bound'; readonly port: number }
  | { readonly kind: 'failed'; readonly why: string };
