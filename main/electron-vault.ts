/** The system's key store as Electron offers it (its asynchronous form). Without a decision of its own. After ready. */
import { safeStorage } from 'electron';
import type { KeyVault } from '../app/host/vault/key-vault.ts';
import { vaultStanding } from './vault-standing.ts';

export function createVault(): KeyVault {
  return {
    async standing() {
      const backend = process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : '';
      return vaultStanding(process.platform, backend, await safeStorage.isAsyncEncryptionAvailable());
    },
    seal: (text) => safeStorage.encryptStringAsync(text),
    async unseal(sealed) {
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(sealed));
      return { text: result, stale: shouldReEncrypt };
    },
  };
}
