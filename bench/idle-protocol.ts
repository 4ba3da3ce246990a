/** What the idle benchmark and its child processes tell each other. Types only. */

/** Sent to the process of the far ends: it plays `peers`, each with its own key and socket, all knowing one host. */
export interface PlayPeers {
  readonly kind: 'play-peers';
  readonly hostKey: string;
  readonly peers: readonly { readonly privateKey: string; readonly publicKey: string }[];
}

/** Sent to the process that is measured. Ports in the order of `peers`. */
export interface RunHost {
  readonly kind: 'run-host';
  readonly privateKey: string;
  readonly publicKey: string;
  readonly peers: readonly { readonly publicKey: string; readonly port: number }[];
}

export type ToChild = PlayPeers | RunHost | { readonly kind: 'tell' };

export type FromChild =
  | { readonly kind: 'playing'; readonly ports: readonly number[] }
  /** Every peer has a session. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'told'; readonly wakeups: Readonly<Record<string, number>> };
