/**
 * The system's own key store as a port: macOS' keychain, Windows' DPAPI, a secret service on Linux. It seals one short text for
 * this person on this computer. It may ask the person, so it may take minutes, refuse, or forget what it sealed. The tray app
 * brings one (main/electron-vault.ts); a process without a desktop has none. Caller: open-key-ring.ts.
 */
import type { KeysView } from '../../api/schema.ts';

export type VaultName = Extract<KeysView, { kind: 'sealed' }>['by'];

export type VaultStanding =
  | { readonly kind: 'ready'; readonly by: VaultName }
  /** basic-text: the desktop has no key store, and what stands in for it seals with a key that everybody knows. */
  | { readonly kind: 'none'; readonly why: 'basic-text' | 'unavailable' };

export interface KeyVault {
  standing(): Promise<VaultStanding>;
  /** Rejects where the store refuses. */
  seal(text: string): Promise<Uint8Array>;
  /** Rejects where the store refuses, or did not seal this. `stale`: to be sealed anew, as the store has another key now. */
  unseal(sealed: Uint8Array): Promise<{ readonly text: string; readonly stale: boolean }>;
}
