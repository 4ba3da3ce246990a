/** What Electron says of the system's key store, judged: which store it is, and whether it keeps a secret at all. Pure. Caller: electron-vault.ts. */
import type { VaultName, VaultStanding } from '../app/host/vault/key-vault.ts';

/** `backend`: Electron's name on Linux; elsewhere it is not asked. */
export function vaultStanding(platform: NodeJS.Platform, backend: string, isAvailable: boolean): VaultStanding {
  const by = storeOf(platform, backend);
  if (by === 'basic-text') return { kind: 'none', why: 'basic-text' };
  return by === undefined || !isAvailable ? { kind: 'none', why: 'unavailable' } : { kind: 'ready', by };
}

/** basic-text: Chromium's stand-in, whose key is in its source. Undefined: a store that this version does not know, so nothing is promised of it. */
function storeOf(platform: NodeJS.Platform, backend: string): VaultName | 'basic-text' | undefined {
  if (platform === 'darwin') return 'keychain';
  if (platform === 'win32') return 'dpapi';
  if (platform !== 'linux') return undefined;
  if (backend === 'basic_text') return 'basic-text';
  if (backend === 'gnome_libsecret') return 'libsecret';
  return backend === 'kwallet' || backend === 'kwallet5' || backend === 'kwallet6' ? 'kwallet' : undefined;
}
