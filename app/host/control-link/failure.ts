/** What an HTTP/1.1 answer of a control server can fail with, beside the failures of the way to it (host/reach). */
import type { ControlFailure } from '../../ports/control-link.ts';
import { errorCode } from '../error-code.ts';
import { Failed, socketFailure } from '../reach/failure.ts';
import { MAX_HEADERS } from '../reach/http-headers.ts';

export type ControlFailed = Failed<ControlFailure>;

/** Of an HTTP/1.1 answer: Node's parser names what it refuses HPE_... */
export function httpFailure(error: unknown, host: string, port: number): ControlFailed {
  const code = errorCode(error);
  if (code === 'HPE_HEADER_OVERFLOW') return new Failed<ControlFailure>({ kind: 'too-large', host, what: 'response headers', limit: MAX_HEADERS });
  if (code.startsWith('HPE_')) return new Failed<ControlFailure>({ kind: 'not-a-control-server', host, status: undefined, what: 'its answer is not HTTP' });
  return socketFailure(error, host, port);
}
