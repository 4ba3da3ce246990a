/**
 * What a connected engine costs while nothing happens: CPU, wake-ups and memory of its process with 5 and with 100 quiet
 * peers. The peers are real engines in another process; each has a session with the host and says nothing. The scale
 * beside it: a Node process with one waiting worker and nothing else. Needs Linux's /proc. With --tun it watches the whole
 * product with a network device instead, which needs root.
 */
import type { Bench, Row } from './bench.ts';
import { quietTunnel } from './idle-tun.ts';
import { ask, startChild, watchQuiet } from './idle-watch.ts';
import { keyPair } from './key-pair.ts';

const PEERS = [5, 100];

async function quietPeers(count: number, slices: number, sliceMs: number, say: (line: string) => void): Promise<Row[]> {
  const host = startChild();
  const far = startChild();
  try {
    const keys = keyPair();
    const peers = Array.from({ length: count }, keyPair);
    const { ports } = await ask(far, { kind: 'play-peers', hostKey: keys.publicKey, peers }, 'playing');
    await ask(host, { kind: 'run-host', ...keys, peers: peers.map(({ publicKey }, i) => ({ publicKey, port: ports[i]! })) }, 'quiet');
    const wakeUps = async (): Promise<Readonly<Record<string, number>>> => (await ask(host, { kind: 'tell' }, 'told')).wakeups;
    return await watchQuiet({ pid: host.pid!, what: `${count} quiet peers`, slices, sliceMs, wakeUps }, say);
  } finally {
    for (const child of [host, far]) child.kill('SIGKILL');
  }
}

export const idle: Bench = {
  name: 'idle',
  what: 'CPU, wake-ups with their reasons, and memory of an engine with 5 and with 100 quiet peers (--tun: bowline up with 100)',
  needs: 'Linux (/proc); with --tun also root and iproute2',
  seconds: 60,
  async run({ rounds, seconds, tun }, say) {
    if (process.platform !== 'linux') throw new Error('reads /proc, which only Linux has');
    const sliceMs = (seconds * 1_000) / rounds;
    if (tun) return quietTunnel(100, rounds, sliceMs, say);
    const rows: Row[] = [];
    for (const count of PEERS) rows.push(...(await quietPeers(count, rounds, sliceMs, say)));
    return rows;
  },
};
