/**
 * Finds the addresses of endpoints that are given by name: once before the start, again for a peer that falls silent, and
 * again and again, less and less often, for a name that has none yet. The last good address of each name is kept on disk,
 * so that a start without name service still knows where to call. No timer runs while every name has an address.
 */
import { equalIp, formatIp, parseIp, type IpAddress, type IpEndpoint } from '../../base/ip.ts';
import type { PeerId } from '../../base/brand.ts';
import type { WgPeer } from '../../config/types.ts';
import type { DataplaneFact } from '../../ports/dataplane.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { errorCode } from '../error-code.ts';
import { writeIfRoom } from '../store.ts';
import { fromStoredJson, toStoredJson } from '../stored-json.ts';

const STORED = 'endpoint-names';
/** ms between two look-ups for one silent peer. */
const AGAIN_AFTER = 15_000;
const RETRY_FIRST = 2_000;
const RETRY_MOST = 60_000;
/** The start does not wait longer than this for the name service. ms. */
const START_WITHIN = 5_000;

export interface EndpointNamesInit {
  readonly peers: readonly WgPeer[];
  /** Addresses of a name as text, best first; rejects when there is none. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  readonly store: Store;
  readonly log: Log;
  /** ms, monotonic. */
  readonly now: () => number;
  /** Runs `work` after so many ms; returns the way to call it off. */
  readonly later: (work: () => void, ms: number) => () => void;
}

interface Named {
  readonly peer: PeerId;
  readonly host: string;
  readonly port: number;
  /** What was told last. */
  current: IpAddress | undefined;
  askedAt: number;
  retryIn: number;
}

export class EndpointNames {
  readonly #init: EndpointNamesInit;
  readonly #named: readonly Named[];
  readonly #callOff = new Set<() => void>();
  #found: (peer: PeerId, endpoint: IpEndpoint) => void = () => {};
  #closed = false;

  constructor(init: EndpointNamesInit) {
    this.#init = init;
    this.#named = init.peers.flatMap((peer, i) => {
      if (peer.endpoint?.kind !== 'name') return [];
      const { host, port } = peer.endpoint;
      return [{ peer: i as PeerId, host, port, current: undefined, askedAt: -Infinity, retryIn: RETRY_FIRST }];
    });
  }

  /** The endpoint of every peer as far as it is known, by index. Waits for the name service, but not for long. */
  async atStart(): Promise<(IpEndpoint | undefined)[]> {
    const stored = this.#read();
    for (const each of this.#named) each.current = parseIp(stored[each.host] ?? '');
    await Promise.race([Promise.all(this.#named.map((each) => this.#resolve(each))), new Promise<void>((done) => this.#later(done, START_WITHIN))]);
    return this.#init.peers.map((peer, i) => {
      if (peer.endpoint?.kind === 'address') return peer.endpoint.endpoint;
      const each = this.#named.find((named) => named.peer === i);
      return each?.current === undefined ? undefined : { address: each.current, port: each.port };
    });
  }

  /** Names that have no address yet. */
  get missing(): readonly string[] {
    return this.#named.filter((each) => each.current === undefined).map((each) => each.host);
  }

  /** From now on: `found` hears of addresses. Names without one are tried again. */
  begin(found: (peer: PeerId, endpoint: IpEndpoint) => void): void {
    this.#found = found;
    for (const each of this.#named) if (each.current === undefined) this.#retry(each);
  }

  /** A peer is silent when it lets a handshake go unanswered: its name may lead elsewhere by now. */
  hear(fact: DataplaneFact): void {
    const silent = (fact.kind === 'handshake-sent' && fact.attempt >= 2) || fact.kind === 'handshake-gave-up';
    const each = silent ? this.#named.find((named) => named.peer === fact.peer) : undefined;
    if (each === undefined || each.current === undefined || this.#init.now() - each.askedAt < AGAIN_AFTER) return;
    void this.#lookAgain(each);
  }

  close(): void {
    this.#closed = true;
    for (const callOff of this.#callOff) callOff();
    this.#callOff.clear();
  }

  #retry(each: Named): void {
    this.#later(() => void this.#lookAgain(each), each.retryIn);
    each.retryIn = Math.min(RETRY_MOST, each.retryIn * 2);
  }

  async #lookAgain(each: Named): Promise<void> {
    await this.#resolve(each);
    if (this.#closed) return;
    if (each.current === undefined) this.#retry(each);
    else this.#found(each.peer, { address: each.current, port: each.port });
  }

  /** Sets `current`; leaves it when there is no answer. Several addresses are used in turn: the one in use did not answer. */
  async #resolve(each: Named): Promise<void> {
    const again = each.askedAt !== -Infinity;
    each.askedAt = this.#init.now();
    try {
      const addresses = (await this.#init.lookup(each.host)).map(parseIp).filter((address) => address !== undefined);
      const { current } = each;
      const at = addresses.findIndex((address) => current !== undefined && equalIp(address, current));
      const next = at < 0 ? addresses[0] : addresses[again ? (at + 1) % addresses.length : at];
      if (next === undefined) return;
      each.current = next;
      this.#write(each.host, formatIp(next));
    } catch (error) {
      const instead = each.current === undefined ? 'it has no address yet' : `the address from before is used, ${formatIp(each.current)}`;
      this.#init.log.write('warn', 'names', `${each.host} could not be resolved (${errorCode(error)}): ${instead}`);
    }
  }

  #later(work: () => void, ms: number): void {
    const callOff = this.#init.later(() => {
      this.#callOff.delete(callOff);
      work();
    }, ms);
    this.#callOff.add(callOff);
  }

  #read(): Readonly<Record<string, string>> {
    const bytes = this.#init.store.read(STORED);
    const value = bytes === undefined ? undefined : fromStoredJson(bytes);
    return Object.fromEntries(Object.entries(typeof value === 'object' && value !== null ? value : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  }

  #write(host: string, address: string): void {
    const stored = this.#read();
    if (stored[host] === address) return;
    // Only names of the present configuration: the file does not grow.
    const known = Object.entries(stored).filter(([name]) => this.#named.some((each) => each.host === name));
    writeIfRoom(this.#init.store, STORED, toStoredJson(Object.fromEntries([...known, [host, address]])), this.#init.log);
  }
}
