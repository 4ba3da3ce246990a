/**
 * The certificates that vouch for control servers and relays: those of the runtime, those the administrator added to this computer,
 * and NODE_EXTRA_CA_CERTS. A family's or a company's own authority lives in the second. Read anew for each connection, so
 * that an authority added while Bowline runs is seen.
 */
import fs from 'node:fs';
import tls from 'node:tls';

/** Where Linux systems keep the administrator's bundle. */
const BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem'];

export function trustedRoots(): string[] {
  const runtime: Pick<typeof tls, 'rootCertificates'> & { readonly getCACertificates?: (kind: 'default' | 'system') => string[] } = tls;
  if (runtime.getCACertificates !== undefined) return [...new Set([...runtime.getCACertificates('default'), ...runtime.getCACertificates('system')])];
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  const files = [...(process.platform === 'linux' ? BUNDLES : []), ...(extra === undefined ? [] : [extra])];
  return [...new Set([...tls.rootCertificates, ...files.flatMap(certificatesIn)])];
}

function certificatesIn(file: string): readonly string[] {
  try {
    return fs.readFileSync(file, 'latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  } catch {
    return [];
  }
}
