/**
 * Which flow an IP packet belongs to, as a number: addresses, protocol and, for TCP, UDP and SCTP that are not fragments,
 * ports. Fragments of one packet share a flow with each other, not with their first. Never throws: what is no IP packet is
 * flow 0. `seed` keeps outsiders from choosing flows that collide (RFC 8290 section 4.1.2). Pure.
 */

const TCP = 6;
const UDP = 17;
const SCTP = 132;
const IP4 = { header: 20, fragment: 6, protocol: 9, source: 12, destination: 16 } as const;
const IP4_FRAGMENT = 0x3fff;
const IP6 = { header: 40, nextHeader: 6, source: 8 } as const;

/** 32 bits, unsigned. The packet lies at [at, at + length). */
export function flowHash(view: DataView, at: number, length: number, seed: number): number {
  if (length < IP4.header) return 0;
  const version = view.getUint8(at) >>> 4;
  let hash = seed;
  let protocol: number;
  let ports: number;
  if (version === 4) {
    hash = mix(hash, view.getUint32(at + IP4.source));
    hash = mix(hash, view.getUint32(at + IP4.destination));
    protocol = view.getUint8(at + IP4.protocol);
    ports = (view.getUint16(at + IP4.fragment) & IP4_FRAGMENT) !== 0 ? length : (view.getUint8(at) & 15) << 2;
  } else if (version === 6 && length >= IP6.header) {
    for (let i = 0; i < 32; i += 4) hash = mix(hash, view.getUint32(at + IP6.source + i));
    protocol = view.getUint8(at + IP6.nextHeader);
    ports = IP6.header;
  } else {
    return 0;
  }
  hash = mix(hash, protocol);
  if ((protocol === TCP || protocol === UDP || protocol === SCTP) && ports + 4 <= length) hash = mix(hash, view.getUint32(at + ports));
  return finish(hash);
}

/** One step of 32-bit multiply-and-rotate mixing; the constants are odd and have about half of their bits set. */
function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0x9e3779b1);
  const joined = hash ^ ((scrambled << 15) | (scrambled >>> 17));
  return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0x52dce729) | 0;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x21f0aaad);
  h ^= h >>> 15;
  h = Math.imul(h, 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}
