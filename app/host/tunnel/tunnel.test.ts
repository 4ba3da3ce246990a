import { describe, expect, it } from 'vitest';
import type { PeerId } from '../../base/brand.ts';
import { formatEndpoint, type IpEndpoint } from '../../base/ip.ts';
import type { WgConfig } from '../../config/types.ts';
import { parseWgQuick } from '../../config/wg-quick.ts';
import { toBase64 } from '../../keys/keys.ts';
import type { DataplaneFact } from '../../ports/dataplane.ts';
import { instant } from '../../time/instant.ts';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { EndpointNames } from './endpoint-names.ts';
import { nodeConfig, peerWithOurKey, publicKeyOf } from './node-config.ts';

const key = (n: number): string => toBase64(new Uint8Array(32).fill(n));

function config(...endpoints: string[]): WgConfig {
  const peers = endpoints.map((endpoint, i) => `[Peer] # peer-${i}\nPublicKey = ${key(i + 2)}\nPersistentKeepalive = 25\n${endpoint === '' ? '' : `Endpoint = ${endpoint}\n`}`);
  const parsed = parseWgQuick(`[Interface]\nPrivateKey = ${key(1)}\nAddress = 10.0.0.1\n${peers.join('')}`, 'wg0.conf');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
}

const text = (endpoint: IpEndpoint | undefined): string | undefined => (endpoint === undefined ? undefined : formatEndpoint(endpoint));
const handshakeSent = (peer: number, attempt: number): DataplaneFact => ({ kind: 'handshake-sent', peer: peer as PeerId, at: instant(1), attempt });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Names, a name service, a clock and a waiting room, all played. */
function play(endpoints: readonly string[], store = createMemoryStore()) {
  const answers = new Map<string, string[]>();
  const asked: string[] = [];
  const found: string[] = [];
  const told: string[] = [];
  const waiting: { readonly work: () => void; readonly ms: number }[] = [];
  const time = { now: 1_000 };
  const names = new EndpointNames({
    peers: config(...endpoints).peers,
    lookup: (host) => {
      asked.push(host);
      const answer = answers.get(host);
      return answer === undefined ? Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) : Promise.resolve(answer);
    },
    store,
    log: { write: (level, _, line) => told.push(`${level} ${line}`) },
    now: () => time.now,
    later: (work, ms) => {
      const entry = { work, ms };
      waiting.push(entry);
      return () => void waiting.splice(waiting.indexOf(entry), 1);
    },
  });
  const begin = (): void => names.begin((peer, endpoint) => found.push(`${peer} ${formatEndpoint(endpoint)}`));
  return { names, answers, asked, found, told, waiting, time, store, begin };
}

describe('endpoint names', () => {
  it('are found at the start; addresses need no name service', async () => {
    const { names, answers, asked } = play(['192.0.2.1:1', 'bee.test:2', '', 'sea.test:3']);
    answers.set('bee.test', ['192.0.2.7', '192.0.2.8']).set('sea.test', ['2001:db8::5']);
    expect((await names.atStart()).map(text)).toEqual(['192.0.2.1:1', '192.0.2.7:2', undefined, '[2001:db8::5]:3']);
    expect(asked).toEqual(['bee.test', 'sea.test']);
    expect(names.missing).toEqual([]);
  });

  it('have their last good address from disk when nobody answers', async () => {
    const first = play(['bee.test:2']);
    first.answers.set('bee.test', ['192.0.2.7']);
    await first.names.atStart();
    const { names, told } = play(['bee.test:2'], first.store);
    expect((await names.atStart()).map(text)).toEqual(['192.0.2.7:2']);
    expect(told).toEqual(['warn bee.test could not be resolved (ENOTFOUND): the address from before is used, 192.0.2.7']);
  });

  it('without an address are tried again, less and less often, until there is one', async () => {
    const { names, answers, found, waiting, begin } = play(['bee.test:2']);
    expect((await names.atStart()).map(text)).toEqual([undefined]);
    expect(names.missing).toEqual(['bee.test']);
    waiting.length = 0;
    begin();
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const next = waiting.shift()!;
      waits.push(next.ms);
      if (i === 6) answers.set('bee.test', ['192.0.2.9']);
      next.work();
      await settled();
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(found).toEqual(['0 192.0.2.9:2']);
    expect(waiting).toEqual([]);
  });

  it('are looked up again when their peer leaves a second handshake unanswered, not more often than every 15 s', async () => {
    const { names, answers, asked, found, time, begin } = play(['192.0.2.1:1', 'bee.test:2']);
    answers.set('bee.test', ['192.0.2.7']);
    await names.atStart();
    begin();
    answers.set('bee.test', ['192.0.2.8']);
    names.hear(handshakeSent(1, 2));
    time.now += 20_000;
    names.hear(handshakeSent(1, 1));
    names.hear(handshakeSent(0, 9));
    await settled();
    expect(asked).toHaveLength(1);
    names.hear(handshakeSent(1, 2));
    names.hear({ kind: 'handshake-gave-up', peer: 1 as PeerId, at: instant(1), attempts: 18 });
    await settled();
    expect(asked).toHaveLength(2);
    expect(found).toEqual(['1 192.0.2.8:2']);
  });

  it('with several addresses are used in turn, because the one in use does not answer', async () => {
    const { names, answers, found, time, begin } = play(['bee.test:2']);
    answers.set('bee.test', ['192.0.2.7', '2001:db8::7']);
    await names.atStart();
    begin();
    for (let i = 0; i < 2; i++) {
      time.now += 20_000;
      names.hear(handshakeSent(0, 2));
      await settled();
    }
    expect(found).toEqual(['0 [2001:db8::7]:2', '0 192.0.2.7:2']);
  });

  it('tell nothing any more after close', async () => {
    const { names, found, waiting, begin } = play(['bee.test:2']);
    await names.atStart();
    begin();
    names.close();
    expect(waiting).toEqual([]);
    expect(found).toEqual([]);
  });

  it('survive a store with something else in it', async () => {
    const store = createMemoryStore();
    for (const wrong of ['not json', '[1]', '{"bee.test": 7}', '{"bee.test": "nowhere"}']) {
      store.write('endpoint-names', new TextEncoder().encode(wrong));
      expect((await play(['bee.test:2'], store).names.atStart()).map(text)).toEqual([undefined]);
    }
  });
});

describe('a node configuration', () => {
  it('keeps the order of peers and what the file says', () => {
    const of = config('192.0.2.1:1', 'bee.test:2');
    const publicKey = publicKeyOf(of, createSodiumCrypto());
    const node = nodeConfig({ config: of, publicKey, name: 'here', mtu: 1_380, endpoints: [undefined, { address: of.interface.addresses[0]!.address, port: 9 }] });
    expect(node).toMatchObject({ name: 'here', mtu: 1_380, addresses: [of.interface.addresses[0]!.address] });
    expect(node.peers.map((peer) => [peer.name, text(peer.endpoint), peer.persistentKeepaliveMs])).toEqual([['peer-0', undefined, 25_000], ['peer-1', '10.0.0.1:9', 25_000]]);
  });

  it('has no peer with our own key', () => {
    const of = config('192.0.2.1:1');
    expect(peerWithOurKey(of, publicKeyOf(of, createSodiumCrypto()))).toBeUndefined();
    expect(peerWithOurKey(of, of.peers[0]!.publicKey)).toBe(of.peers[0]);
  });
});
