/**
 * Traffic of the tunnel benchmark, from iperf3 and ping between the two ends, each time with proof that it went the way
 * that is measured: the devices at both ends and the cable below must have carried it.
 */
import { CABLE, SIDES, type Side, type Traffic } from './lab.ts';
import { other, type Running } from './products.ts';

/** Headers of small packets make up more than acknowledgements save; a capture of full ones loses nothing. */
const CARRIED_AT_LEAST = 0.95;
const SMALL = 64;
const PINGS = 200;
const PING_EVERY_S = 0.005;

export interface TcpRun {
  readonly bitsPerSecond: number;
  readonly bytes: number;
}

/** iperf3's server at b, for all runs. */
export async function serve({ pair }: Running): Promise<void> {
  const server = pair.start('b', ['iperf3', '-s']);
  await server.until(async () => (await pair.run('b', 'ss', '-Hltn', 'sport', '=', ':5201')).includes('5201'));
}

export async function tcp(running: Running, streams: number, direction: 'forward' | 'reverse', seconds: number): Promise<TcpRun> {
  const from: Side = direction === 'forward' ? 'a' : 'b';
  return carried(running, from, async () => {
    const args = ['-c', running.to, '-t', String(seconds), '-P', String(streams), '-J', ...(direction === 'reverse' ? ['-R'] : [])];
    const { sum_received: received } = (await iperf3<{ sum_received: { bytes: number; seconds: number } }>(running, args)).end;
    // A receiver that was kept waiting may count fewer seconds than it was sent to for.
    return { bytes: received.bytes, bitsPerSecond: (8 * received.bytes) / Math.max(received.seconds, seconds) };
  });
}

/** As fast as it goes. Packets per second that arrived. */
export async function udpSmall(running: Running, seconds: number): Promise<number> {
  const { perSecond } = await carried(running, 'a', async () => {
    const { end } = await iperf3<{ sum: { seconds: number; packets: number; lost_packets: number } }>(running, ['-c', running.to, '-u', '-l', String(SMALL), '-b', '0', '-t', String(seconds), '-J']);
    const arrived = end.sum.packets - end.sum.lost_packets;
    return { bytes: arrived * SMALL, perSecond: arrived / end.sum.seconds };
  });
  return perSecond;
}

/** At a steady rate. Percent of the packets that did not arrive. */
export async function udpAt(running: Running, { bitsPerSecond, payload }: { readonly bitsPerSecond: number; readonly payload: number }, seconds: number): Promise<number> {
  const { lost } = await carried(running, 'a', async () => {
    const { end } = await iperf3<{ sum: { packets: number; lost_packets: number } }>(running, ['-c', running.to, '-u', '-l', String(payload), '-b', String(bitsPerSecond), '-t', String(seconds), '-J']);
    const { packets, lost_packets: missed } = end.sum;
    return { bytes: (packets - missed) * payload, lost: (100 * missed) / packets };
  });
  return lost;
}

/** Median round trip of 200 pings 5 ms apart, in ms. */
export async function pingMedian({ pair, to }: Running): Promise<number> {
  const out = await pair.run('a', 'ping', '-n', '-c', String(PINGS), '-i', String(PING_EVERY_S), '-W', '1', to);
  const times = [...out.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time)).sort((x, y) => x - y);
  if (times.length < PINGS / 2) throw new Error(`only ${times.length} of ${PINGS} pings were answered`);
  return times[times.length >> 1]!;
}

/** The same while four TCP streams run; also what they carried. */
export async function pingUnderLoad(running: Running): Promise<number> {
  const streams = tcp(running, 4, 'forward', Math.ceil(PINGS * PING_EVERY_S) + 2);
  await new Promise((resolve) => setTimeout(resolve, 700));
  const [median] = await Promise.all([pingMedian(running), streams]);
  return median;
}

/** One ping, so that a tunnel that is not up fails before it is measured. */
export async function reachable(running: Running): Promise<void> {
  await carried(running, 'a', async () => {
    await running.pair.run('a', 'ping', '-n', '-c', '2', '-i', '0.2', '-w', '20', running.to);
    return { bytes: 2 * 84 };
  });
}

async function iperf3<T>({ pair }: Running, args: readonly string[]): Promise<{ end: T }> {
  const result = JSON.parse(await pair.run('a', 'iperf3', ...args)) as { error?: string; end: T };
  if (result.error !== undefined) throw new Error(`iperf3: ${result.error}`);
  return result;
}

/** Throws when the devices did not carry what was received: then something else was measured. */
async function carried<T extends { readonly bytes: number }>(running: Running, from: Side, run: () => Promise<T>): Promise<T> {
  const before = await counters(running);
  const result = await run();
  const after = await counters(running);
  const least = result.bytes * CARRIED_AT_LEAST;
  const to = other(from);
  const grew = {
    [`the device at ${from}`]: after[from].device.txBytes - before[from].device.txBytes,
    [`the device at ${to}`]: after[to].device.rxBytes - before[to].device.rxBytes,
    [`the cable at ${from}`]: after[from].cable.txBytes - before[from].cable.txBytes,
  };
  for (const [what, bytes] of Object.entries(grew)) {
    if (bytes < least) throw new Error(`the traffic took another path: ${result.bytes} bytes were received, and ${what} carried ${bytes}`);
  }
  return result;
}

async function counters({ pair, device }: Running): Promise<Record<Side, { readonly device: Traffic; readonly cable: Traffic }>> {
  const [a, b] = await Promise.all(SIDES.map(async (side) => ({ device: await pair.traffic(side, device[side]), cable: await pair.traffic(side, CABLE) })));
  return { a: a!, b: b! };
}
