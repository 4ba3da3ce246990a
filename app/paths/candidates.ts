/**
 * The addresses at which one peer may be reached: bounded, without those of no use. The ways in use are never dropped.
 * Caller: peer-path.ts.
 */
import { equalEndpoint, equalIp, formatEndpoint, isLoopback, type IpEndpoint } from '../base/ip.ts';
import { age, type Instant } from '../time/instant.ts';
import { Candidate, isLinkLocal, isUseless } from './candidate.ts';
import { CANDIDATES_AT_MOST, PINGED_AT_ONE, PINGED_KEPT } from './constants.ts';
import type { CandidateSource } from './types.ts';

export class Candidates {
  readonly #byText = new Map<string, Candidate>();
  readonly #isUsed: (candidate: Candidate) => boolean;

  constructor(isUsed: (candidate: Candidate) => boolean) {
    this.#isUsed = isUsed;
  }

  all(): Candidate[] {
    return [...this.#byText.values()];
  }

  has(candidate: Candidate): boolean {
    return this.#byText.get(formatEndpoint(candidate.endpoint)) === candidate;
  }

  /** Undefined: of no use here, or there are too many. `own`: where we are. */
  add(endpoint: IpEndpoint, source: CandidateSource, own: readonly IpEndpoint[], now: Instant): Candidate | undefined {
    const text = formatEndpoint(endpoint);
    const known = this.#byText.get(text);
    if (known !== undefined) {
      if (known.source === 'ping') known.source = source;
      return known;
    }
    if (isUseless(endpoint) || own.some((mine) => equalEndpoint(mine, endpoint))) return undefined;
    for (const isLocal of [isLoopback, isLinkLocal]) if (isLocal(endpoint.address) && !own.some((mine) => isLocal(mine.address))) return undefined;
    if (source === 'ping') this.#keepFewPinged(endpoint);
    if (this.#byText.size >= CANDIDATES_AT_MOST && !this.#prune(now)) return undefined;
    const candidate = new Candidate(endpoint, source);
    this.#byText.set(text, candidate);
    return candidate;
  }

  /** Those of this source that are not listed any more go. */
  keepListed(source: CandidateSource, listed: readonly IpEndpoint[]): void {
    const texts = new Set(listed.map((endpoint) => formatEndpoint(endpoint)));
    for (const [text, candidate] of this.#byText) if (candidate.source === source && !texts.has(text) && !this.#isUsed(candidate)) this.#byText.delete(text);
  }

  /** Of the ports at one address that pings came from, the last ones stay, and rather those that answered. */
  #keepFewPinged({ address }: IpEndpoint): void {
    const isOne = ({ source, endpoint }: Candidate): boolean => source === 'ping' && equalIp(endpoint.address, address);
    if (this.all().filter(isOne).length < PINGED_AT_ONE) return;
    if (!this.#dropOne((candidate) => isOne(candidate) && candidate.answered === 0)) this.#dropOne(isOne);
  }

  /** Makes room: what called once and long ago goes first, then what never answered and is not in the map. */
  #prune(now: Instant): boolean {
    const isStale = ({ source, calledAt }: Candidate): boolean => source === 'ping' && (calledAt === undefined || age(calledAt, now) >= PINGED_KEPT);
    return this.#dropOne(isStale) || this.#dropOne(({ source, answered }) => source !== 'map' && answered === 0);
  }

  #dropOne(may: (candidate: Candidate) => boolean): boolean {
    for (const [text, candidate] of this.#byText) {
      if (!may(candidate) || this.#isUsed(candidate)) continue;
      this.#byText.delete(text);
      return true;
    }
    return false;
  }
}
