/**
 * Throughput, latency and processor time between two nodes that have no other way than a relay: two of Bowline and two of
 * tailscaled, in one tailnet, through the same derper, in turns. Nothing between them can be direct (hub.ts).
 */
import { compare, spread, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { useOf } from '../proc.ts';
import { withLab, type Lab } from '../tunnel/lab.ts';
import { pingMedian, pingUnderLoad, reachable, serve, tcp, udpAt } from '../tunnel/load.ts';
import { machineBusy } from '../tunnel/machine-busy.ts';
import type { Running } from '../tunnel/products.ts';
import { missing, tailscalePrograms, type TailscalePrograms } from '../tunnel/programs.ts';
import { startServers } from '../tunnel/tailnet-servers.ts';
import { Hub, HUB_ADDRESS } from './hub.ts';
import { pairMakers } from './nodes.ts';

const MEGA = 1e6;
const GIGA = 1e9;
/** Bits per second and bytes of payload of the UDP stream: a call with video. */
const STEADY = { bitsPerSecond: 20 * MEGA, payload: 1_200 } as const;
/** Percent of all cores. */
const QUIET_BUSY = 10;

const MEASURES = {
  'TCP one stream': 'Mbit/s',
  'TCP four streams': 'Mbit/s',
  'TCP one stream, reverse': 'Mbit/s',
  'UDP at 20 Mbit/s, lost': '%',
  'ping, idle': 'ms, median of 200',
  'ping, beside four TCP streams': 'ms, median of 200',
  'CPU of both ends, TCP one stream': 's/GB',
  'CPU of the relay, TCP one stream': 's/GB',
  'other work on the machine, before': '% of all cores',
} as const;
type Measure = keyof typeof MEASURES;
type Samples = Readonly<Record<Measure, number>>;

interface Contender {
  readonly name: string;
  readonly version: string;
  readonly running: Running;
  readonly samples: Samples[];
}

async function measureOnce(running: Running, relayPid: number, seconds: number): Promise<Samples> {
  const busy = await machineBusy();
  await reachable(running);
  const idle = await pingMedian(running);
  const cpu = (): { ends: number; relay: number } => ({ ends: running.pids.reduce((sum, pid) => sum + useOf(pid).cpuSeconds, 0), relay: useOf(relayPid).cpuSeconds });
  const before = cpu();
  const one = await tcp(running, 1, 'forward', seconds);
  const after = cpu();
  return {
    'TCP one stream': one.bitsPerSecond / MEGA,
    'TCP four streams': (await tcp(running, 4, 'forward', seconds)).bitsPerSecond / MEGA,
    'TCP one stream, reverse': (await tcp(running, 1, 'reverse', seconds)).bitsPerSecond / MEGA,
    'UDP at 20 Mbit/s, lost': await udpAt(running, STEADY, seconds),
    'ping, idle': idle,
    'ping, beside four TCP streams': await pingUnderLoad(running),
    'CPU of both ends, TCP one stream': (after.ends - before.ends) / (one.bytes / GIGA),
    'CPU of the relay, TCP one stream': (after.relay - before.relay) / (one.bytes / GIGA),
    'other work on the machine, before': busy,
  };
}

async function run(lab: Lab, programs: TailscalePrograms, options: BenchOptions, say: (line: string) => void): Promise<Row[]> {
  const hub = new Hub(lab);
  const servers = await startServers(lab, hub.at, HUB_ADDRESS, programs);
  const contenders: Contender[] = [];
  for (const { name, version, start } of pairMakers(lab, hub, servers, programs)) {
    say(`starting ${name} (${version})`);
    const running = await start();
    await serve(running);
    contenders.push({ name, version, running, samples: [] });
  }
  for (let r = 0; r <= options.rounds; r++) {
    for (let i = 0; i < contenders.length; i++) {
      const { name, running, samples } = contenders[(i + r) % contenders.length]!;
      const once = await measureOnce(running, servers.relayPid, options.seconds).catch((error: unknown) => {
        throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
      if (r > 0) samples.push(once);
      say(`${r === 0 ? 'warm-up' : `round ${r}`}, ${name}: ${once['TCP one stream'].toFixed(0)} Mbit/s, ping ${once['ping, idle'].toFixed(2)} ms`);
    }
  }
  const busy = spread(contenders.flatMap(({ samples }) => samples.map((once) => once['other work on the machine, before'])));
  options.note(`${options.seconds} s a run, all through one derper (${programs.tailscaled.version}).`);
  if (busy.median > QUIET_BUSY) options.note('The machine was busy with other work: read the ratios, not the values.');
  return (Object.keys(MEASURES) as Measure[]).map((measure) => {
    const [ours, ...others] = contenders.map(({ samples, ...contender }) => ({ ...contender, samples: samples.map((once) => once[measure]) }));
    return compare(measure, MEASURES[measure], ours!.samples, others);
  });
}

export const relay: Bench = {
  name: 'relay',
  what: 'throughput, latency and CPU of two nodes that reach each other through a relay alone, beside tailscaled through the same one',
  needs: 'Linux, root, iproute2, iputils-ping, iperf3, wireguard-tools, openssl; tailscaled, tailscale, headscale and derper on PATH or in $BOWLINE_PEERS',
  seconds: 5,
  run(options, say) {
    const lacking = missing();
    if (lacking !== undefined) return Promise.reject(new Error(lacking));
    const programs = tailscalePrograms();
    if (!('tailscaled' in programs)) return Promise.reject(new Error(`it needs programs that are not here: ${programs.join(', ')}`));
    return withLab((lab) => run(lab, programs, options, say));
  },
};
