/** The relay machine and the relay link against the real derper: packets both ways, a relay that dies and comes back, and one that hangs. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RelayOutput } from '../../app/relay/types.ts';
import { createTestRelayLink } from '../kit/relay-link.ts';
import { RealRelays } from '../kit/real-relays.ts';
import { createLabAuthority } from '../kit/lab-certificate.ts';
import { LoopbackDerper, REGION } from './loopback-derper.ts';
import { until } from './rooms.ts';

let derper: LoopbackDerper;
const open: RealRelays[] = [];
beforeAll(async () => {
  derper = await LoopbackDerper.start();
});
afterEach(() => derper.thaw());
afterAll(async () => {
  for (const client of open) client.close();
  await derper.close();
});

interface Client {
  readonly real: RealRelays;
  readonly got: { readonly source: string; readonly text: string }[];
  readonly gone: string[];
  readonly told: RelayOutput[];
  send(to: Client, text: string | Uint8Array): string;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

async function client(roots: readonly string[] = [derper.authority.cert]): Promise<Client> {
  const made = joining(roots);
  await until(() => Promise.resolve(made.real.isUp), 'the relay lets us in');
  return made;
}

function joining(roots: readonly string[]): Client {
  const [got, gone, told]: [Client['got'], string[], RelayOutput[]] = [[], [], []];
  const real = new RealRelays({
    map: derper.map,
    home: REGION,
    roots,
    sink: { packet: (_region, source, bytes) => void got.push({ source: hex(source), text: hex(bytes) }), peerGone: (_region, peer) => void gone.push(hex(peer)) },
    told: (output) => void told.push(output),
  });
  open.push(real);
  return {
    real,
    got,
    gone,
    told,
    send: (to, text) => {
      const sent = real.relays.send(REGION, to.real.key, typeof text === 'string' ? Buffer.from(text) : text, real.now);
      real.drain();
      return sent;
    },
  };
}

describe('two clients of the real derper', () => {
  it('exchange packets of every size, from the key that sent them', async () => {
    const [a, b] = [await client(), await client()];
    const sizes = [1, 32, 1_280, 9_000, 65_536];
    for (const size of sizes) {
      const [there, back] = [randomBytes(size), randomBytes(size)];
      expect(a.send(b, there)).toBe('sent');
      expect(b.send(a, back)).toBe('sent');
      await until(() => Promise.resolve(a.got.some(({ text }) => text === hex(back)) && b.got.some(({ text }) => text === hex(there))), `${size} bytes arrive`);
    }
    expect(new Set(b.got.map(({ source }) => source))).toEqual(new Set([hex(a.real.key)]));
    expect(new Set(a.got.map(({ source }) => source))).toEqual(new Set([hex(b.real.key)]));
  });

  it('survive its death: both are back without a deed of anybody, and packets flow again', async () => {
    const [a, b] = [await client(), await client()];
    a.send(b, 'before');
    await until(() => Promise.resolve(b.got.length === 1), 'a packet arrives');
    await derper.kill();
    await until(() => Promise.resolve(!a.real.isUp && !b.real.isUp), 'both notice');
    expect(a.told).toContainEqual(expect.objectContaining({ kind: 'incident-began', cause: { kind: 'lost', failure: expect.objectContaining({ host: 'derp.test' }) } }));
    await new Promise((done) => setTimeout(done, 1_000));
    expect(a.real.relays.state(REGION)).toMatchObject({ kind: expect.stringMatching(/backing-off|connecting/) });
    await derper.start();
    const began = Date.now();
    await until(() => Promise.resolve(a.real.isUp && b.real.isUp), 'both are back', 15_000);
    expect(Date.now() - began).toBeLessThan(8_000);
    a.send(b, 'after');
    await until(() => Promise.resolve(b.got.length === 2), 'a packet arrives again');
    expect(a.told.filter(({ kind }) => kind === 'incident-ended')).toEqual([expect.objectContaining({ result: 'up-again' })]);
  });

  it('find out that it hangs when they ask, and are back when it wakes', async () => {
    const a = await client();
    // What was heard just now needs no doubt.
    await new Promise((done) => setTimeout(done, 1_200));
    derper.freeze();
    a.real.relays.handle({ kind: 'network', now: 'changed' }, a.real.now);
    a.real.drain();
    await until(() => Promise.resolve(a.real.relays.state(REGION).kind === 'connecting' || a.real.relays.state(REGION).kind === 'backing-off'), 'no pong comes', 10_000);
    expect(a.told).toContainEqual(expect.objectContaining({ kind: 'incident-began', cause: expect.objectContaining({ kind: 'no-pong' }) }));
    derper.thaw();
    await until(() => Promise.resolve(a.real.isUp), 'it is back', 20_000);
  });

  it('hear that a peer is gone', async () => {
    const [a, b] = [await client(), await client()];
    // The relay tells those whom the peer has spoken to.
    b.send(a, 'hello');
    await until(() => Promise.resolve(a.got.length === 1), 'a packet arrives');
    b.real.close();
    await until(() => Promise.resolve(a.gone.includes(hex(b.real.key))), 'the relay tells');
  });
});

describe('the link alone', () => {
  it('opens the real derper, gets its greeting with the headers or behind them, and knows what a stranger is', async () => {
    const test = createTestRelayLink({ roots: () => [derper.authority.cert] });
    const nodes = derper.map.regions.get(REGION)?.nodes ?? [];
    test.open(nodes);
    expect(await test.next('opened')).toMatchObject({ node: '900a', localAddress: '127.0.0.1' });
    const greeting = Buffer.from((await test.next('data')).bytes);
    expect(greeting.subarray(5, 13).toString('latin1')).toBe(Buffer.from('DERP🔑').toString('latin1'));
    test.link.close();
    const stranger = createTestRelayLink({ roots: () => [createLabAuthority('Another').cert] });
    stranger.open(nodes);
    expect((await stranger.next('lost')).failure).toMatchObject({ kind: 'certificate', host: 'derp.test' });
    stranger.link.close();
  });
});
