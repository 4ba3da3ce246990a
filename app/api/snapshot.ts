/** Turns a node's view into the schema's Snapshot. Pure; the engine in host/ and the simulator's checks call it. */
import type { NodeView } from '../node/types.ts';
import type { Instant, WallTime } from '../time/instant.ts';
import type { AccountEntry, SandboxView, ShellView, Snapshot } from './schema.ts';

export interface SnapshotExtra {
  readonly revision: number;
  readonly now: Instant;
  readonly wall: WallTime;
  readonly version: string;
  readonly accounts: AccountEntry[];
  readonly sandbox: SandboxView | null;
  readonly shell: ShellView | null;
}

export function toSnapshot(view: NodeView, extra: SnapshotExtra): Snapshot {
  return { schema: 1, ...extra, ...view };
}
