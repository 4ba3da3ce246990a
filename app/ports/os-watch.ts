/**
 * What the engine asks of whoever watches the system's network (commands), and what it hears (told). Types only, plain
 * data. The host obeys with system calls, the simulator with a model; neither decides anything.
 */
import type { OsEvent, OsSnapshot } from './os-network.ts';

export type OsSystem = 'linux' | 'darwin' | 'windows';

/** The device of our tunnel. It is known by its index: the name may change under us. */
export interface OwnDevice {
  readonly index: number;
  readonly name: string;
}

/** How what we write is known again. */
export interface OwnMarks {
  /** Routing tables that are ours alone. */
  readonly tables: readonly number[];
  /** Numbers that we give as the maker of routes and rules. */
  readonly protocols: readonly number[];
  /** Priorities of our rules, both ends included. */
  readonly priorities: { readonly first: number; readonly last: number } | undefined;
}

export type OsWatchCommand =
  /** In place of an earlier one. Answered by the event source-up or source-failed; source-failed may also come later, once. */
  | { readonly kind: 'subscribe' }
  /** Answered by `snapshot` or `snapshot-failed`. Never asked for again before its answer. */
  | { readonly kind: 'take-snapshot' }
  /** Answered by `device-seen`. */
  | { readonly kind: 'look-at-device'; readonly device: OwnDevice }
  /** The device is gone: a new one, of this name where that is free. Answered by `device-opened` or `device-failed`. */
  | { readonly kind: 'open-device'; readonly name: string }
  /** Somebody gave it another name. It is ours still. */
  | { readonly kind: 'device-renamed'; readonly device: OwnDevice }
  /** Something that is or may be ours was changed, by whomever. As often as the system tells of it. */
  | { readonly kind: 'look-at-ours'; readonly event: OsEvent };

export type OsTold =
  /** Begins, or begins anew. `device` undefined: there is none. */
  | { readonly kind: 'watch'; readonly system: OsSystem; readonly device: OwnDevice | undefined; readonly marks: OwnMarks }
  | { readonly kind: 'event'; readonly event: OsEvent }
  | { readonly kind: 'snapshot'; readonly snapshot: OsSnapshot }
  | { readonly kind: 'snapshot-failed'; readonly why: string }
  /** name: of the link with our index; index: of the link with our name. undefined: there is none. */
  | { readonly kind: 'device-seen'; readonly name: string | undefined; readonly index: number | undefined }
  | { readonly kind: 'device-opened'; readonly device: OwnDevice }
  | { readonly kind: 'device-failed'; readonly why: string };
