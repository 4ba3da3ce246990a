/**
 * From a vault and the state folder to a ring of data keys. One random key per installation seals what is secret; itself it is
 * sealed by the vault and kept as `data-key-1`. A data key that the vault does not open is left as it is: the vault may come
 * back. When none opens and the vault is sound, it is another vault than before, and a new data key gets the next number.
 *
 * The vault may wait for a person, so there is a bound; what comes after it is told by `later`.
 */
import { KEY_LENGTH, keyBytesFromBase64, toBase64 } from '../../keys/keys.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Log } from '../../ports/log.ts';
import type { Rng } from '../../ports/rng.ts';
import type { Store } from '../../ports/store.ts';
import { whyNoRoom } from '../store.ts';
import { KeyRing, NO_KEY_RING } from './key-ring.ts';
import type { KeyVault, VaultName } from './key-vault.ts';

/** ms that a start waits for the vault. Behind it a person may be typing a password. */
export const VAULT_WITHIN = 15_000;
/** Vaults that were changed under one installation. */
const DATA_KEYS_AT_MOST = 32;
const nameOf = (n: number): string => `data-key-${n}`;

export interface KeyRingInit {
  /** Undefined: this process has none. */
  readonly vault: KeyVault | undefined;
  readonly store: Store;
  readonly crypto: Crypto;
  readonly rng: Rng;
  readonly log: Log;
  readonly withinMs?: number;
  /** Aborted: the state folder is no longer ours, and nothing is written any more. */
  readonly signal: AbortSignal;
}

export interface OpenedRing {
  readonly ring: KeyRing;
  /** Where the vault was late: the ring that it gives in the end. Never rejects. */
  readonly later?: Promise<KeyRing>;
}

export async function openKeyRing(init: KeyRingInit): Promise<OpenedRing> {
  const { vault, log, withinMs = VAULT_WITHIN } = init;
  if (vault === undefined) return { ring: NO_KEY_RING };
  const opening = openNow({ ...init, vault }).catch((error: unknown) => {
    log.write('error', 'vault', `the data key could not be read: ${error instanceof Error ? error.message : String(error)}`);
    return new KeyRing({ kind: 'open', why: 'unavailable' });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, withinMs, 'late');
  });
  const ring = await Promise.race([opening, late]);
  clearTimeout(timer);
  if (ring !== 'late') return { ring };
  log.write('warn', 'vault', `the system's key store has not answered for ${Math.round(withinMs / 1000)} s: Bowline starts without the keys that it sealed, and takes them when it answers`);
  return { ring: new KeyRing({ kind: 'open', why: 'late' }), later: opening };
}

async function openNow(init: KeyRingInit & { readonly vault: KeyVault }): Promise<KeyRing> {
  const { vault, store, crypto, rng, log } = init;
  const standing = await vault.standing().catch(() => ({ kind: 'none', why: 'unavailable' }) as const);
  if (standing.kind === 'none') {
    log.write('warn', 'vault', standing.why === 'basic-text' ? 'this desktop has no key store: keys lie in files that only this user can read' : "the system's key store is not available: keys lie in files that only this user can read");
    return new KeyRing({ kind: 'open', why: standing.why });
  }
  const keys = new Map<number, Uint8Array>();
  let highest = 0;
  let closed = 0;
  for (let n = 1; n <= DATA_KEYS_AT_MOST; n++) {
    const sealed = store.read(nameOf(n));
    if (sealed === undefined) continue;
    highest = n;
    const key = await unsealed(init, n, sealed);
    if (key === undefined) closed += 1;
    else keys.set(n, key);
  }
  return keys.size > 0 ? new KeyRing({ kind: 'sealed', by: standing.by }, { crypto, rng, keys }) : fresh(init, standing.by, highest + 1, closed);
}

async function unsealed({ vault, store, log, signal }: KeyRingInit & { readonly vault: KeyVault }, n: number, sealed: Uint8Array): Promise<Uint8Array | undefined> {
  const opened = await vault.unseal(sealed).catch(() => undefined);
  const key = keyBytesFromBase64(opened?.text ?? '');
  if (opened === undefined || key === undefined) return undefined;
  if (opened.stale) {
    const anew = await sealedAndProved(vault, key);
    if (anew !== undefined && !signal.aborted) {
      const why = whyNoRoom(() => store.write(nameOf(n), anew));
      if (why !== undefined) log.write('warn', 'vault', why);
    }
  }
  return key;
}

async function fresh({ vault, store, crypto, rng, log, signal }: KeyRingInit & { readonly vault: KeyVault }, by: VaultName, n: number, closed: number): Promise<KeyRing> {
  const key = new Uint8Array(KEY_LENGTH);
  rng.fill(key);
  const sealed = await sealedAndProved(vault, key);
  if (sealed === undefined) {
    log.write('warn', 'vault', "the system's key store refuses: keys that it sealed stay closed, and new ones lie in files that only this user can read");
    return new KeyRing({ kind: 'open', why: 'denied' });
  }
  if (closed > 0) log.write('warn', 'vault', `the system's key store is another one than before: ${closed === 1 ? 'one sealed key' : `${closed} sealed keys`} of before cannot be opened by it, and ${closed === 1 ? 'is' : 'are'} left as ${closed === 1 ? 'it is' : 'they are'}`);
  const why = n > DATA_KEYS_AT_MOST ? `there are ${DATA_KEYS_AT_MOST} sealed data keys already, and none of them opens` : signal.aborted ? 'it was ended meanwhile' : whyNoRoom(() => store.write(nameOf(n), sealed));
  if (why !== undefined) {
    log.write('warn', 'vault', `a data key could not be kept, so keys lie unsealed in files that only this user can read: ${why}`);
    return new KeyRing({ kind: 'open', why: 'not-kept' });
  }
  return new KeyRing({ kind: 'sealed', by }, { crypto, rng, keys: new Map([[n, key]]) });
}

/** Sealed, once it was seen that the vault opens it again; undefined: it refuses. */
async function sealedAndProved(vault: KeyVault, key: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const text = toBase64(key);
    const sealed = await vault.seal(text);
    return (await vault.unseal(sealed)).text === text ? sealed : undefined;
  } catch {
    return undefined;
  }
}
