/** Fetches a signed manifest from the feed: bounded in time and bytes, never redirected, never retried. It believes nothing; manifest.ts judges. */
import { knownCode } from '../error-code.ts';
import { MANIFEST_MOST, manifestName } from './manifest.ts';
import type { Failure } from './states.ts';

/** ms. */
const FETCH_WITHIN = 30_000;
/** Bytes: the manifest, and the line with its signature. */
const FILE_MOST = MANIFEST_MOST + 1_024;

export interface FeedInit {
  /** Ends with a slash. */
  readonly feed: string;
  readonly platform: string;
  readonly arch: string;
  /** Of Node, or of Electron (which knows the system's proxies). */
  readonly fetch: (url: string, init: { readonly redirect: 'error'; readonly cache: 'no-store'; readonly signal: AbortSignal }) => Promise<Response>;
  readonly withinMs?: number;
}

export type Fetched = { readonly ok: true; readonly file: Uint8Array } | { readonly ok: false; readonly failure: Failure };

export async function fetchManifest({ feed, platform, arch, fetch, withinMs = FETCH_WITHIN }: FeedInit): Promise<Fetched> {
  const signal = AbortSignal.timeout(withinMs);
  const address = new URL(manifestName(platform, arch), feed).href;
  try {
    const file = await take(fetch, address, signal);
    return typeof file === 'string' ? { ok: false, failure: { cause: 'answered', detail: file } } : { ok: true, file };
  } catch (error) {
    return { ok: false, failure: { cause: 'unreachable', detail: why(error) } };
  }
}

/** A text: what the server said instead. */
async function take(fetch: FeedInit['fetch'], address: string, signal: AbortSignal): Promise<Uint8Array | string> {
  const response = await fetch(address, { redirect: 'error', cache: 'no-store', signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    return `HTTP ${response.status}`;
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true as const, value: undefined };
    if (done) return Buffer.concat(parts);
    length += value.length;
    if (length > FILE_MOST) {
      await reader?.cancel();
      return `more than ${FILE_MOST} bytes`;
    }
    parts.push(value);
  }
}

/** undici hides the system's code one level down. */
function why(error: unknown): string | null {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  return knownCode(error instanceof Error && error.cause !== undefined ? error.cause : error);
}
