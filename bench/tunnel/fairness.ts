/**
 * Whether everybody is served while a tunnel is full: one node with two peers, each a `bowline up` of its own. What does the
 * second peer get beside the first, how long does a ping to it take, and does the node still answer questions?
 */
import { connectControl } from '../../app/host/control-socket/client.ts';
import { compare, type Bench, type Row } from '../bench.ts';
import { keyPair } from '../key-pair.ts';
import { UNDERLAY, withLab, type Lab, type Pair } from './lab.ts';
import { bowlineUp } from './products.ts';
import { missing } from './programs.ts';
import { wgFile } from './wg-file.ts';

const PORT = 51_820;
/** The far ends live in one namespace, so each knows the node by an address of its own. */
const OVERLAY = { first: '10.77.0.2', second: '10.78.0.2' } as const;
const NODE = { first: '10.77.0.1', second: '10.78.0.1' } as const;
const PINGS = 200;
const PING_EVERY_S = 0.005;
/** ms between questions. */
const ASK_EVERY = 50;

interface Samples {
  readonly share: number[];
  readonly shareOfFive: number[];
  readonly ping: number[];
  readonly answer: number[];
}

async function run(lab: Lab, rounds: number, seconds: number, say: (line: string) => void): Promise<Row[]> {
  const pair = lab.pair();
  const keys = { node: keyPair(), first: keyPair(), second: keyPair() };
  const caller = (of: 'first' | 'second') => [{ publicKey: keys.node.publicKey, allowed: `${NODE[of]}/32`, endpoint: `${UNDERLAY.a}:${PORT}` }];
  await bowlineUp(lab, pair, 'b', wgFile(keys.first, [OVERLAY.first], PORT, caller('first')), { device: 'bowl1' });
  await bowlineUp(lab, pair, 'b', wgFile(keys.second, [OVERLAY.second], PORT + 1, caller('second')), { device: 'bowl2' });
  const far = (['first', 'second'] as const).map((name, i) => ({ publicKey: keys[name].publicKey, allowed: `${OVERLAY[name]}/32`, endpoint: `${UNDERLAY.b}:${PORT + i}` }));
  const { socket } = await bowlineUp(lab, pair, 'a', wgFile(keys.node, [NODE.first, NODE.second], PORT, far));
  for (const name of ['first', 'second'] as const) {
    const server = pair.start('b', ['iperf3', '-s', '-B', OVERLAY[name]]);
    await server.until(async () => (await pair.run('b', 'ss', '-Hltn', 'src', `${OVERLAY[name]}:5201`)) !== '');
  }
  const samples: Samples = { share: [], shareOfFive: [], ping: [], answer: [] };
  for (let r = 0; r <= rounds; r++) {
    const [first, second] = await Promise.all([load(pair, 'first', 1, seconds), load(pair, 'second', 1, seconds)]);
    const [four, one] = await Promise.all([load(pair, 'first', 4, seconds), load(pair, 'second', 1, seconds)]);
    const busy = load(pair, 'first', 4, Math.ceil(PINGS * PING_EVERY_S) + 2);
    await new Promise((resolve) => setTimeout(resolve, 700));
    const [ping, answer] = await Promise.all([pingMedian(pair), answerMedian(socket, PINGS * PING_EVERY_S * 1_000), busy]);
    say(`${r === 0 ? 'warm-up' : `round ${r}`}: ${(first / 1e9).toFixed(2)} and ${(second / 1e9).toFixed(2)} Gbit/s; four beside one ${(four / 1e9).toFixed(2)} and ${(one / 1e9).toFixed(2)}; ping ${ping} ms, status ${answer.toFixed(1)} ms`);
    if (r === 0) continue;
    samples.share.push((100 * second) / (first + second));
    samples.shareOfFive.push((100 * one) / (four + one));
    samples.ping.push(ping);
    samples.answer.push(answer);
  }
  return [
    compare("second peer's part of all, one stream to each peer", '% (50 is even)', samples.share, []),
    compare("second peer's part of all, one stream beside four", '% (20 is even)', samples.shareOfFive, []),
    compare('ping to the second peer beside four streams to the first', 'ms, median of 200', samples.ping, []),
    compare('the node says its status, beside the same', 'ms, median', samples.answer, []),
  ];
}

/** Bits per second that arrived. */
async function load(pair: Pair, to: 'first' | 'second', streams: number, seconds: number): Promise<number> {
  const said = JSON.parse(await pair.run('a', 'iperf3', '-c', OVERLAY[to], '-B', NODE[to], '-t', String(seconds), '-P', String(streams), '-J')) as { error?: string; end: { sum_received: { bytes: number; seconds: number } } };
  if (said.error !== undefined) throw new Error(`iperf3 to the ${to} peer: ${said.error}`);
  const { bytes, seconds: took } = said.end.sum_received;
  return (8 * bytes) / Math.max(took, seconds);
}

async function pingMedian(pair: Pair): Promise<number> {
  const out = await pair.run('a', 'ping', '-n', '-c', String(PINGS), '-i', String(PING_EVERY_S), '-W', '1', '-I', NODE.second, OVERLAY.second);
  return median([...out.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time)));
}

async function answerMedian(socket: string, forMs: number): Promise<number> {
  const connected = await connectControl(socket);
  if (!connected.ok) throw new Error(connected.error.message);
  const client = connected.value;
  const took: number[] = [];
  try {
    for (const until = performance.now() + forMs; performance.now() < until; ) {
      const asked = performance.now();
      const answer = await client.request('status', {});
      if (!answer.ok) throw new Error(answer.error.message);
      took.push(performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
    }
  } finally {
    client.close();
  }
  return median(took);
}

function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('nothing was answered');
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

export const fairness: Bench = {
  name: 'fairness',
  what: 'a node with two peers at full speed: the share of the second, a ping to it, and whether the node still answers',
  needs: 'Linux, root, iproute2, iputils-ping, iperf3',
  seconds: 4,
  run({ rounds, seconds }, say) {
    const lacking = missing();
    if (lacking !== undefined) return Promise.reject(new Error(lacking));
    return withLab((lab) => run(lab, rounds, seconds, say));
  },
};
