/**
 * Throughput, latency and processor time of whole products in real tunnels between two network namespaces: `bowline up` at
 * both ends, the current wireguard-go, the bare cable for scale, and on demand tailscaled beside Bowline at its MTU. All
 * are up at the same time and take turns in each round.
 */
import os from 'node:os';
import { compare, spread, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { useOf } from '../proc.ts';
import { withLab, type Lab } from './lab.ts';
import { pingMedian, pingUnderLoad, reachable, serve, tcp, udpSmall } from './load.ts';
import { machineBusy } from './machine-busy.ts';
import { bareCable, bowline, wireguardGoProduct, type Product, type Running } from './products.ts';
import { missing, tailscalePrograms, wireguardGo } from './programs.ts';
import { tailscaleProduct } from './tailscale.ts';

const MTU = 1_420;
/** tailscaled's. */
const LOW_MTU = 1_280;
const QUIET_LOAD = 2;
/** Percent of all cores. */
const QUIET_BUSY = 10;
const GIGA = 1e9;

const MEASURES = {
  'TCP one stream': 'Gbit/s',
  'TCP four streams': 'Gbit/s',
  'TCP one stream, reverse': 'Gbit/s',
  'TCP four streams, reverse': 'Gbit/s',
  'UDP, 64 bytes of payload': 'packets/s received',
  'ping, idle': 'ms, median of 200',
  'ping, beside four TCP streams': 'ms, median of 200',
  'CPU of both ends, TCP one stream': 's/GB',
  'other work on the machine, before': '% of all cores',
} as const;
type Measure = keyof typeof MEASURES;
type Samples = Partial<Record<Measure, number>>;

/** One comparison: the first is ours. */
interface Group {
  readonly suffix: string;
  readonly contenders: readonly Contender[];
}

interface Contender {
  readonly product: Product;
  readonly running: Running;
  readonly samples: Samples[];
}

async function measureOnce(running: Running, seconds: number): Promise<Samples> {
  const busy = await machineBusy();
  await reachable(running);
  const idle = await pingMedian(running);
  const cpu = (): number => running.pids.reduce((sum, pid) => sum + useOf(pid).cpuSeconds, 0);
  const before = cpu();
  const one = await tcp(running, 1, 'forward', seconds);
  const used = cpu() - before;
  return {
    'TCP one stream': one.bitsPerSecond / GIGA,
    ...(running.pids.length === 0 ? {} : { 'CPU of both ends, TCP one stream': used / (one.bytes / GIGA) }),
    'TCP four streams': (await tcp(running, 4, 'forward', seconds)).bitsPerSecond / GIGA,
    'TCP one stream, reverse': (await tcp(running, 1, 'reverse', seconds)).bitsPerSecond / GIGA,
    'TCP four streams, reverse': (await tcp(running, 4, 'reverse', seconds)).bitsPerSecond / GIGA,
    'UDP, 64 bytes of payload': await udpSmall(running, seconds),
    'ping, idle': idle,
    'ping, beside four TCP streams': await pingUnderLoad(running),
    'other work on the machine, before': busy,
  };
}

/** What each comparison consists of, on this machine. */
function contenders({ with: more, note }: BenchOptions): { readonly suffix: string; readonly products: readonly Product[] }[] {
  const unknown = more.filter((name) => name !== 'tailscaled' && name !== 'plain');
  if (unknown.length > 0) throw new Error(`--with knows tailscaled and plain, not ${unknown.join(', ')}`);
  const main = [bowline(MTU)];
  const go = wireguardGo();
  if (go === undefined) note('wireguard-go is missing: Go, or apt-get install wireguard-go.');
  else main.push(wireguardGoProduct(go, MTU));
  if (more.includes('plain')) main.push(bowline(MTU, 'plain'));
  const groups = [{ suffix: '', products: [...main, bareCable()] }];
  if (!more.includes('tailscaled')) return groups;
  const programs = tailscalePrograms();
  if ('tailscaled' in programs) groups.push({ suffix: `, MTU ${LOW_MTU}`, products: [bowline(LOW_MTU), tailscaleProduct(programs)] });
  else note(`tailscaled is not compared; missing: ${programs.join(', ')}, on PATH or in $BOWLINE_PEERS.`);
  return groups;
}

async function run(lab: Lab, options: BenchOptions, say: (line: string) => void): Promise<Row[]> {
  const { rounds, seconds } = options;
  const load = os.loadavg()[0]!;
  const groups: Group[] = [];
  for (const { suffix, products } of contenders(options)) {
    const started: Contender[] = [];
    for (const product of products) {
      say(`starting ${product.name} (${product.version})`);
      const running = await product.start(lab);
      await serve(running);
      await reachable(running);
      started.push({ product, running, samples: [] });
    }
    groups.push({ suffix, contenders: started });
  }
  const all = groups.flatMap((group) => group.contenders);
  for (let r = 0; r <= rounds; r++) {
    for (let i = 0; i < all.length; i++) {
      const { product, running, samples } = all[(i + r) % all.length]!;
      const once = await measureOnce(running, seconds).catch((error: unknown) => {
        throw new Error(`${product.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
      if (r > 0) samples.push(once);
      say(`${r === 0 ? 'warm-up' : `round ${r}`}, ${product.name}: ${once['TCP one stream']!.toFixed(2)} Gbit/s, four streams ${once['TCP four streams']!.toFixed(2)}`);
    }
  }
  options.note(`${seconds} s a run; load of the machine when it began: ${load.toFixed(1)}.`);
  const busy = spread(all.flatMap(({ samples }) => samples.flatMap((once) => once['other work on the machine, before'] ?? [])));
  if (load > QUIET_LOAD || busy.median > QUIET_BUSY) options.note('The machine was busy with other work: read the ratios, not the values.');
  return groups.flatMap(rowsOf);
}

function rowsOf({ suffix, contenders }: Group): Row[] {
  return (Object.keys(MEASURES) as Measure[]).map((measure) => {
    const [ours, ...others] = contenders.map(({ product, samples }) => ({ ...product, samples: samples.flatMap((once) => once[measure] ?? []) }));
    const peers = others.filter(({ samples }) => samples.length > 0);
    return compare(`${measure}${suffix}`, MEASURES[measure], ours!.samples, peers);
  });
}

export const tunnel: Bench = {
  name: 'tunnel',
  what: 'throughput, latency and CPU of a real tunnel beside wireguard-go and the bare cable (--with tailscaled,plain)',
  needs: 'Linux, root, iproute2, iputils-ping, iperf3, wireguard-tools; Go for the current wireguard-go',
  seconds: 5,
  run(options, say) {
    const lacking = missing();
    if (lacking !== undefined) return Promise.reject(new Error(lacking));
    return withLab((lab) => run(lab, options, say));
  },
};
