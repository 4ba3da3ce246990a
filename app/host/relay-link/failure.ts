/** Failures of the way to a server, in the terms of the relay link. Never holds an error's text. */
import type { RelayFailure } from '../../ports/relay-link.ts';
import type { Duration } from '../../time/instant.ts';
import { Failed, socketFailure, type ReachFailure } from '../reach/failure.ts';
import { errorCode } from '../error-code.ts';

export type RelayFailed = Failed<RelayFailure>;

/** `afterMs`: how long it took; a connection that only found silence says so. */
export function relayFailure(failure: ReachFailure, afterMs: Duration): RelayFailure {
  switch (failure.kind) {
    case 'protocol':
      return { kind: 'not-a-relay', host: failure.host, status: undefined };
    case 'certificate':
      return { kind: 'certificate', host: failure.host, code: failure.code };
    case 'unreachable':
      return failure.code === 'ETIMEDOUT' ? { kind: 'timed-out', host: failure.host, during: 'connect', afterMs } : failure;
    case 'name-unknown':
    case 'name-service':
    case 'proxy':
    case 'refused':
    case 'closed':
      return failure;
    default:
      return failure satisfies never;
  }
}

/** Of the answer to the upgrade. Node's parser names what it refuses HPE_... */
export function upgradeFailure(error: unknown, host: string, port: number): RelayFailed {
  if (errorCode(error).startsWith('HPE_')) return new Failed<RelayFailure>({ kind: 'not-a-relay', host, status: undefined });
  return new Failed(relayFailure(socketFailure(error, host, port).failure, 0));
}
