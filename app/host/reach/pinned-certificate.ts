/**
 * Judges the certificate of a server that is known by the certificate's own SHA-256: no authority vouches for it, but it must
 * be that very one, of that host, and in its time. The handshake has proved that the server owns its key.
 */
import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** What is wrong, in the names that Node has for it; undefined: nothing. `now`: ms since 1970. */
export function judgePinned(certificate: X509Certificate | undefined, sha256: Uint8Array, host: string, now: number): string | undefined {
  if (certificate === undefined || !timingSafeEqual(createHash('sha256').update(certificate.raw).digest(), sha256)) return 'PINNED_CERT_MISMATCH';
  if ((isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) === undefined) return 'ERR_TLS_CERT_ALTNAME_INVALID';
  if (now < Date.parse(certificate.validFrom)) return 'CERT_NOT_YET_VALID';
  return now > Date.parse(certificate.validTo) ? 'CERT_HAS_EXPIRED' : undefined;
}
