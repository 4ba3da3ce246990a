/**
 * What every Crypto port must do, with published bytes: RFC 7693 (BLAKE2s), RFC 7748 (X25519), RFC 8439
 * (ChaCha20-Poly1305), draft-irtf-cfrg-xchacha-03 (XChaCha20-Poly1305), RFC 2104 over BLAKE2s. Called from the test of
 * each implementation.
 */
import { createCipheriv } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createArena } from '../../app/base/batch.ts';
import type { Crypto } from '../../app/ports/crypto.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);
const made = (length: number, write: (out: Uint8Array) => void): string => {
  const out = new Uint8Array(length);
  write(out);
  return hex(out);
};

export function cryptoCompliance(name: string, make: () => Crypto): void {
  const crypto = make();

  describe(`${name}: crypto_box`, () => {
    // "Cryptography in NaCl" (Bernstein, 2009), sections 5, 8 and 10.
    const alice = bytes('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    const bob = bytes('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const key = bytes('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
    const nonce = bytes('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37');
    const message =
      'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705';
    const sealed =
      'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5';

    it('derives the published shared key', () => {
      expect(made(32, (out) => crypto.boxKey(alice, bob, out))).toBe(hex(key));
    });

    it('seals and opens the published message', () => {
      expect(made(sealed.length / 2, (out) => crypto.boxSeal(key, nonce, bytes(message), out))).toBe(sealed);
      expect(made(message.length / 2, (out) => void expect(crypto.boxOpen(key, nonce, bytes(sealed), out)).toBe(true))).toBe(message);
    });

    it('refuses any changed byte, what is too short, and a low-order point', () => {
      for (let i = 0; i < sealed.length / 2; i++) {
        const changed = bytes(sealed);
        changed[i]! ^= 1;
        const out = new Uint8Array(changed.length - 16).fill(7);
        expect(crypto.boxOpen(key, nonce, changed, out)).toBe(false);
        expect(out.every((byte) => byte === 0)).toBe(true);
      }
      expect(crypto.boxOpen(key, nonce, new Uint8Array(15), new Uint8Array(0))).toBe(false);
      expect(crypto.boxKey(alice, new Uint8Array(32), new Uint8Array(32))).toBe(false);
    });
  });

  describe(`${name}: X25519`, () => {
    it.each([
      ['a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4', 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c', 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552'],
      ['4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d', 'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493', '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957'],
    ])('RFC 7748 section 5.2: %s', (scalar, point, result) => {
      expect(made(32, (out) => crypto.x25519(bytes(scalar), bytes(point), out))).toBe(result);
    });

    it('RFC 7748 section 5.2: one thousand rounds', () => {
      let k = bytes('0900000000000000000000000000000000000000000000000000000000000000');
      let u = k;
      for (let i = 0; i < 1_000; i++) {
        const next = new Uint8Array(32);
        crypto.x25519(k, u, next);
        u = k;
        k = next;
      }
      expect(hex(k)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
    });

    it('RFC 7748 section 6.1: two public keys and the secret they share', () => {
      const alice = bytes('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
      const bob = bytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
      const points = [alice, bob].map((secret) => made(32, (out) => crypto.x25519Base(secret, out)));
      expect(points).toEqual(['8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a', 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f']);
      const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
      expect(made(32, (out) => crypto.x25519(alice, bytes(points[1]!), out))).toBe(shared);
      expect(made(32, (out) => crypto.x25519(bob, bytes(points[0]!), out))).toBe(shared);
    });

    it('refuses low-order points and leaves zeros', () => {
      const low = [
        '00'.repeat(32),
        `01${'00'.repeat(31)}`,
        'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
        '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
        ...['ec', 'ed', 'ee'].map((first) => `${first}${'ff'.repeat(30)}7f`),
      ];
      for (const point of low) {
        const out = new Uint8Array(32).fill(7);
        expect(crypto.x25519(counting(32), bytes(point), out)).toBe(false);
        expect(hex(out)).toBe('00'.repeat(32));
      }
    });
  });

  describe(`${name}: BLAKE2s`, () => {
    it('RFC 7693 appendix B: abc', () => {
      expect(made(32, (out) => crypto.blake2s(out, text('abc')))).toBe('508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982');
      expect(made(32, (out) => crypto.blake2s(out, text('a'), new Uint8Array(0), text('bc')))).toBe('508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982');
    });

    it('may be written over its own input, as a transcript hash is', () => {
      const hash = counting(32);
      crypto.blake2s(hash, hash, text('abc'));
      expect(hex(hash)).toBe(made(32, (out) => crypto.blake2s(out, counting(32), text('abc'))));
    });

    it('keyed, 16 bytes: as Python 3.11 hashlib.blake2s(data, key=key, digest_size=16) gives', () => {
      expect(made(16, (out) => crypto.blake2sMac(counting(32), out))).toBe('9536f9b267655743dee97b8a670f9f53');
      expect(made(16, (out) => crypto.blake2sMac(counting(32), out, counting(77), counting(200).subarray(77)))).toBe('42a6f8ff590af21b512e9e088257aa34');
      expect(made(16, (out) => crypto.blake2sMac(counting(16), out, text('bowline')))).toBe('b909abbdb4ff6d353376ee4626a55064');
    });

    it('HMAC, short and long keys: as Python 3.11 hmac.new(key, data, hashlib.blake2s) gives', () => {
      expect(made(32, (out) => crypto.hmacBlake2s(counting(32), out, text('Sample message')))).toBe('2fcdc74541ab38ce899957e3aba052032da7f090430c600c1aa1f426901a70b4');
      expect(made(32, (out) => crypto.hmacBlake2s(counting(100), out))).toBe('60c8ad712b1d426c37f4b615c6232c8a91904ab8685338e99b3e8ac9f0834c68');
    });
  });

  describe(`${name}: AEAD of handshakes`, () => {
    it('equals the system library for every length and additional data, which passes RFC 8439 section 2.8.2', () => {
      const rfc = reference(counting(32).map((i) => i + 0x80), bytes('070000004041424344454647'), bytes('50515253c0c1c2c3c4c5c6c7'), text(SUNSCREEN));
      expect(hex(rfc.subarray(-16))).toBe('1ae10b594f09e26a7e902ecbd0600691');
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 2 ** 40 }), (plain, ad, counter) => {
          const nonce = new Uint8Array(12);
          new DataView(nonce.buffer).setBigUint64(4, BigInt(counter), true);
          const sealed = new Uint8Array(plain.length + 16);
          crypto.aeadSeal(counting(32), counter, ad, plain, sealed);
          expect(hex(sealed)).toBe(hex(reference(counting(32), nonce, ad, plain)));
          const opened = new Uint8Array(plain.length);
          expect(crypto.aeadOpen(counting(32), counter, ad, sealed, opened)).toBe(true);
          expect(opened).toEqual(plain);
        }),
        { numRuns: 60 },
      );
    });

    it('refuses a wrong tag, key, counter or additional data, and leaves zeros', () => {
      const sealed = new Uint8Array(36);
      crypto.aeadSeal(counting(32), 3, text('ad'), counting(20), sealed);
      const out = new Uint8Array(20);
      const wrong = sealed.slice();
      wrong[35]! ^= 1;
      for (const attempt of [
        () => crypto.aeadOpen(counting(32), 3, text('ad'), wrong, out),
        () => crypto.aeadOpen(counting(32), 4, text('ad'), sealed, out),
        () => crypto.aeadOpen(counting(32), 3, text('da'), sealed, out),
        () => crypto.aeadOpen(counting(32).toReversed(), 3, text('ad'), sealed, out),
        () => crypto.aeadOpen(counting(32), 3, text('ad'), sealed.subarray(0, 15), new Uint8Array(0)),
      ]) {
        out.fill(9);
        expect(attempt()).toBe(false);
      }
      crypto.aeadOpen(counting(32), 4, text('ad'), sealed, out);
      expect(out).toEqual(new Uint8Array(20));
    });
  });

  describe(`${name}: XChaCha20-Poly1305`, () => {
    const key = counting(32).map((i) => i + 0x80);
    const nonce = counting(24).map((i) => i + 0x40);
    const ad = bytes('50515253c0c1c2c3c4c5c6c7');
    const sealed =
      'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49';

    it('draft-irtf-cfrg-xchacha-03 appendix A.3.1', () => {
      expect(made(SUNSCREEN.length + 16, (out) => crypto.xaeadSeal(key, nonce, ad, text(SUNSCREEN), out))).toBe(sealed);
      const out = new Uint8Array(SUNSCREEN.length);
      expect(crypto.xaeadOpen(key, nonce, ad, bytes(sealed), out)).toBe(true);
      expect(out).toEqual(text(SUNSCREEN));
    });

    it('refuses a wrong tag and what is shorter than one', () => {
      const wrong = bytes(sealed);
      wrong[0]! ^= 1;
      expect(crypto.xaeadOpen(key, nonce, ad, wrong, new Uint8Array(SUNSCREEN.length))).toBe(false);
      expect(crypto.xaeadOpen(key, nonce, ad, new Uint8Array(10), new Uint8Array(0))).toBe(false);
    });
  });

  packetKeyCompliance(name, make);

  it(`${name}: equal compares content and length`, () => {
    expect(crypto.equal(counting(5), counting(5))).toBe(true);
    expect(crypto.equal(counting(5), counting(5).toReversed())).toBe(false);
    expect(crypto.equal(counting(5), counting(4))).toBe(false);
    expect(crypto.equal(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });
}

/** The packet lane's AEAD: also for ports that replace only this. */
export function packetKeyCompliance(name: string, make: () => Crypto, arenaOf: (size: number) => ReturnType<typeof createArena> = createArena): void {
  describe(`${name}: packet key`, () => {
    it('gives the ciphertext of RFC 8439 appendix A.5 (its nonce is a 64-bit counter)', () => {
      const packetKey = make().packetKey(bytes('1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0'));
      const arena = arenaOf(1_024);
      arena.bytes.set(bytes('64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709b'), 64);
      const plain = text('Internet-Drafts are draft documents valid for a maximum of six months');
      arena.bytes.copyWithin(512, 64, 64 + plain.length);
      packetKey.seal(0x08070605, 0x04030201, arena, 512, plain.length, 512);
      packetKey.seal(0x08070605, 0x04030201, arena, 64, 265, 64);
      expect(new TextDecoder().decode(arena.bytes.subarray(64, 64 + plain.length))).toBe('Internet-Drafts are draft documents valid for a maximum of six months');
    });

    it('equals the system library for every length from 0 to 2,048, in place and apart, and writes nowhere else', () => {
      const packetKey = make().packetKey(counting(32));
      const arena = arenaOf(8_192);
      for (let length = 0; length <= 2_048; length += length < 600 ? 1 : 7) {
        const plain = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255);
        const nonce = new Uint8Array(12);
        new DataView(nonce.buffer).setBigUint64(4, (5n << 32n) | BigInt(length), true);
        const expected = hex(reference(counting(32), nonce, new Uint8Array(0), plain));
        const to = length % 2 === 0 ? 1_024 : 5_000;
        arena.bytes.fill(0xa5);
        arena.bytes.set(plain, 1_024);
        packetKey.seal(5, length, arena, 1_024, length, to);
        expect(hex(arena.bytes.subarray(to, to + length + 16))).toBe(expected);
        expect(arena.bytes[to - 1]).toBe(0xa5);
        expect(arena.bytes.subarray(to + length + 16, to + length + 80).every((byte) => byte === 0xa5)).toBe(true);
        expect(packetKey.open(5, length, arena, to, length + 16, to)).toBe(true);
        expect(hex(arena.bytes.subarray(to, to + length))).toBe(hex(plain));
      }
    });

    it('owns its copy of the key, until it is wiped', () => {
      const secret = counting(32);
      const packetKey = make().packetKey(secret);
      secret.fill(0);
      const arena = arenaOf(256);
      packetKey.seal(0, 0, arena, 64, 0, 64);
      expect(hex(arena.bytes.subarray(64, 80))).toBe(hex(reference(counting(32), new Uint8Array(12), new Uint8Array(0), new Uint8Array(0))));
      packetKey.wipe();
      expect(packetKey.open(0, 0, arena, 64, 16, 64)).toBe(false);
    });

    it('refuses a wrong tag, counter or length, and leaves nothing readable', () => {
      const packetKey = make().packetKey(counting(32));
      const arena = arenaOf(1_024);
      const seal = (): void => {
        arena.bytes.fill(0);
        arena.bytes.set(text('plaintext that must not be seen'), 256);
        packetKey.seal(0, 1, arena, 256, 31, 256);
      };
      const seen = (): boolean => new TextDecoder().decode(arena.bytes).includes('plaintext');
      for (let bit = 0; bit < 47 * 8; bit += 5) {
        seal();
        arena.bytes[256 + (bit >> 3)]! ^= 1 << (bit & 7);
        expect(packetKey.open(0, 1, arena, 256, 47, 256)).toBe(false);
        expect(seen()).toBe(false);
      }
      seal();
      expect(packetKey.open(1, 1, arena, 256, 47, 256)).toBe(false);
      expect(seen()).toBe(false);
      expect(packetKey.open(0, 1, arena, 256, 15, 256)).toBe(false);
    });
  });
}

const SUNSCREEN = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";

/** ChaCha20-Poly1305 of the OpenSSL in Node: an implementation nobody here wrote. */
function reference(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(ad, { plaintextLength: plain.length });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}
