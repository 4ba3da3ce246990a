/**
 * One check while it runs: what was sent, what came back, and what that means. Data with its rules; netcheck.ts sends and
 * keeps the time. An answer counts when it names a transaction of ours, whatever address it comes from, and for the server
 * that was asked.
 */
import { equalEndpoint, isLoopback, type IpAddress, type IpEndpoint } from '../base/ip.ts';
import { age, type Duration, type Instant } from '../time/instant.ts';
import { PROBES_AT_MOST } from './constants.ts';
import type { CheckForm, PlannedProbe } from './plan.ts';
import type { NetcheckReport } from './types.ts';

interface Sent {
  /** Whether the server is on this computer. */
  readonly onLoopback: boolean;
  readonly region: number;
  readonly family: 4 | 6;
  readonly at: Instant;
}

export interface Latency {
  v4: Duration | undefined;
  v6: Duration | undefined;
  web: Duration | undefined;
}

export class Check {
  readonly form: CheckForm;
  readonly startedAt: Instant;
  /** In the order of their times. */
  readonly planned: PlannedProbe[];
  readonly latency = new Map<number, Latency>();
  /** Ends then. Moves when enough is known. */
  until: Instant;
  phase: 'probing' | 'web' = 'probing';
  portal: boolean | undefined;
  hairpin: { readonly tx: string; readonly at: Instant; answered: boolean } | undefined;
  #probes = 0;
  readonly #sent = new Map<string, Sent>();
  readonly #seen4 = new Map<number, IpEndpoint>();
  #seen6: IpEndpoint | undefined;

  constructor(form: CheckForm, planned: PlannedProbe[], startedAt: Instant, until: Instant) {
    this.form = form;
    this.planned = planned;
    this.startedAt = startedAt;
    this.until = until;
  }

  /** False: this check has sent enough; the probe is not to be sent. */
  sent(tx: string, probe: PlannedProbe, to: IpAddress, now: Instant): boolean {
    if (this.#probes >= PROBES_AT_MOST) return false;
    this.#probes++;
    this.#sent.set(tx, { region: probe.region, family: probe.family, onLoopback: isLoopback(to), at: now });
    return true;
  }

  /** True when the answer is news. */
  answered(tx: string, seen: IpEndpoint, now: Instant): boolean {
    const sent = this.#sent.get(tx);
    if (sent === undefined || seen.address.family !== sent.family || !isUsable(seen, sent.onLoopback)) return false;
    this.#sent.delete(tx);
    const latency = this.#latency(sent.region);
    const ms = age(sent.at, now);
    if (sent.family === 4) {
      latency.v4 = Math.min(ms, latency.v4 ?? Infinity);
      this.#seen4.set(sent.region, seen);
    } else {
      latency.v6 = Math.min(ms, latency.v6 ?? Infinity);
      this.#seen6 = seen;
    }
    return true;
  }

  webAnswered(region: number, ms: Duration): void {
    this.#latency(region).web = ms;
  }

  /** A probe to who has answered already is not sent. */
  isAnswered(region: number, family: 4 | 6): boolean {
    const latency = this.latency.get(region);
    return (family === 4 ? latency?.v4 : latency?.v6) !== undefined;
  }

  get anyUdp(): boolean {
    return this.#seen4.size > 0 || this.#seen6 !== undefined;
  }

  /** Where we are seen over IPv4: `before`, where it still is one of them. */
  globalV4(before: IpEndpoint | undefined): IpEndpoint | undefined {
    const seen = [...this.#seen4.values()];
    return seen.find((endpoint) => equalEndpoint(endpoint, before)) ?? seen[0];
  }

  get globalV6(): IpEndpoint | undefined {
    return this.#seen6;
  }

  /** RFC 4787 section 4.1, from two destinations and more. */
  get mappingVaries(): boolean | undefined {
    const [first, ...rest] = this.#seen4.values();
    if (first === undefined || rest.length === 0) return undefined;
    return rest.some((endpoint) => !equalEndpoint(endpoint, first));
  }

  /** Best of each region, ms. */
  best(): Map<number, Duration> {
    const best = new Map<number, Duration>();
    for (const [region, { v4, v6, web }] of this.latency) {
      const ms = Math.min(v4 ?? Infinity, v6 ?? Infinity);
      if (ms < Infinity) best.set(region, ms);
      else if (web !== undefined) best.set(region, web);
    }
    return best;
  }

  report(now: Instant, known: { readonly networkWorks: boolean; readonly families: { readonly ipv4: boolean; readonly ipv6: boolean }; readonly before: NetcheckReport | undefined; readonly home: number | undefined }): NetcheckReport {
    const { before, families, networkWorks } = known;
    const silent = networkWorks ? false : undefined;
    const one = (answers: boolean, family: boolean): boolean | undefined => answers || (family ? silent : false);
    return {
      at: now,
      form: this.form,
      udp: this.anyUdp ? true : silent,
      ipv4: one(this.#seen4.size > 0, families.ipv4),
      ipv6: one(this.#seen6 !== undefined, families.ipv6),
      // One answer says nothing new about the NAT.
      mappingVariesByDestination: this.mappingVaries ?? (this.anyUdp ? before?.mappingVariesByDestination : undefined),
      hairpin: this.hairpin === undefined ? before?.hairpin : this.hairpin.answered,
      captivePortal: this.portal ?? (this.anyUdp ? false : undefined),
      globalV4: this.globalV4(before?.globalV4),
      globalV6: this.globalV6,
      latency: new Map([...this.latency].map(([region, latency]) => [region, { ...latency }])),
      homeRelay: known.home,
    };
  }

  #latency(region: number): Latency {
    let latency = this.latency.get(region);
    if (latency === undefined) {
      latency = { v4: undefined, v6: undefined, web: undefined };
      this.latency.set(region, latency);
    }
    return latency;
  }
}

/** No peer can call an address that is none, this computer's alone, or a group's (RFC 6890). A server on this computer sees us on
 *  it, as in a sandbox. */
function isUsable({ address, port }: IpEndpoint, serverOnLoopback: boolean): boolean {
  if (port === 0 || (isLoopback(address) && !serverOnLoopback)) return false;
  const { family, w0, w1, w2, w3 } = address;
  if (family === 4) return w3 >>> 24 !== 0 && w3 >>> 28 < 0xe;
  return w0 >>> 24 !== 0xff && !(w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0);
}
