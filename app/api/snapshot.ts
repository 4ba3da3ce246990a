/** Turns a node's view into the schema's Snapshot. Pure; the engine in host/ and the simulator's checks call it. */
import type { NodeView } from '../node/types.ts';
import type { Instant, WallTime } from '../time/instant.ts';
import type { AccountEntry, SandboxView, ShellView, Snapshot, TunnelLack } from './schema.ts';

export interface SnapshotExtra {
  readonly revision: number;
  readonly now: Instant;
  readonly wall: WallTime;
  readonly version: string;
  readonly accounts: AccountEntry[];
  readonly sandbox: SandboxView | null;
  readonly shell: ShellView | null;
  /** Absent: there is a device. */
  readonly tunnelLack?: TunnelLack;
}

export function toSnapshot(view: NodeView, extra: SnapshotExtra): Snapshot {
  const { tunnelLack } = extra;
  return { schema: 1, ...extra, ...locked(tunnelLack === undefined ? view : lacking(view, tunnelLack), extra.accounts) };
}

/** Peers may answer, and programs reach none of them: that is never called connected, or quiet. */
function lacking(view: NodeView, why: TunnelLack): NodeView {
  const { overall, truths } = view;
  const detail = { key: 'truth.os-no-device', why } as const;
  return {
    ...view,
    truths: { ...truths, os: { state: 'down', provedAt: null, detail } },
    overall: {
      ...overall,
      ...(overall.state === 'connected' || overall.state === 'idle' ? { state: 'attention', sentence: { key: 'overall.no-device' } } : {}),
      causes: [{ id: 'no-device', severity: 'down', message: detail, sinceAt: overall.sinceAt, peer: null }, ...overall.causes],
    },
  };
}

/** The account in use has keys that do not open: no network is joined, and that is not a wish of anybody. */
function locked(view: NodeView, accounts: readonly AccountEntry[]): NodeView {
  const waiting = accounts.find(({ active, state }) => active && state === 'locked');
  if (waiting?.locked === undefined) return view;
  const { overall } = view;
  const cause = { id: 'keys-locked', severity: 'down', message: { key: 'cause.keys-locked', host: waiting.id, why: waiting.locked }, sinceAt: overall.sinceAt, peer: null } as const;
  return { ...view, overall: { ...overall, state: 'attention', sentence: { key: 'overall.keys-locked' }, causes: [cause, ...overall.causes] } };
}
