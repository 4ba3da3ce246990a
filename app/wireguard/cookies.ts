/**
 * mac1, mac2 and cookies (whitepaper 5.3, 5.4.4, 5.4.7). `MacChecker` is the side that is spoken to: it checks macs and
 * makes cookie replies. `MacWriter` is the side that speaks to one peer: it writes macs and takes cookie replies.
 */
import type { Crypto } from '../ports/crypto.ts';
import type { Rng } from '../ports/rng.ts';
import { age, type Instant } from '../time/instant.ts';
import { COOKIE_REPLY, KEY, MAC, MESSAGE_COOKIE } from '../wire/wireguard.ts';
import { COOKIE_MAX_AGE, COOKIE_SECRET_MAX_AGE } from './constants.ts';
import type { HandshakeSource } from './source.ts';

const ASCII = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const LABEL_MAC1 = ASCII('mac1----');
const LABEL_COOKIE = ASCII('cookie--');
const NONCE = 24;

export class MacChecker {
  readonly #crypto: Crypto;
  readonly #rng: Rng;
  readonly #mac1Key = new Uint8Array(KEY);
  readonly #cookieKey = new Uint8Array(KEY);
  readonly #secret = new Uint8Array(KEY);
  #secretMadeAt: Instant | undefined;

  constructor(crypto: Crypto, rng: Rng, ownPublicKey: Uint8Array) {
    this.#crypto = crypto;
    this.#rng = rng;
    crypto.blake2s(this.#mac1Key, LABEL_MAC1, ownPublicKey);
    crypto.blake2s(this.#cookieKey, LABEL_COOKIE, ownPublicKey);
  }

  /** `message` whole; `mac1At` where its mac1 lies. */
  mac1Holds(message: Uint8Array, mac1At: number): boolean {
    const mac = new Uint8Array(MAC);
    this.#crypto.blake2sMac(this.#mac1Key, mac, message.subarray(0, mac1At));
    return this.#crypto.equal(mac, message.subarray(mac1At, mac1At + MAC));
  }

  /** True when the sender proves by a fresh cookie that it receives where it sends from. */
  mac2Holds(message: Uint8Array, mac2At: number, source: HandshakeSource, now: Instant): boolean {
    if (this.#secretMadeAt === undefined || age(this.#secretMadeAt, now) > COOKIE_SECRET_MAX_AGE) return false;
    const mac = new Uint8Array(MAC);
    this.#crypto.blake2sMac(this.#cookie(source), mac, message.subarray(0, mac2At));
    return this.#crypto.equal(mac, message.subarray(mac2At, mac2At + MAC));
  }

  /** The reply to a message whose mac1 holds: the cookie for its source, sealed for who knows our key and that mac1. */
  reply(message: Uint8Array, senderIndexAt: number, mac1At: number, source: HandshakeSource, now: Instant): Uint8Array {
    if (this.#secretMadeAt === undefined || age(this.#secretMadeAt, now) > COOKIE_SECRET_MAX_AGE) {
      this.#rng.fill(this.#secret);
      this.#secretMadeAt = now;
    }
    const out = new Uint8Array(COOKIE_REPLY.length);
    out[0] = MESSAGE_COOKIE;
    out.set(message.subarray(senderIndexAt, senderIndexAt + 4), COOKIE_REPLY.receiver);
    const nonce = out.subarray(COOKIE_REPLY.nonce, COOKIE_REPLY.nonce + NONCE);
    this.#rng.fill(nonce);
    this.#crypto.xaeadSeal(this.#cookieKey, nonce, message.subarray(mac1At, mac1At + MAC), this.#cookie(source), out.subarray(COOKIE_REPLY.sealedCookie));
    return out;
  }

  #cookie(source: HandshakeSource): Uint8Array {
    const cookie = new Uint8Array(MAC);
    this.#crypto.blake2sMac(this.#secret, cookie, source.bytes);
    return cookie;
  }
}

export class MacWriter {
  readonly #crypto: Crypto;
  readonly #mac1Key = new Uint8Array(KEY);
  readonly #cookieKey = new Uint8Array(KEY);
  readonly #cookie = new Uint8Array(MAC);
  readonly #lastMac1 = new Uint8Array(MAC);
  #cookieTakenAt: Instant | undefined;
  #waiting = false;

  constructor(crypto: Crypto, peerPublicKey: Uint8Array) {
    this.#crypto = crypto;
    crypto.blake2s(this.#mac1Key, LABEL_MAC1, peerPublicKey);
    crypto.blake2s(this.#cookieKey, LABEL_COOKIE, peerPublicKey);
  }

  /** Writes mac1, and mac2 when a cookie younger than COOKIE_MAX_AGE is held (else zeros stay). */
  write(message: Uint8Array, mac1At: number, mac2At: number, now: Instant): void {
    const mac1 = message.subarray(mac1At, mac1At + MAC);
    this.#crypto.blake2sMac(this.#mac1Key, mac1, message.subarray(0, mac1At));
    this.#lastMac1.set(mac1);
    this.#waiting = true;
    if (this.#cookieTakenAt === undefined || age(this.#cookieTakenAt, now) >= COOKIE_MAX_AGE) return;
    this.#crypto.blake2sMac(this.#cookie, message.subarray(mac2At, mac2At + MAC), message.subarray(0, mac2At));
  }

  /** Takes the cookie of a reply to our last message. */
  take(reply: Uint8Array, now: Instant): 'taken' | 'to-nothing' | 'not-decryptable' {
    if (!this.#waiting) return 'to-nothing';
    const nonce = reply.subarray(COOKIE_REPLY.nonce, COOKIE_REPLY.nonce + NONCE);
    const cookie = new Uint8Array(MAC);
    if (!this.#crypto.xaeadOpen(this.#cookieKey, nonce, this.#lastMac1, reply.subarray(COOKIE_REPLY.sealedCookie), cookie)) return 'not-decryptable';
    this.#cookie.set(cookie);
    this.#cookieTakenAt = now;
    this.#waiting = false;
    return 'taken';
  }
}
