/**
 * Addresses of servers (control, relays, probes): the system's name service, and when it is silent the addresses that last
 * led to the server. Those are kept in a Store, and only `remember` adds to them: after the server has proved itself by key
 * or certificate, so that a name service that lies (a captive portal) spoils nothing. Bounded: HOSTS names of ADDRESSES
 * addresses, the one used longest ago goes first. Several may stand on one Store: each reads what the others kept.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { errorCode } from '../error-code.ts';
import { Failed } from './failure.ts';
import { writeIfRoom } from '../store.ts';
import { fromStoredJson, toStoredJson } from '../stored-json.ts';

const STORED = 'known-addresses';
const HOSTS = 64;
const ADDRESSES = 8;
/** The name service has this long before the addresses of last time are tried. ms. */
const PATIENCE = 2_000;

export type Lookup = (host: string) => Promise<readonly string[]>;

export const systemLookup: Lookup = async (host) => (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

export class KnownNames {
  readonly #store: Store;
  readonly #log: Log;
  readonly #lookup: Lookup;
  readonly #asking = new Map<string, Promise<string | readonly string[]>>();

  constructor(store: Store, log: Log, look: Lookup) {
    this.#store = store;
    this.#log = log;
    this.#lookup = look;
  }

  /** Best first, at least one, at most ADDRESSES. */
  async resolve(host: string): Promise<readonly string[] | Failed> {
    if (isIP(host) !== 0) return [host];
    const known = this.#read().find((entry) => entry.host === host)?.addresses ?? [];
    const asked = this.#ask(host);
    const answer = known.length === 0 ? await asked : await withPatience(asked);
    if (typeof answer !== 'string') return answer;
    if (known.length > 0) {
      this.#log.write('warn', 'names', `the name service does not help with ${host} (${answer}): its addresses of last time are tried`);
      return known;
    }
    return new Failed(answer === 'ENOTFOUND' || answer === 'ENODATA' ? { kind: 'name-unknown', host } : { kind: 'name-service', host, code: answer });
  }

  /** A name that is being asked for is not asked for again: the system has few hands for it. */
  #ask(host: string): Promise<string | readonly string[]> {
    const under = this.#asking.get(host);
    if (under !== undefined) return under;
    const asked = this.#lookup(host).then(
      (found) => (found.length === 0 ? 'ENOTFOUND' : found.slice(0, ADDRESSES)),
      (error: unknown) => errorCode(error),
    );
    this.#asking.set(host, asked);
    void asked.then(() => this.#asking.delete(host));
    return asked;
  }

  /** The server proved itself at `address`. */
  remember(host: string, address: string): void {
    if (isIP(host) !== 0 || isIP(address) === 0) return;
    const stored = this.#read();
    const before = stored.find((entry) => entry.host === host)?.addresses ?? [];
    if (before[0] === address && stored[0]?.host === host) return;
    const entry = { host, addresses: [address, ...before.filter((other) => other !== address)].slice(0, ADDRESSES) };
    const next = [entry, ...stored.filter((other) => other.host !== host)].slice(0, HOSTS);
    writeIfRoom(this.#store, STORED, toStoredJson(next), this.#log);
  }

  #read(): readonly { readonly host: string; readonly addresses: readonly string[] }[] {
    const bytes = this.#store.read(STORED);
    const value = bytes === undefined ? undefined : fromStoredJson(bytes);
    return Array.isArray(value) ? value.flatMap(entryOf).slice(0, HOSTS) : [];
  }
}

function entryOf(value: unknown): { host: string; addresses: readonly string[] }[] {
  if (typeof value !== 'object' || value === null || !('host' in value) || !('addresses' in value)) return [];
  const { host, addresses } = value;
  if (typeof host !== 'string' || !Array.isArray(addresses)) return [];
  return [{ host, addresses: addresses.filter((each): each is string => typeof each === 'string' && isIP(each) !== 0).slice(0, ADDRESSES) }];
}

async function withPatience(asked: Promise<string | readonly string[]>): Promise<string | readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<string>((done) => {
    timer = setTimeout(() => done('no answer yet'), PATIENCE);
  });
  const answer = await Promise.race([asked, patience]);
  clearTimeout(timer);
  return answer;
}
