/**
 * TLS over a connected socket, verified. Both requests of a connection are: `/key` because it is where the server's key is
 * learned, `/ts2021` because it costs nothing more and then a server of an expired or foreign certificate is told as such,
 * whichever request meets it. Offers HTTP/1.1 alone: an upgrade does not exist in HTTP/2.
 */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { settled } from './dial.ts';
import { Failed, tlsFailure } from './failure.ts';

export function secure(socket: Duplex, host: string, port: number, roots: readonly string[]): Promise<tls.TLSSocket | Failed> {
  const { promise, resolve } = settled<tls.TLSSocket | Failed>();
  const wrapped = tls.connect({ socket, host, ALPNProtocols: ['http/1.1'], ca: [...roots], ...(isIP(host) === 0 ? { servername: host } : {}) });
  let expiredAt: number | undefined;
  // Before Node judges the certificate and drops it: when did it end? Only for the words; the judgement is Node's.
  wrapped.prependListener('secure', () => {
    expiredAt = earliestEnd(wrapped.getPeerCertificate(true));
  });
  wrapped.once('secureConnect', () => resolve(wrapped));
  wrapped.on('error', (error) => resolve(tlsFailure(error, host, port, expiredAt)));
  wrapped.once('close', () => resolve(new Failed({ kind: 'closed', host, code: undefined })));
  return promise;
}

/** ms since 1970. */
function earliestEnd(leaf: tls.DetailedPeerCertificate): number | undefined {
  const ends: number[] = [];
  let certificate: tls.DetailedPeerCertificate | undefined = leaf;
  for (let depth = 0; depth < 8 && certificate?.valid_to !== undefined; depth++) {
    ends.push(Date.parse(certificate.valid_to));
    certificate = certificate.issuerCertificate === certificate ? undefined : certificate.issuerCertificate;
  }
  const earliest = Math.min(...ends);
  return Number.isFinite(earliest) ? earliest : undefined;
}
