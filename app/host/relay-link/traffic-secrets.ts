/**
 * The keys of a TLS 1.3 connection that Node made, for whoever moves its records from then on: out of the lines that Node
 * tells for a key log, which go nowhere else. RFC 8446 sections 7.1 and 7.3. Known for ChaCha20-Poly1305 with SHA-256 alone.
 */
import { createHmac } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** In front of the suites that Node offers by itself: a server that lets the client choose takes it. */
export const WANTED_SUITE = 'TLS_CHACHA20_POLY1305_SHA256';

export interface DirectionKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

export interface ConnectionKeys {
  readonly ours: DirectionKeys;
  readonly theirs: DirectionKeys;
}

const LINE = /^(CLIENT|SERVER)_TRAFFIC_SECRET_0 [0-9a-f]+ ([0-9a-f]{64})\s*$/;

export class TrafficSecrets {
  readonly #secrets = new Map<string, Buffer>();

  /** `socket` has not begun its handshake. */
  watch(socket: TLSSocket): void {
    socket.on('keylog', (line: Buffer) => {
      const [, side, hex] = LINE.exec(line.toString('latin1')) ?? [];
      if (side !== undefined && hex !== undefined) this.#secrets.set(side, Buffer.from(hex, 'hex'));
    });
  }

  /** Undefined: another version or another cipher. */
  keysOf(socket: TLSSocket): ConnectionKeys | undefined {
    const ours = this.#secrets.get('CLIENT');
    const theirs = this.#secrets.get('SERVER');
    if (ours === undefined || theirs === undefined || socket.getProtocol() !== 'TLSv1.3' || socket.getCipher().name !== WANTED_SUITE) return undefined;
    return { ours: directionKeys(ours), theirs: directionKeys(theirs) };
  }

  wipe(): void {
    for (const secret of this.#secrets.values()) secret.fill(0);
    this.#secrets.clear();
  }
}

/** For tests too. */
export function directionKeys(secret: Uint8Array): DirectionKeys {
  return { key: expandLabel(secret, 'key', 32), iv: expandLabel(secret, 'iv', 12) };
}

/** HKDF-Expand-Label with an empty context, up to one block of SHA-256. */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Uint8Array.of(0, length, name.length), name, Uint8Array.of(0, 1)]);
  return new Uint8Array(createHmac('sha256', secret).update(info).digest().subarray(0, length));
}
