/**
 * What the local page, the control socket and the sandbox need of a running engine, and nothing more. `app/host/engine.ts`
 * provides it; tests provide a fake. No function here throws for anything that a page or the CLI can send.
 */
import type { AccountEntry, ApiError, BreakItId, CommandParams, CommandResult, Diagnostics, FlowProtocol, Netcheck, Patch, PingReply, SandboxView, ShellView, Snapshot, Status, WhyAnswer } from '../api/schema.ts';
import type { PowerEvent } from '../time/sleep-detector.ts';

/** A result, or an error that a person can act on. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

export interface EnginePort {
  /** The whole state, now. A subscriber may apply every patch whose `from` is this snapshot's revision or later. */
  snapshot(): Snapshot;
  /**
   * Calls `onPatch` with each change, soon after it happens, several changes in one patch where they fall together.
   * Patches go on from the newest snapshot taken or patch given; revisions never go back. Returns the way out.
   * What only moving packets change comes within 5 s, and at once while somebody watches.
   */
  subscribe(onPatch: (patch: Patch) => void): () => void;
  /** A person looks, until the answer is called: counters move four times a second, and the engine may measure latency. */
  watch(): () => void;
  /** One echo inside the tunnel. `peer`: a name, an overlay address or a public key. `reply` null: no answer before the deadline.
   *  Unknown peer: an error of code `unknown-peer`. */
  ping(peer: string, seq: number): Promise<Answer<{ peer: string; reply: PingReply | null }>>;
  /** What the system tells of its power: a wake-up that no clock showed yet is acted on as one, once. */
  power(event: PowerEvent): void;
  /** Proves the path of this peer, or of all (null), now. `asked`: how many peers. */
  check(peer: string | null): Answer<{ asked: number }>;
  /** Looks for a direct way to this peer, or (null) to all that are relayed, now. `asked`: how many peers; what comes of it is in
   *  the snapshot. An error of code `no-map` where the network has no map: peers of a file have one address each. */
  tryDirect(peer: string | null): Answer<{ asked: number }>;
  /** Measures the network around this computer. An error of code `not-measured` when that does not end. */
  netcheck(): Promise<Answer<Netcheck>>;
  /** Why this peer's path is what it is; with `flow`, also what the packet filter does with it. Unknown peer: as `ping`. */
  why(peer: string, flow: { readonly protocol: FlowProtocol; readonly port: number } | undefined): Answer<WhyAnswer>;
  status(verbose: boolean): Status;
  /** Entries that began at `sinceMs` (wall time) or later, oldest first; all that are kept when undefined. `look`: a person looks
   *  now, from when the next summary counts. */
  history(sinceMs?: number, look?: boolean): CommandResult<'history'>;
  /** All that a report is made of, not redacted. */
  diagnostics(): Diagnostics;
  /** Ends the packet thread and closes the socket. Idempotent. */
  stop(): Promise<void>;
}

/** Servers side by side, one of them active. Answers come at once; how a sign-in goes is in the snapshot. */
export interface AccountsPort {
  list(): AccountEntry[];
  /** `server`: an address as a person writes it; undefined: the active account. `authKey` is used once and never kept. `another`: a
   *  new account, also where the server has one. */
  login(server: string | undefined, authKey: string | undefined, another?: boolean): Answer<{ account: string }>;
  /** Undefined: the active account. Resolves when the server was told, or could not be. */
  logout(account: string | undefined): Promise<Answer<{ account: string }>>;
  switchTo(account: string): Promise<Answer<{ account: string }>>;
  remove(account: string): Promise<Answer<{ account: string }>>;
  acceptServerKey(accept: boolean): Answer<{ accepted: boolean }>;
}

/** Faults that a sandbox can make. Absent in a real network. */
export interface SandboxPort {
  /** For `snapshot().sandbox`: instants are of the engine's clock. Whoever makes the sandbox tells the engine when it changed. */
  view(): SandboxView;
  /** Starts one fault. `done` false: this fault is still going on. `peer`: whom it was done to, null for all or none. */
  breakIt(fault: BreakItId): Promise<{ readonly done: boolean; readonly peer: string | null }>;
}

/** What surrounds the engine: settings, clipboard, links, updates. Absent where that is a command line only. Nothing here throws for
 *  anything that a page can send, and a page names no path, address or file: it chooses from what the schema lists. */
export interface ShellPort {
  /** For `snapshot().shell`. Whoever makes the shell tells the engine when it changed. */
  view(): ShellView;
  changeSettings(change: CommandParams<'changeSettings'>['change']): Answer<CommandResult<'changeSettings'>>;
  /** `shown`: the very report that a person reads; absent: a new one. */
  keepReport(asked: CommandParams<'keepReport'>, shown?: CommandResult<'report'>): Promise<Answer<CommandResult<'keepReport'>>>;
  copyText(text: string): Answer<CommandResult<'copyText'>>;
  openLink(link: CommandParams<'openLink'>['link']): Answer<CommandResult<'openLink'>>;
  update(step: CommandParams<'update'>['step']): Answer<CommandResult<'update'>>;
  dropInvitation(): Answer<CommandResult<'dropInvitation'>>;
}
