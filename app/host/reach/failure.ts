/**
 * Failures on the way to a server as values inside host code: a step returns what it made or a Failed. Maps the system's
 * error names to facts that a person can be told. Never holds an error's text: that may carry an address with a password.
 */
import type { ControlFailure } from '../../ports/control-link.ts';
import { errorCode } from '../error-code.ts';

/** What can go wrong before the first byte is said to the server itself. The words of `what` are fixed. */
export type ReachFailure = Extract<ControlFailure, { readonly kind: 'name-unknown' | 'name-service' | 'proxy' | 'refused' | 'unreachable' | 'certificate' | 'protocol' | 'closed' }>;

export class Failed<Failure = ReachFailure> {
  readonly failure: Failure;

  constructor(failure: Failure) {
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
