/** What a simulated host is as a member of a tailnet: keys that outlive its engines, and who its peers are by their keys. Callers: SimHost. */
import type { PeerId } from '../base/brand.ts';
import { NO_KEYS, type ControlKeys } from '../control/types.ts';
import { PrivateKey, toBase64 } from '../keys/keys.ts';
import { PreAuthKey } from '../keys/pre-auth-key.ts';
import type { TailnetNodeConfig } from '../node/types.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Effect } from '../ports/effects.ts';
import type { Rng } from '../ports/rng.ts';
import { randomBytes } from './random-bytes.ts';

export class TailnetMember {
  readonly #rng: Rng;
  readonly #crypto: Pick<Crypto, 'x25519Base'>;
  readonly #machineKey: PrivateKey;
  readonly #url: string;
  readonly #authKey: PreAuthKey;
  readonly #peerKeys = new Map<PeerId, string>();
  /** Of the last start. */
  discoKey: PrivateKey | undefined;
  /** As on disk. */
  keys: ControlKeys = NO_KEYS;
  /** Full: nothing that is to be kept is written. */
  disk: 'writable' | 'full' = 'writable';

  constructor(rng: Rng, crypto: Pick<Crypto, 'x25519Base'>, url: string, authKey: string) {
    this.#rng = rng;
    this.#crypto = crypto;
    this.#url = url;
    this.#authKey = new PreAuthKey(authKey);
    this.#machineKey = new PrivateKey(randomBytes(rng, 32));
  }

  config(name: string, mtu: number): TailnetNodeConfig {
    const secret = randomBytes(this.#rng, 32);
    this.discoKey = new PrivateKey(secret);
    const discoKey = new Uint8Array(32);
    this.#crypto.x25519Base(secret, discoKey);
    return {
      kind: 'tailnet',
      name,
      mtu,
      acceptRoutes: false,
      discoKey: this.discoKey,
      control: {
        url: this.#url,
        machineKey: this.#machineKey,
        discoKey,
        keys: this.keys,
        authKey: this.#authKey,
        ephemeral: false,
        host: { os: 'linux', osVersion: '6.1', hostname: name, clientVersion: '0.0.0', backendLogId: '00', arch: 'amd64', routableIps: [], requestTags: [], shieldsUp: false },
      },
    };
  }

  /** Before it is carried out. */
  note(effect: Effect): void {
    if (effect.kind === 'persist' && this.disk === 'writable') this.keys = effect.keys ?? NO_KEYS;
    if (effect.kind !== 'dataplane') return;
    if (effect.command.kind === 'put-peer') this.#peerKeys.set(effect.command.peer.id, toBase64(effect.command.peer.publicKey));
    if (effect.command.kind === 'remove-peer') this.#peerKeys.delete(effect.command.peer);
  }

  get peerCount(): number {
    return this.#peerKeys.size;
  }

  /** As base64. */
  keyOf(id: PeerId): string | undefined {
    return this.#peerKeys.get(id);
  }

  peerWith(keys: ReadonlySet<string>): PeerId | undefined {
    for (const [id, key] of this.#peerKeys) if (keys.has(key)) return id;
    return undefined;
  }
}
