/**
 * Certificates for tests of TLS, made on the spot with Node alone: an authority, and servers it vouches for. X.509 v3 in
 * DER (RFC 5280), ECDSA with P-256 and SHA-256. Good for nothing but a test's loopback.
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface LabCertificate {
  /** PEM */
  readonly cert: string;
  readonly key: string;
}

interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

const HOUR = 3_600_000;

/** An authority, and how it makes a server's certificate: for a DNS name, valid from an hour before `now` until `ends`. */
export function createLabAuthority(name = 'Bowline test authority'): { readonly cert: string; issue(dnsName: string, ends?: number): LabCertificate } {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer: Signer = { name, key: own.privateKey };
  const authority = extension('551d13', sequence(Buffer.from([1, 1, 0xff])), true);
  return {
    cert: certificate(signer, name, own.publicKey, Date.now() + HOUR, authority),
    issue: (dnsName, ends = Date.now() + HOUR) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = extension('551d11', sequence(tagged(0x82, Buffer.from(dnsName))), false);
      return { cert: certificate(signer, dnsName, pair.publicKey, ends, names), key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

let serial = 1;

function certificate(signer: Signer, subject: string, publicKey: KeyObject, ends: number, ext: Buffer): string {
  const algorithm = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
  const body = sequence(
    tagged(0xa0, Buffer.from([2, 1, 2])),
    tagged(2, Buffer.from([serial++])),
    algorithm,
    commonName(signer.name),
    sequence(time(Math.min(ends, Date.now()) - HOUR), time(ends)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(ext)),
  );
  const signature = sign('sha256', body, signer.key);
  const der = sequence(body, algorithm, tagged(3, Buffer.concat([Buffer.from([0]), signature])));
  return `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

function commonName(text: string): Buffer {
  return sequence(tagged(0x31, sequence(Buffer.from('0603550403', 'hex'), tagged(0x0c, Buffer.from(text)))));
}

/** GeneralizedTime would be wrong before 2050. */
function time(at: number): Buffer {
  return tagged(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

function extension(oid: string, value: Buffer, critical: boolean): Buffer {
  return sequence(tagged(6, Buffer.from(oid, 'hex')), ...(critical ? [Buffer.from([1, 1, 0xff])] : []), tagged(4, value));
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const n = content.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
