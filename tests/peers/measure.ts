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

/** Bytes that arrived in one run of the iperf3 client on Bowline's side; 0 when it failed. */
export function carried(lab: Lab, server: string, args: readonly string[]): number {
  const { out } = lab.tryRun(HERE, ['iperf3', '-J', '-c', server, ...args]);
  const report = JSON.parse(out === '' ? '{}' : out) as { end?: { sum?: { bytes: number; lost_packets?: number; packets?: number }; sum_received?: { bytes: number } } };
  return report.end?.sum_received?.bytes ?? report.end?.sum?.bytes ?? 0;
}

/** Packets sent and lost, from the summary that `ping` prints. */
export function lost(printed: string): { readonly sent: number; readonly lost: number } {
  const found = /(\d+) packets transmitted, (\d+) received/.exec(printed);
  if (found === null) throw new Error(`ping said no summary: ${printed}`);
  return { sent: Number(found[1]), lost: Number(found[1]) - Number(found[2]) };
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
