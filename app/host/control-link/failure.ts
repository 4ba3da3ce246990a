/**
 * Failures of the control link as values inside host code: a step returns what it made or a Failed. Maps the system's error
 * names to facts that a person can be told. Never holds an error's text: that may carry an address with a password.
 */
import type { ControlFailure } from '../../ports/control-link.ts';
import { errorCode } from '../error-code.ts';

export class Failed {
  readonly failure: ControlFailure;

  constructor(failure: ControlFailure) {
    this.failure = failure;
  }
}

const UNREACHABLE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'ETIMEDOUT', 'EACCES', 'EPERM']);

/** Of a TCP connection that could not be had, or that broke. */
export function socketFailure(error: unknown, host: string, port: number): Failed {
  const code = errorCode(error);
  if (code === 'ECONNREFUSED') return new Failed({ kind: 'refused', host, port });
  if (UNREACHABLE.has(code)) return new Failed({ kind: 'unreachable', host, code });
  return new Failed({ kind: 'closed', host, code });
}

/** Names that OpenSSL and Node give to certificates they do not accept. */
const CERTIFICATE = /CERT|UNABLE_TO_|CRL|SELF_SIGNED|ISSUER|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH/;

/** Of a TLS handshake. `expiredAt`: ms since 1970, of a certificate of the chain that has ended. */
export function tlsFailure(error: unknown, host: string, port: number, expiredAt: number | undefined): Failed {
  const code = errorCode(error);
  if (CERTIFICATE.test(code)) return new Failed({ kind: 'certificate', host, code, expiredAt: code === 'CERT_HAS_EXPIRED' ? expiredAt : undefined });
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return new Failed({ kind: 'protocol', host, what: 'no TLS, or none that we speak' });
  return socketFailure(error, host, port);
}

/** Of an HTTP/1.1 answer: Node's parser names what it refuses HPE_... */
export function httpFailure(error: unknown, host: string, port: number): Failed {
  const code = errorCode(error);
  if (code === 'HPE_HEADER_OVERFLOW') return new Failed({ kind: 'too-large', host, what: 'response headers', limit: MAX_HEADERS });
  if (code.startsWith('HPE_')) return new Failed({ kind: 'not-a-control-server', host, status: undefined, what: 'its answer is not HTTP' });
  return socketFailure(error, host, port);
}

/** Bytes of response headers. */
export const MAX_HEADERS = 16 * 1024;
