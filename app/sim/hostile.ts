/**
 * A stranger on the network: it hears datagrams as they pass, knows public keys, holds none, and makes datagrams of its
 * own. It forges only what a real one could. Callers: the World, which sends what it makes.
 */
import type { Crypto } from '../ports/crypto.ts';
import type { Rng } from '../ports/rng.ts';
import type { HostileAct } from './faults.ts';
import { randomBytes } from './random-bytes.ts';
import type { SimHost } from './sim-host.ts';

/** A datagram that was heard, and who truly made it. */
export interface Heard {
  readonly bytes: Uint8Array;
  readonly author: SimHost;
}

export interface Forged {
  readonly bytes: Uint8Array;
  /** Who sealed these bytes, when they are an exact copy; undefined when nobody did. */
  readonly author: SimHost | undefined;
}

const REMEMBERED = 256;
/** Lengths of the four message types (whitepaper 5.4): initiation, response, cookie reply, and the data header. */
const INITIATION = 148;
const RESPONSE = 92;
const COOKIE_REPLY = 64;
const MACS = 32;
const LABEL_MAC1 = 'mac1----';

export class HostilePeer {
  readonly #rng: Rng;
  readonly #crypto: Crypto;
  readonly #heard: Heard[] = [];
  /** The newest initiation of each host: heard as it is sent, for answers that race the true one. */
  readonly #begun = new Map<SimHost, Uint8Array>();
  #next = 0;

  constructor(rng: Rng, crypto: Crypto) {
    this.#rng = rng;
    this.#crypto = crypto;
  }

  hearInitiation(bytes: Uint8Array, author: SimHost): void {
    this.#begun.set(author, bytes);
  }

  /** Remembers the newest datagrams, as they arrive; `bytes` must not change afterwards. */
  hear(bytes: Uint8Array, author: SimHost): void {
    this.#heard[this.#next] = { bytes, author };
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  forge(act: HostileAct, victim: SimHost): Forged {
    switch (act) {
      case 'noise':
        return this.#noise();
      case 'mutate':
        return this.#mutated();
      case 'replay':
        return this.#any() ?? this.#noise();
      case 'spoof-response':
        return this.#spoofed(2, RESPONSE, victim);
      case 'spoof-cookie':
        return this.#spoofed(3, COOKIE_REPLY, victim);
      case 'flood':
        return this.#initiation(victim);
      default:
        return act satisfies never;
    }
  }

  /** Random bytes; half of them look like a message of some type at first sight. */
  #noise(): Forged {
    const random = this.#rng;
    const lengths = [0, 1, 15, 16, 31, 32, COOKIE_REPLY, RESPONSE, INITIATION, random.uint32() % 1_500];
    const bytes = randomBytes(this.#rng, lengths[random.uint32() % lengths.length]!);
    if (random.fraction() < 0.5 && bytes.length >= 4) bytes.set([1 + (random.uint32() % 4), 0, 0, 0]);
    return { bytes, author: undefined };
  }

  /** A genuine datagram with one bit flipped, cut short, made longer, or spliced with another. */
  #mutated(): Forged {
    const one = this.#any();
    if (one === undefined || one.bytes.length === 0) return this.#noise();
    const at = this.#rng.uint32() % one.bytes.length;
    const bytes = one.bytes.slice();
    switch (this.#rng.uint32() % 4) {
      case 0:
        bytes[at]! ^= 1 << (this.#rng.uint32() % 8);
        return { bytes, author: undefined };
      case 1:
        return { bytes: bytes.subarray(0, at), author: undefined };
      case 2: {
        const longer = randomBytes(this.#rng, bytes.length + 1 + (this.#rng.uint32() % 64));
        longer.set(bytes);
        return { bytes: longer, author: undefined };
      }
      default: {
        const tail = randomBytes(this.#rng, bytes.length - at);
        bytes.set(tail, at);
        const same = bytes.every((byte, i) => byte === one.bytes[i]);
        return { bytes, author: same ? one.author : undefined };
      }
    }
  }

  /** A message of this type that carries the index of a handshake the victim has begun, with a right mac1. */
  #spoofed(type: number, length: number, victim: SimHost): Forged {
    const begun = this.#begun.get(victim);
    if (begun === undefined) return this.#noise();
    const bytes = randomBytes(this.#rng, length);
    bytes.set([type, 0, 0, 0]);
    bytes.set(begun.subarray(4, 8), type === 2 ? 8 : 4);
    if (type === 2) this.#mac1(bytes, victim);
    return { bytes, author: undefined };
  }

  /** An initiation with a right mac1 and rubbish inside: the victim has to spend a Diffie-Hellman on it. */
  #initiation(victim: SimHost): Forged {
    const bytes = randomBytes(this.#rng, INITIATION);
    bytes.set([1, 0, 0, 0]);
    this.#mac1(bytes, victim);
    return { bytes, author: undefined };
  }

  /** Whitepaper 5.4.4: mac1 = MAC(HASH(label || receiver's public key), message before it); mac2 is left zero. */
  #mac1(bytes: Uint8Array, victim: SimHost): void {
    const key = new Uint8Array(32);
    this.#crypto.blake2s(key, Uint8Array.from(LABEL_MAC1, (c) => c.charCodeAt(0)), victim.publicKey.bytes);
    const at = bytes.length - MACS;
    const mac = new Uint8Array(16);
    this.#crypto.blake2sMac(key, mac, bytes.subarray(0, at));
    bytes.set(mac, at);
    bytes.fill(0, at + 16);
  }

  #any(): Heard | undefined {
    return this.#heard[this.#rng.uint32() % Math.max(1, this.#heard.length)];
  }
}
