import { describe, expect, it } from 'vitest';
import { vaultStanding } from './vault-standing.ts';

describe('the key store, as Electron tells of it', () => {
  it('is the keychain, DPAPI, or what the desktop of Linux has', () => {
    expect(vaultStanding('darwin', '', true)).toEqual({ kind: 'ready', by: 'keychain' });
    expect(vaultStanding('win32', '', true)).toEqual({ kind: 'ready', by: 'dpapi' });
    expect(vaultStanding('linux', 'gnome_libsecret', true)).toEqual({ kind: 'ready', by: 'libsecret' });
    for (const backend of ['kwallet', 'kwallet5', 'kwallet6']) expect(vaultStanding('linux', backend, true)).toEqual({ kind: 'ready', by: 'kwallet' });
  });

  it('is none where plain text stands in for it, however available that is', () => {
    expect(vaultStanding('linux', 'basic_text', true)).toEqual({ kind: 'none', why: 'basic-text' });
  });

  it('is none where it is closed, and where nobody knows what it is', () => {
    expect(vaultStanding('darwin', '', false)).toEqual({ kind: 'none', why: 'unavailable' });
    for (const backend of ['unknown', 'kwallet7', '']) expect(vaultStanding('linux', backend, true)).toEqual({ kind: 'none', why: 'unavailable' });
    expect(vaultStanding('freebsd', 'gnome_libsecret', true)).toEqual({ kind: 'none', why: 'unavailable' });
  });
});
