/** A key store as a system keeps it: seals with a key of its own, and refuses, waits or forgets as a test says. */
import { createHash } from 'node:crypto';
import type { KeyVault, VaultStanding } from '../../app/host/vault/key-vault.ts';

export class FakeVault implements KeyVault {
  /** What this store is; another text is another store. */
  secret: string;
  state: VaultStanding = { kind: 'ready', by: 'keychain' };
  refuses = false;
  /** What was sealed is to be sealed anew. */
  stale = false;
  /** Set: nothing is answered before it resolves. */
  holds: Promise<void> = Promise.resolve();
  readonly asked: string[] = [];

  constructor(secret = 'this computer') {
    this.secret = secret;
  }

  async standing(): Promise<VaultStanding> {
    this.asked.push('standing');
    await this.holds;
    return this.state;
  }

  async seal(text: string): Promise<Uint8Array> {
    this.asked.push('seal');
    await this.holds;
    if (this.refuses) throw new Error('the person said no');
    const plain = Buffer.from(`sealed:${text}`);
    return Uint8Array.from(plain, (byte, i) => byte ^ this.#stream(i));
  }

  async unseal(sealed: Uint8Array): Promise<{ text: string; stale: boolean }> {
    this.asked.push('unseal');
    await this.holds;
    if (this.refuses) throw new Error('the person said no');
    const plain = Buffer.from(Uint8Array.from(sealed, (byte, i) => byte ^ this.#stream(i))).toString('latin1');
    if (!plain.startsWith('sealed:')) throw new Error('it was sealed by somebody else');
    return { text: plain.slice(7), stale: this.stale };
  }

  #stream(at: number): number {
    return createHash('sha256').update(`${this.secret} ${at}`).digest()[0]!;
  }
}
