/**
 * Latency and throughput of the direct path in a tailnet: two nodes of Bowline and two of tailscaled under one control server and
 * one relay, over the same router, in turns. A round in which a pair is not direct fails.
 */
import { compare, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { withLab, type Lab } from '../tunnel/lab.ts';
import { pingMedian, reachable, serve, tcp } from '../tunnel/load.ts';
import type { Running } from '../tunnel/products.ts';
import { missing, tailscalePrograms, type TailscalePrograms } from '../tunnel/programs.ts';
import { startServers } from '../tunnel/tailnet-servers.ts';
import { Hub, HUB_ADDRESS } from './hub.ts';
import { pairMakers, type PairMaker } from './nodes.ts';

const GIGA = 1e9;
/** ms until a pair that talks has found its direct path. */
const DIRECT_WITHIN = 60_000;

const MEASURES = { 'ping, idle': 'ms, median of 200', 'TCP one stream': 'Gbit/s' } as const;
type Measure = keyof typeof MEASURES;

interface Contender {
  readonly maker: PairMaker;
  readonly running: Running;
  readonly samples: Readonly<Record<Measure, number>>[];
}

async function untilDirect({ maker, running }: Contender): Promise<void> {
  for (const end = Date.now() + DIRECT_WITHIN; (await maker.way(running)) !== 'direct'; ) {
    if (Date.now() > end) throw new Error(`${maker.name}: no direct path within ${DIRECT_WITHIN / 1_000} s`);
    await reachable(running);
  }
}

async function measureOnce(contender: Contender, seconds: number): Promise<Readonly<Record<Measure, number>>> {
  const { maker, running } = contender;
  await untilDirect(contender);
  const ping = await pingMedian(running);
  const { bitsPerSecond } = await tcp(running, 1, 'forward', seconds);
  if ((await maker.way(running)) !== 'direct') throw new Error(`${maker.name}: it went by the relay in the end`);
  return { 'ping, idle': ping, 'TCP one stream': bitsPerSecond / GIGA };
}

async function run(lab: Lab, programs: TailscalePrograms, options: BenchOptions, say: (line: string) => void): Promise<Row[]> {
  const hub = new Hub(lab);
  await hub.forward();
  const servers = await startServers(lab, hub.at, HUB_ADDRESS, programs);
  const contenders: Contender[] = [];
  for (const maker of pairMakers(lab, hub, servers, programs)) {
    say(`starting ${maker.name} (${maker.version})`);
    const running = await maker.start();
    await serve(running);
    contenders.push({ maker, running, samples: [] });
  }
  for (let r = 0; r <= options.rounds; r++) {
    for (let i = 0; i < contenders.length; i++) {
      const contender = contenders[(i + r) % contenders.length]!;
      const once = await measureOnce(contender, options.seconds);
      if (r > 0) contender.samples.push(once);
      say(`${r === 0 ? 'warm-up' : `round ${r}`}, ${contender.maker.name}: ping ${once['ping, idle'].toFixed(2)} ms, ${once['TCP one stream'].toFixed(2)} Gbit/s`);
    }
  }
  return (Object.keys(MEASURES) as Measure[]).map((measure) => {
    const [ours, ...others] = contenders.map(({ maker: { name, version }, samples }) => ({ name, version, samples: samples.map((once) => once[measure]) }));
    return compare(measure, MEASURES[measure], ours!.samples, others);
  });
}

export const direct: Bench = {
  name: 'direct',
  what: 'latency and throughput of the direct path between two nodes of a tailnet, beside tailscaled in the same one',
  needs: 'Linux, root, iproute2, iputils-ping, iperf3, wireguard-tools, openssl; tailscaled, tailscale, headscale and derper on PATH or in $BOWLINE_PEERS',
  seconds: 3,
  run(options, say) {
    const lacking = missing();
    if (lacking !== undefined) return Promise.reject(new Error(lacking));
    const programs = tailscalePrograms();
    if (!('tailscaled' in programs)) return Promise.reject(new Error(`it needs programs that are not here: ${programs.join(', ')}`));
    return withLab((lab) => run(lab, programs, options, say));
  },
};
