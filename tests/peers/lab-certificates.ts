/** A certificate authority that lives as long as a test, and certificates from it, by openssl. Nothing trusts it but what is told to. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toTheEnd } from './rooms.ts';

const SYSTEM_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export class LabCertificates {
  /** PEM of the authority alone, for NODE_EXTRA_CA_CERTS. */
  readonly authority: string;
  /** The system's authorities and this one, for SSL_CERT_FILE. */
  readonly bundle: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.authority = join(folder, 'ca.crt');
    this.bundle = join(folder, 'bundle.pem');
  }

  static async make(folder: string): Promise<LabCertificates> {
    const made = new LabCertificates(folder);
    await openssl(['req', '-x509', ...EC, '-days', '2', '-subj', '/CN=Bowline lab CA', '-keyout', join(folder, 'ca.key'), '-out', made.authority]);
    writeFileSync(made.bundle, readFileSync(SYSTEM_BUNDLE, 'utf8') + readFileSync(made.authority, 'utf8'));
    return made;
  }

  /** For a server of this name. */
  async issue(name: string): Promise<Certificate> {
    const [key, request, certificate, names] = ['key', 'csr', 'crt', 'ext'].map((kind) => join(this.#folder, `${name}.${kind}`)) as [string, string, string, string];
    writeFileSync(names, `subjectAltName=DNS:${name}\nextendedKeyUsage=serverAuth\n`);
    await openssl(['req', '-new', ...EC, '-subj', `/CN=${name}`, '-keyout', key, '-out', request]);
    await openssl(['x509', '-req', '-in', request, '-CA', this.authority, '-CAkey', join(this.#folder, 'ca.key'), '-CAcreateserial', '-days', '1', '-extfile', names, '-out', certificate]);
    return { certificate, key };
  }
}

async function openssl(args: readonly string[]): Promise<void> {
  const ran = await toTheEnd(['openssl', ...args]);
  if (ran.status !== 0) throw new Error(`openssl ${args[0] ?? ''}: ${ran.error}`);
}
