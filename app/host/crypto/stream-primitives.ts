/**
 * ChaCha20 and Poly1305 as system libraries offer them, called with plain addresses: what fast-packet-key.ts composes the
 * AEAD from. Each is tried when asked for; one that this machine lacks is undefined. None of them is trusted before it
 * proved equal to the ordinary AEAD (fast-packet-key.ts does that).
 */
import koffi from 'koffi';

/** All arguments are addresses or bytes. */
export interface StreamPrimitives {
  readonly name: string;
  /** Bytes that `stream` may read and write behind the length it was given. */
  readonly overrun: number;
  /** XORs `length` bytes with the key stream from block 0 on. `nonce`: 4 bytes of block counter (0), then the 12 bytes of RFC 8439. */
  stream(to: number, from: number, length: number, key: number, nonce: number): void;
  /** Poly1305 of `length` bytes with the 32-byte one-time key. */
  mac(tag: number, from: number, length: number, key: number): void;
}

/** Room for any library's Poly1305 state; OpenSSL 3's is 248 bytes. */
export const MAC_STATE = 512;

/** OpenSSL's assembly inside the node program, which exports it. Electron's BoringSSL does not. `state`: MAC_STATE bytes. */
export function nodePrimitives(state: number): StreamPrimitives | undefined {
  return orUndefined(() => {
    const lib = koffi.load(null);
    const size: (() => number) = lib.func('int64 Poly1305_ctx_size()');
    if (size() > MAC_STATE) return undefined;
    const chacha: (to: number, from: number, length: number, key: number, counter: number) => void = lib.func('void ChaCha20_ctr32(int64 to, int64 from, int64 length, int64 key, int64 counter)');
    const init: (state: number, key: number) => void = lib.func('void Poly1305_Init(int64 state, int64 key)');
    const update: (state: number, from: number, length: number) => void = lib.func('void Poly1305_Update(int64 state, int64 from, int64 length)');
    const final: (state: number, tag: number) => void = lib.func('void Poly1305_Final(int64 state, int64 tag)');
    return {
      name: 'OpenSSL of this program',
      overrun: 0,
      stream: chacha,
      mac: (tag, from, length, key) => {
        init(state, key);
        update(state, from, length);
        final(state, tag);
      },
    };
  });
}

const LIBSODIUM = ['libsodium.so.26', 'libsodium.so.23'];
/** libsodium's ChaCha20 is quickest on whole strides of this; the odd rest costs more than a full one. */
const STRIDE = 512;

/** The system's libsodium, where there is one. */
export function libsodiumPrimitives(): StreamPrimitives | undefined {
  for (const name of LIBSODIUM) {
    const found = orUndefined((): StreamPrimitives => {
      const lib = koffi.load(name);
      const start: () => number = lib.func('int sodium_init()');
      if (start() < 0) throw new Error(`${name} does not start`);
      const xor: (to: number, from: number, length: number, nonce: number, block: number, key: number) => number = lib.func(
        'int crypto_stream_chacha20_ietf_xor_ic(int64 to, int64 from, int64 length, int64 nonce, uint32_t block, int64 key)',
      );
      const onetimeauth: (tag: number, from: number, length: number, key: number) => number = lib.func('int crypto_onetimeauth_poly1305(int64 tag, int64 from, int64 length, int64 key)');
      return {
        name,
        overrun: STRIDE,
        stream: (to, from, length, key, nonce) => void xor(to, from, length > STRIDE / 2 ? (length + STRIDE - 1) & -STRIDE : length, nonce + 4, 0, key),
        mac: (tag, from, length, key) => void onetimeauth(tag, from, length, key),
      };
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A library or a function that is not there is no error: another way is taken. */
function orUndefined<T>(make: () => T | undefined): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
