/**
 * Microseconds to seal and to open one packet, by size: our PacketKey against node:crypto's chacha20-poly1305 (which
 * plain Node has and Electron has not). One key, a rising counter, one warm arena, as in the packet path.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { createArena } from '../app/base/batch.ts';
import { createSodiumCrypto } from '../app/host/crypto/sodium-crypto.ts';
import { measure, microsecondsEach, type Bench, type Contender } from './bench.ts';
import { versionOf } from './packages.ts';

const SIZES = [1_420, 64, 512, 8_192];
/** Bytes to work through in one sample, and the fewest packets. */
const WORK = 24_000_000;
const FEWEST = 8_000;

const HEAD = 128;
const TAG = 16;

function ours(size: number, times: number): { seal: Contender; open: Contender } {
  const key = createSodiumCrypto().packetKey(new Uint8Array(32).fill(7));
  const arena = createArena(HEAD + size + TAG + HEAD);
  const sealed = createArena(HEAD + size + TAG + HEAD);
  const output = createArena(HEAD + size + TAG + HEAD);
  key.seal(0, 1, sealed, HEAD, size, HEAD);
  // Opening in place needs the ciphertext anew each time: the copy is measured apart and taken off.
  const refill = (): void => output.bytes.set(sealed.bytes);
  const version = versionOf('sodium-native');
  return {
    seal: {
      name: 'bowline',
      version,
      sample: () =>
        microsecondsEach(times, () => {
          for (let i = 0; i < times; i++) key.seal(0, i, arena, HEAD, size, HEAD);
        }),
    },
    open: {
      name: 'bowline',
      version,
      sample() {
        const copying = microsecondsEach(times, () => {
          for (let i = 0; i < times; i++) refill();
        });
        const both = microsecondsEach(times, () => {
          for (let i = 0; i < times; i++) {
            refill();
            if (!key.open(0, 1, output, HEAD, size + TAG, HEAD)) throw new Error('our own packet did not open');
          }
        });
        return both - copying;
      },
    },
  };
}

function nodeCrypto(size: number, times: number): { seal: Contender; open: Contender } {
  const key = Buffer.alloc(32, 7);
  const nonce = Buffer.alloc(12);
  const options = { authTagLength: TAG };
  const plain = Buffer.alloc(size);
  const seal = (counter: number): { text: Buffer; tag: Buffer } => {
    nonce.writeUInt32LE(counter, 4);
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, options);
    const text = cipher.update(plain);
    cipher.final();
    return { text, tag: cipher.getAuthTag() };
  };
  const { text, tag } = seal(1);
  const name = 'node:crypto';
  const version = `${process.version}, OpenSSL ${process.versions.openssl}`;
  return {
    seal: {
      name,
      version,
      sample: () =>
        microsecondsEach(times, () => {
          for (let i = 0; i < times; i++) seal(i);
        }),
    },
    open: {
      name,
      version,
      sample: () =>
        microsecondsEach(times, () => {
          for (let i = 0; i < times; i++) {
            nonce.writeUInt32LE(1, 4);
            const decipher = createDecipheriv('chacha20-poly1305', key, nonce, options);
            decipher.setAuthTag(tag);
            decipher.update(text);
            decipher.final();
          }
        }),
    },
  };
}

export const cryptoBench: Bench = {
  name: 'crypto',
  what: 'microseconds to seal or open one packet, by size, against node:crypto',
  needs: 'Node only',
  seconds: 60,
  async run({ rounds }, say) {
    const rows = [];
    for (const size of SIZES) {
      const times = Math.max(FEWEST, Math.round(WORK / size));
      const [mine, theirs] = [ours(size, times), nodeCrypto(size, times)];
      for (const way of ['seal', 'open'] as const) {
        say(`${way} ${size} bytes`);
        rows.push(await measure(`${way} ${size} bytes`, 'us/packet', [mine[way], theirs[way]], rounds));
      }
    }
    return rows;
  },
};
