/**
 * The web probes of netcheck, and its look-ups: an HTTPS round trip to a relay, where UDP is silent; a plain HTTP request that
 * only a captive portal answers otherwise; the addresses of a name. Each is one request over a connection of its own, without
 * redirects, reads no body, and is bounded in time and in headers. Never rejects, and tells nothing of why it failed.
 */
import type { Duplex } from 'node:stream';
import { formatIp, parseIp, type IpAddress } from '../../base/ip.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { settled } from '../reach/dial.ts';
import { Failed } from '../reach/failure.ts';
import { hostHeader, requestOver } from '../reach/http-headers.ts';
import { KnownNames, systemLookup, type Lookup } from '../reach/known-names.ts';
import { openWay, type Means } from '../reach/open-way.ts';
import type { Place } from '../reach/place.ts';
import type { Environment } from '../reach/proxy-rules.ts';
import { trustedRoots } from '../reach/trusted-roots.ts';
import type { WebProbe } from '../tailnet-host.ts';

/** latencyMs undefined: no answer in time, or none that counts. portal: something else answered in the relay's place. */
export interface WebAnswer {
  readonly latencyMs: number | undefined;
  readonly portal: boolean;
}

export interface WebProberInit {
  /** Keeps the addresses that last led to a server; the same as the links'. */
  readonly store: Store;
  readonly log: Log;
  /** For tests; the system's otherwise. */
  readonly lookup?: Lookup;
  readonly roots?: () => readonly string[];
  readonly environment?: Environment;
}

interface Answer {
  readonly status: number;
  /** Value of X-Tailscale-Response. */
  readonly response: string | undefined;
  readonly afterMs: number;
}

const NONE: WebAnswer = { latencyMs: undefined, portal: false };

export class WebProber {
  readonly #means: Means;

  constructor(init: WebProberInit) {
    this.#means = { names: new KnownNames(init.store, init.log, init.lookup ?? systemLookup), environment: init.environment ?? process.env, roots: init.roots ?? trustedRoots };
  }

  /** Empty: none. */
  async resolve(host: string): Promise<readonly IpAddress[]> {
    const found = await this.#means.names.resolve(host);
    return found instanceof Failed ? [] : found.map(parseIp).filter((address) => address !== undefined);
  }

  async probe(probe: WebProbe): Promise<WebAnswer> {
    const abort = new AbortController();
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      limit = setTimeout(() => resolve(undefined), probe.withinMs);
    });
    const answer = await Promise.race([late, this.#ask(probe, abort.signal)]);
    clearTimeout(limit);
    abort.abort();
    return answer === undefined ? NONE : judge(probe, answer);
  }

  async #ask(probe: WebProbe, signal: AbortSignal): Promise<Answer | undefined> {
    const place: Place = { secure: probe.form === 'latency', host: probe.host, port: probe.port };
    const { address } = probe;
    const named = address === undefined ? {} : { addresses: async () => [formatIp(address)] };
    // A portal is what stands before everything: it is looked for without a proxy.
    const means = probe.form === 'portal' ? { ...this.#means, environment: {} } : this.#means;
    const way = await openWay(means, { place, signal, leg: () => {}, ...named });
    if (way instanceof Failed) return undefined;
    return probe.form === 'latency' ? get(way.socket, place, '/derp/latency-check', {}) : get(way.socket, place, `/generate_204?t=${Date.now()}`, { 'X-Tailscale-Challenge': challenge(probe.host) });
  }
}

/** The time is that from the request to the head of its answer. */
function get(socket: Duplex, place: Place, path: string, headers: Readonly<Record<string, string>>): Promise<Answer | undefined> {
  const { promise, resolve } = settled<Answer | undefined>();
  const asked = requestOver(socket, { method: 'GET', path, headers: { Host: hostHeader(place), Connection: 'close', ...headers } });
  const began = performance.now();
  asked.on('response', (answer) => {
    const response = answer.headers['x-tailscale-response'];
    resolve({ status: answer.statusCode ?? 0, response: typeof response === 'string' ? response : undefined, afterMs: performance.now() - began });
    socket.destroy();
  });
  asked.on('upgrade', () => {
    resolve(undefined);
    socket.destroy();
  });
  asked.on('error', () => resolve(undefined));
  asked.end();
  return promise;
}

function judge(probe: WebProbe, { status, response, afterMs }: Answer): WebAnswer {
  switch (probe.form) {
    case 'latency':
      return status >= 200 && status < 300 ? { latencyMs: afterMs, portal: false } : NONE;
    case 'portal':
      return { latencyMs: afterMs, portal: status !== 204 || response !== `response ${challenge(probe.host)}` };
    default:
      return probe.form satisfies never;
  }
}

/** A relay sends it back: whoever answers 204 to everything does not. */
function challenge(host: string): string {
  return `ts_${host}`;
}
