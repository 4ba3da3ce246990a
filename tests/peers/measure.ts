/** What the interop tests read: iperf3's figures, a ping's losses, and Bowline's own JSON. */
import { HERE, type Lab } from './lab.ts';

interface PeerStatus {
  readonly path: { readonly kind: string; readonly via: string | null };
  readonly rxBytes: number;
}

interface Entry {
  readonly cause: string;
  readonly action: string;
  readonly result: string | null;
  readonly peer: string | null;
}

interface IperfReport {
  readonly error?: string;
  readonly end?: { readonly sum?: { readonly bytes: number }; readonly sum_received?: { readonly bytes: number } };
}

/** A server takes one client at a time, and the one before may not be quite gone. */
const BUSY_TRIES = 10;
const BUSY_WAIT_MS = 300;

/** Bytes that arrived in one run of the iperf3 client on Bowline's side; 0 when it failed. */
export function carried(lab: Lab, server: string, args: readonly string[]): number {
  for (let attempt = 1; ; attempt++) {
    const { out } = lab.tryRun(HERE, ['iperf3', '-J', '-c', server, ...args]);
    const { error, end } = JSON.parse(out === '' ? '{}' : out) as IperfReport;
    if (error?.includes('busy') !== true || attempt === BUSY_TRIES) return end?.sum_received?.bytes ?? end?.sum?.bytes ?? 0;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_WAIT_MS);
  }
}

/**
 * Command of `count` pings for `missing`. Without a deadline ping waits for the last answer no longer than its interval or
 * twice the longest round trip, and calls an answer lost that is late on a busy machine; with one it sends on until `count` are answered.
 */
export function pingCommand(to: string, count: number, options: { readonly every?: string; readonly size?: number; readonly fragments?: 'never'; readonly withinSeconds?: number } = {}): string[] {
  const size = options.size === undefined ? [] : ['-s', String(options.size)];
  const fragments = options.fragments === 'never' ? ['-M', 'do'] : [];
  return ['ping', '-c', String(count), '-i', options.every ?? '0.05', '-w', String(options.withinSeconds ?? 5), ...size, ...fragments, to];
}

/** Numbers of the first `count` pings that were never answered, from what `ping` printed. */
export function missingAnswers(printed: string, count: number): number[] {
  const answered = new Set([...printed.matchAll(/icmp_seq=(\d+) ttl=/g)].map((found) => Number(found[1])));
  return Array.from({ length: count }, (_, i) => i + 1).filter((seq) => !answered.has(seq));
}

export function peerStatus(lab: Lab): PeerStatus {
  return (JSON.parse(lab.bowline('peers', '--json').out) as { peers: [PeerStatus] }).peers[0];
}

/** Refused packets and datagrams by reason. */
export function refusals(lab: Lab): Readonly<Record<string, number>> {
  return (JSON.parse(lab.bowline('status', '--json', '--verbose').out) as { verbose: { refusals: Record<string, number> } }).verbose.refusals;
}

export function entries(lab: Lab): readonly Entry[] {
  return (JSON.parse(lab.bowline('history', '--json').out) as { entries: Entry[] }).entries;
}
