/**
 * Asks a relay for its protocol: GET /derp, answered by 101, and by frames from the first byte behind the headers. Headers
 * are bounded; time is the caller's affair. The key that the answer may name is not read: the relay says it again in its
 * first frame.
 */
import type { Duplex } from 'node:stream';
import type { RelayFailure } from '../../ports/relay-link.ts';
import { settled } from '../reach/dial.ts';
import { Failed } from '../reach/failure.ts';
import { hostHeader, requestOver } from '../reach/http-headers.ts';
import type { Place } from '../reach/place.ts';
import { upgradeFailure, type RelayFailed } from './failure.ts';

export interface Upgraded {
  readonly socket: Duplex;
  /** Bytes of frames that came with the headers. */
  readonly first: Uint8Array;
}

/** `idealNode`: name of the node that should have been reached, where this is another one of the region. */
export function upgradeToRelay(socket: Duplex, place: Place, idealNode: string | undefined): Promise<Upgraded | RelayFailed> {
  const { host, port } = place;
  const { promise, resolve } = settled<Upgraded | RelayFailed>();
  const fail = (failed: RelayFailed): void => {
    socket.destroy();
    resolve(failed);
  };
  const not = (status: number | undefined): void => fail(new Failed<RelayFailure>({ kind: 'not-a-relay', host, status }));
  const asked = requestOver(socket, {
    method: 'GET',
    path: '/derp',
    headers: { Host: hostHeader(place), Upgrade: 'DERP', Connection: 'Upgrade', ...(idealNode === undefined ? {} : { 'Ideal-Node': idealNode }) },
  });
  asked.on('upgrade', (response, upgraded, head) => {
    if (response.statusCode !== 101 || response.headers.upgrade?.toLowerCase() !== 'derp') return not(response.statusCode);
    resolve({ socket: upgraded, first: head });
    return undefined;
  });
  asked.on('information', ({ statusCode }) => {
    if (statusCode === 101) not(101);
  });
  asked.on('response', (response) => not(response.statusCode));
  asked.on('error', (error) => fail(upgradeFailure(error, host, port)));
  asked.end();
  return promise;
}
