/** A certificate authority that lives as long as a test, and certificates from it, by openssl. Nothing trusts it but what is told to. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toTheEnd } from './rooms.ts';

const SYSTEM_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const DAY = 86_400_000;
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

  /** For a server of this name; `ended`: it was good for two days, until then. */
  async issue(name: string, ended?: Date): Promise<Certificate> {
    const [from, to] = ended === undefined ? [Date.now() - DAY, Date.now() + DAY] : [ended.getTime() - 2 * DAY, ended.getTime()];
    const file = (kind: string): string => join(this.#folder, `${name}${ended === undefined ? '' : '-ended'}.${kind}`);
    const [key, request, certificate, settings, index] = ['key', 'csr', 'crt', 'cnf', 'index'].map(file) as [string, string, string, string, string];
    writeFileSync(index, '');
    writeFileSync(settings, `[ca]\ndefault_ca=lab\n[lab]\ndatabase=${index}\nnew_certs_dir=${this.#folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nx509_extensions=server\n[any]\ncommonName=supplied\n[server]\nsubjectAltName=DNS:${name}\nextendedKeyUsage=serverAuth\n`);
    await openssl(['req', '-new', ...EC, '-subj', `/CN=${name}`, '-keyout', key, '-out', request]);
    await openssl(['ca', '-batch', '-notext', '-config', settings, '-in', request, '-cert', this.authority, '-keyfile', join(this.#folder, 'ca.key'), '-startdate', asn1Time(from), '-enddate', asn1Time(to), '-out', certificate]);
    return { certificate, key };
  }
}

/** 20260503120000Z */
function asn1Time(ms: number): string {
  return `${new Date(ms).toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`;
}

async function openssl(args: readonly string[]): Promise<void> {
  const ran = await toTheEnd(['openssl', ...args]);
  if (ran.status !== 0) throw new Error(`openssl ${args[0] ?? ''}: ${ran.error}`);
}
