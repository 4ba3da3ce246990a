/**
 * The idle benchmark with everything a person runs: `bowline up` with a real network device in a namespace, its control
 * socket and its page, and quiet peers across a cable. Needs root.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { formatPrefix } from '../app/base/ip.ts';
import type { PeerStatus } from '../app/api/schema.ts';
import { prefixOf } from './addresses.ts';
import type { Row } from './bench.ts';
import { ask, startChild, watchQuiet } from './idle-watch.ts';
import { keyPair } from './key-pair.ts';
import { UNDERLAY, withLab } from './tunnel/lab.ts';
import { bowlineUp } from './tunnel/products.ts';

/** Every peer is called once at the start; a call that is lost is repeated. */
const SESSIONS_WITHIN = 30_000;

export function quietTunnel(count: number, slices: number, sliceMs: number, say: (line: string) => void): Promise<Row[]> {
  if (process.getuid?.() !== 0) return Promise.reject(new Error('--tun needs root, for network namespaces and devices'));
  return withLab(async (lab) => {
    const pair = lab.pair();
    const far = startChild(['ip', 'netns', 'exec', pair.name('b')]);
    const keys = keyPair();
    const peers = Array.from({ length: count }, keyPair);
    const { ports } = await ask(far, { kind: 'play-peers', hostKey: keys.publicKey, peers }, 'playing');
    const sections = peers.map(({ publicKey }, i) => `[Peer]\nPublicKey = ${publicKey}\nAllowedIPs = ${formatPrefix(prefixOf(i + 1))}\nEndpoint = ${UNDERLAY.b}:${ports[i]!}`);
    const config = [`[Interface]\nPrivateKey = ${keys.privateKey}\nAddress = ${formatPrefix(prefixOf(0))}`, ...sections].join('\n');
    const { end, ask: bowline } = await bowlineUp(lab, pair, 'a', config);
    const silent = async (): Promise<number> => {
      const { peers } = JSON.parse(await bowline('status')) as { peers: PeerStatus[] };
      return peers.filter(({ handshakeAgeSeconds }) => handshakeAgeSeconds === null).length;
    };
    for (const until = Date.now() + SESSIONS_WITHIN; ; await wait(500)) {
      const without = await silent();
      if (without === 0) break;
      if (Date.now() > until) throw new Error(`${without} of ${count} peers have no session after ${SESSIONS_WITHIN / 1_000} s`);
    }
    const wakeUps = async (): Promise<Record<string, number>> => (JSON.parse(await bowline('status', '--verbose')) as { verbose: { wakeups: Record<string, number> } }).verbose.wakeups;
    return watchQuiet({ pid: end.pid, what: `${count} quiet peers, bowline up with a device`, slices, sliceMs, wakeUps }, say);
  });
}
