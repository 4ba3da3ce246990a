/** What outlives a restart of an account with a control server. A type: `control/` makes the values, the host keeps them. */
import type { PrivateKey } from '../keys/keys.ts';

export interface AccountKeys {
  /** Accepted by the server: the key of the tunnel. */
  readonly nodeKey: PrivateKey | undefined;
  /** Offered to the server and not accepted yet. The tunnel keeps `nodeKey` meanwhile. */
  readonly trialKey: PrivateKey | undefined;
  /** Where a person approves `trialKey`; it stays good over a restart. */
  readonly pendingUrl: string | undefined;
  /** Raw key of the server as first seen. */
  readonly pinnedServerKey: Uint8Array | undefined;
}
