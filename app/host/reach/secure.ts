/**
 * TLS over a connected socket, verified by a rule. Servers of control are verified on both their requests: `/key` because it
 * is where the server's key is learned, `/ts2021` because it costs nothing more and then a server of an expired or foreign
 * certificate is told as such, whichever request meets it. Offers HTTP/1.1 alone: an upgrade does not exist in HTTP/2.
 */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { settled } from './dial.ts';
import { Failed, tlsFailure } from './failure.ts';
import { judgePinned } from './pinned-certificate.ts';
import type { Place } from './place.ts';

/** Who is believed. `named`: an authority vouches for this name, undefined: the host's. `pinned`: SHA-256 of the certificate. */
export type TlsRule = { readonly kind: 'named'; readonly name: string | undefined } | { readonly kind: 'pinned'; readonly sha256: Uint8Array } | { readonly kind: 'anyone' };

export const BY_ITS_NAME: TlsRule = { kind: 'named', name: undefined };

/** `watch` sees the connection before its handshake; `suite`: a cipher suite to be preferred. */
export interface TlsWatch {
  readonly suite: string;
  watch(socket: tls.TLSSocket): void;
}

export function secure(socket: Duplex, { host, port }: Pick<Place, 'host' | 'port'>, roots: readonly string[], rule: TlsRule, watch?: TlsWatch): Promise<tls.TLSSocket | Failed> {
  const { promise, resolve } = settled<tls.TLSSocket | Failed>();
  const wrapped = tls.connect({ socket, host, ALPNProtocols: ['http/1.1'], ca: [...roots], ...(isIP(host) === 0 ? { servername: host } : {}), ...(watch === undefined ? {} : { ciphers: `${watch.suite}:${tls.DEFAULT_CIPHERS}` }), ...judgement(rule) });
  watch?.watch(wrapped);
  let expiredAt: number | undefined;
  // Before Node judges the certificate and drops it: when did it end? Only for the words; the judgement is Node's.
  wrapped.prependListener('secure', () => {
    expiredAt = earliestEnd(wrapped.getPeerCertificate(true));
  });
  wrapped.once('secureConnect', () => {
    const wrong = rule.kind === 'pinned' ? judgePinned(wrapped.getPeerX509Certificate(), rule.sha256, host, Date.now()) : undefined;
    if (wrong === undefined) return resolve(wrapped);
    resolve(new Failed({ kind: 'certificate', host, code: wrong, expiredAt: wrong === 'CERT_HAS_EXPIRED' ? expiredAt : undefined }));
    wrapped.destroy();
  });
  wrapped.on('error', (error) => resolve(tlsFailure(error, host, port, expiredAt)));
  wrapped.once('close', () => resolve(new Failed({ kind: 'closed', host, code: undefined })));
  return promise;
}

/** What Node is to judge. A pinned certificate is judged by us: nobody needs to vouch for it. */
function judgement(rule: TlsRule): Pick<tls.ConnectionOptions, 'rejectUnauthorized' | 'checkServerIdentity'> {
  switch (rule.kind) {
    case 'named': {
      const { name } = rule;
      return { rejectUnauthorized: true, ...(name === undefined ? {} : { checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(name, certificate) }) };
    }
    case 'pinned':
    case 'anyone':
      return { rejectUnauthorized: false };
    default:
      return rule satisfies never;
  }
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
