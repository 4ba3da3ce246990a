/** No secret enters a recording: every key of two networks, in every form, is looked for in every byte that is held. */
import { describe, expect, it } from 'vitest';
import { meshRun, staticRun, unpack, type RecordedRun } from '../../tests/kit/recorded-worlds.ts';
import { PresharedKey, PrivateKey, PublicKey, toBase64 } from '../keys/keys.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { PreAuthKey } from '../keys/pre-auth-key.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { Journal } from './journal.ts';
import { recordRng } from './recorded-ports.ts';
import { formatRecording } from './recording.ts';
import { Scrubber } from './scrub.ts';
import { ValueReader, ValueWriter } from './values.ts';

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const forms = (secret: Uint8Array): string[] => [latin(secret), toBase64(secret), Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64url')];

function held(run: RecordedRun): string {
  return run.engines
    .flatMap(({ node }) => {
      const recording = node.recording();
      return [formatRecording(recording), ...recording.segments.map(({ isPacked, bytes }) => latin(isPacked ? unpack(bytes)! : bytes))];
    })
    .join('\n');
}

describe('a recording holds no secret', () => {
  it.each([
    ['plain WireGuard', staticRun, ['private key', 'preshared key']],
    ['a mesh', meshRun, ['disco key', 'auth key', 'node key', 'trial key']],
  ] as const)('of %s', (_name, make, kinds) => {
    const run = make(5);
    const all = held(run);
    for (const kind of kinds) expect([...run.secrets.keys()].some((name) => name.startsWith(kind)), kind).toBe(true);
    for (const [name, secret] of run.secrets) for (const form of forms(secret)) expect(all.includes(form), name).toBe(false);
    // The search finds what is there.
    expect(all.includes('anna-canary')).toBe(true);
  });
});

describe('random bytes', () => {
  it('that may be a key are not kept, those that go out in the clear are', () => {
    const journal = new Journal({ capacity: 10_000, scrub: new Scrubber() });
    const rng = recordRng(createSeededRng(1), journal);
    const [key, open] = [new Uint8Array(32), new Uint8Array(12)];
    rng.fill(key);
    rng.fillPublic(open);
    expect(latin(journal.out.view()).includes(latin(key))).toBe(false);
    expect(latin(journal.out.view()).includes(latin(open))).toBe(true);
  });
});

describe('a value', () => {
  const written = (value: unknown): { readonly text: string; readonly back: unknown } => {
    const out = new ByteWriter();
    new ValueWriter(out, new Scrubber(), true).write(value, 'kind');
    return { text: latin(out.copy()), back: new ValueReader(new ByteReader(out.copy())).read() };
  };
  const secret = Uint8Array.from({ length: 32 }, (_, i) => 65 + i);

  it('that is a secret by its type is never written, whatever its name', () => {
    for (const key of [new PrivateKey(secret), new PresharedKey(secret), new PreAuthKey(latin(secret))]) {
      const { text, back } = written({ publicKey: key, kind: [key], name: new Map([['kind', key]]) });
      for (const form of forms(secret)) expect(text.includes(form)).toBe(false);
      expect(back).toMatchObject({ publicKey: { kind: key.kind } });
    }
  });

  it('under a name that nobody added is withheld; numbers and truth values enter', () => {
    const { text, back } = written({ privateKey: secret, presharedKey: secret, token: 'ABCDEFGH', list: ['ABCDEFGH'], inside: { novel: 'ABCDEFGH' }, n: 5, b: true });
    expect(text).not.toContain('ABCDEFGH');
    expect(back).toEqual({ privateKey: new Uint8Array(32), presharedKey: new Uint8Array(32), token: 'withheld', list: ['withheld'], inside: { novel: 'withheld' }, n: 5, b: true });
  });

  it('that is public comes back as it was', () => {
    const value = { kind: 'fact', name: 'anna', key: secret, bytes: Uint8Array.of(1, 2), at: 12.5, n: [-1, 0, 2 ** 52, 1e300, -0, Number.NaN], host: undefined, via: null, state: new Set(['up']), publicKey: new PublicKey(secret), again: { kind: 'fact', key: secret } };
    expect(written(value).back).toEqual(value);
  });
});

describe('a text of the control protocol', () => {
  const scrub = new Scrubber();

  it('keeps known fields, and of others nothing', () => {
    const text = JSON.stringify({ NodeKey: 'nodekey:00', Auth: { AuthKey: 'secret' }, Hostinfo: { Hostname: 'anna', Password: 'secret' }, New: ['secret'], Regions: { 901: { RegionID: 901, Token: 'secret' } } });
    expect(JSON.parse(scrub.protocolJson(text))).toEqual({ NodeKey: 'nodekey:00', Hostinfo: { Hostname: 'anna' }, Regions: { 901: { RegionID: 901 } } });
  });

  it('keeps of a web address the server only, and tells different ones apart', () => {
    const [a, b] = ['https://hs.example.org/register/secret', 'https://user:secret@hs.example.org/a?t=secret'].map((url) => scrub.webAddress(url));
    expect([a, b]).toEqual(['https://hs.example.org/withheld-1', 'https://hs.example.org/withheld-2']);
    expect(scrub.webAddress('https://hs.example.org/register/secret')).toBe(a);
    expect(scrub.webAddress(a!)).toBe(a);
    expect(scrub.webAddress('https://hs.example.org')).toBe('https://hs.example.org');
    expect(JSON.parse(scrub.protocolJson(JSON.stringify({ AuthURL: 'https://hs.example.org/register/secret', DNSConfig: { Resolvers: [{ Addr: 'https://dns.example.org/secret' }] } })))).toEqual({
      AuthURL: a,
      DNSConfig: { Resolvers: [{ Addr: 'https://dns.example.org/withheld-3' }] },
    });
  });

  it('keeps names of abilities that look like web addresses, and nothing of what stands behind them', () => {
    const text = JSON.stringify({ CapMap: { 'https://example.org/cap/ssh': ['secret', { key: 'secret' }] }, Capabilities: ['https://example.org/cap/file'] });
    expect(JSON.parse(scrub.protocolJson(text))).toEqual({ CapMap: { 'https://example.org/cap/ssh': ['withheld', {}] }, Capabilities: ['https://example.org/cap/file'] });
  });

  it('that is no JSON keeps its length', () => {
    expect(scrub.protocolJson('secret')).toBe('??????');
    expect(scrub.protocolJson('')).toBe('');
  });
});
