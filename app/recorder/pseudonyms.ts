/**
 * Stand-ins for names and addresses, the same one each time: whoever reads a report can tell things apart and follow them, and
 * learns nothing else of them. Words of names become `name-3`, addresses of the internet ones of the ranges for
 * benchmarks (RFC 2544, RFC 5180). Addresses that mean nothing elsewhere (private, overlay, loopback, link-local) stay. Callers:
 * rewrite.ts and api/report.ts.
 */
import { equalIp, formatIp, ipv4, ipv6, maskIp, parseIp, type IpAddress } from '../base/ip.ts';

/** Words that many names share and that tell nothing. */
const COMMON: ReadonlySet<string> = new Set(['http', 'https', 'com', 'org', 'net', 'io', 'dev', 'app', 'local', 'lan', 'internal', 'home', 'arpa', 'localhost', 'tag', 'autogroup', 'cap', 'withheld', 'derp', 'relay', 'in', 'addr', 'ip6']);
/** A word of a name, and what stands between them is kept. */
const WORD = /[\p{L}\p{N}_-]+/gu;
const STAND_IN = /^(?:name|withheld)-\d+$/;
const ADDRESS = /(?<![\w.])(?:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f:]|\d{1,3}(?:\.\d{1,3}){3})(?!\w)/g;
/** Shorter words of names are replaced where a name stands, not in sentences. */
const IN_SENTENCES = 3;

export class Pseudonyms {
  readonly #names = new Map<string, string>();
  readonly #networks = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  #sentences: RegExp | undefined;

  /** A name of any kind: of a device, a person, a server, a network. Also `tag:web`, a mail address, a web address. */
  name(text: string): string {
    if (parseIp(text) !== undefined) return this.addressText(text);
    return this.addressText(text).replace(WORD, (word) => this.#word(word));
  }

  /** A sentence, in which names that are known by now may stand. */
  sentence(text: string): string {
    this.#sentences ??= this.#namesInSentences();
    return this.addressText(text).replace(this.#sentences, (word) => this.#names.get(word.toLowerCase()) ?? word);
  }

  /** Any text with addresses in it: `192.0.2.1:80`, `[2001:db8::1]:80`, `192.0.2.0/24`. */
  addressText(text: string): string {
    return text.replace(ADDRESS, (found) => {
      const address = parseIp(found);
      return address === undefined ? found : formatIp(this.address(address));
    });
  }

  /** Addresses of one /24, or of one /64, have stand-ins of one. */
  address(address: IpAddress): IpAddress {
    if (!isOfTheInternet(address)) return address;
    if (address.family === 4) {
      const network = ordinalOf(this.#networks, String(address.w3 >>> 8)) - 1;
      // The upper half of the range first: simulated networks use the lower one.
      return ipv4(BENCHMARK_4 + (((network + 256) & 511) << 8) + (address.w3 & 0xff));
    }
    const network = ordinalOf(this.#networks, `${address.w0} ${address.w1}`);
    const isNetwork = address.w2 === 0 && address.w3 === 0;
    return ipv6(BENCHMARK_6, network, 0, isNetwork ? 0 : ordinalOf(this.#hosts, `${address.w2} ${address.w3}`));
  }

  /** With the length of its network: what is a range stays one. */
  prefix(address: IpAddress, bits: number): IpAddress {
    const standIn = this.address(address);
    return equalIp(maskIp(address, bits), address) ? maskIp(standIn, bits) : standIn;
  }

  #word(word: string): string {
    const key = word.toLowerCase();
    if (COMMON.has(key) || STAND_IN.test(key) || /^\d+$/.test(key)) return word;
    let standIn = this.#names.get(key);
    if (standIn === undefined) {
      standIn = `name-${this.#names.size + 1}`;
      this.#names.set(key, standIn);
      this.#sentences = undefined;
    }
    return standIn;
  }

  #namesInSentences(): RegExp {
    const words = [...this.#names.keys()].filter((word) => word.length >= IN_SENTENCES).toSorted((a, b) => b.length - a.length);
    if (words.length === 0) return /(?!)/;
    return new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${words.join('|')})(?![\\p{L}\\p{N}_-])`, 'giu');
  }
}

const BENCHMARK_4 = 0xc6120000;
const BENCHMARK_6 = 0x20010002;

function ordinalOf(known: Map<string, number>, key: string): number {
  const ordinal = known.get(key) ?? known.size + 1;
  known.set(key, ordinal);
  return ordinal;
}

/** Neither private, overlay, loopback, link-local, multicast nor a stand-in. */
function isOfTheInternet({ family, w0, w2, w3 }: IpAddress): boolean {
  if (family === 6) {
    if (w0 === BENCHMARK_6 || w0 >>> 25 === 0x7e || w0 >>> 22 === 0x3fa || w0 >>> 24 === 0xff) return false;
    return !(w0 === 0 && w2 <= 0xffff);
  }
  const first = w3 >>> 24;
  if (first === 0 || first === 10 || first === 127 || first >= 224) return false;
  return w3 >>> 20 !== 0xac1 && w3 >>> 16 !== 0xc0a8 && w3 >>> 16 !== 0xa9fe && w3 >>> 22 !== 0x191 && w3 >>> 17 !== 0x6309;
}
