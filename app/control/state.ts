/**
 * The one state that control shows, made of what its rooms know. Worst and most final first: what a person must answer
 * stands before what time will mend. Pure functions; caller: control.ts.
 */
import type { Instant } from '../time/instant.ts';
import type { Connection } from './connection.ts';
import type { MapStream } from './map-stream.ts';
import type { Registration } from './registration.ts';
import type { ControlState, ControlTrouble, SignIn } from './types.ts';

/** Why nothing is tried. */
export type Stop =
  | { readonly kind: 'none' }
  | { readonly kind: 'key-changed'; readonly pinned: Uint8Array; readonly offered: Uint8Array }
  | { readonly kind: 'refused'; readonly text: string; readonly until: Instant | undefined }
  | { readonly kind: 'signing-out'; readonly until: Instant }
  | { readonly kind: 'signed-out'; readonly serverKnows: boolean };

export interface StateSource {
  readonly running: { readonly registration: Pick<Registration, 'standing' | 'signIn'>; readonly stop: Stop } | undefined;
  readonly connection: Pick<Connection, 'life' | 'failures'>;
  readonly stream: Pick<MapStream, 'id' | 'lastMessageAt'>;
  /** Our own key has ended by the clock. */
  readonly expired: boolean;
  readonly lastTrouble: ControlTrouble | undefined;
}

/** `before` itself when nothing changed; `since` of the same phase stays. */
export function stateOf(source: StateSource, before: ControlState, now: Instant): ControlState {
  const next = build(source, now);
  if (next.phase !== before.phase) return next;
  const kept = { ...next, since: before.since };
  return same(kept, before) ? before : kept;
}

function build({ running, connection, stream, expired, lastTrouble }: StateSource, since: Instant): ControlState {
  if (running === undefined) return { phase: 'off', since };
  const { registration, stop } = running;
  switch (stop.kind) {
    case 'none':
      break;
    case 'key-changed':
      return { phase: 'key-changed', since, pinned: stop.pinned, offered: stop.offered };
    case 'refused':
      return { phase: 'refused', since, text: stop.text, until: stop.until };
    case 'signing-out':
      return { phase: 'signing-out', since };
    case 'signed-out':
      return { phase: 'signed-out', since, serverKnows: stop.serverKnows };
    default:
      return stop satisfies never;
  }
  const signIn = registration.signIn();
  const outside = registration.standing.kind === 'outsider';
  if (signIn !== undefined && (outside || expired)) return { phase: 'sign-in-needed', since, signIn, trouble: connection.life.kind === 'up' ? undefined : lastTrouble };
  return onTheWay(connection, stream, registration.standing.kind === 'member', signIn, lastTrouble, since);
}

function onTheWay(connection: StateSource['connection'], stream: StateSource['stream'], member: boolean, signIn: SignIn | undefined, last: ControlTrouble | undefined, since: Instant): ControlState {
  const { life } = connection;
  const attempt = connection.failures + 1;
  switch (life.kind) {
    case 'idle':
      return { phase: 'off', since };
    case 'no-network':
      return { phase: 'waiting-for-network', since };
    case 'waiting':
      return life.trouble === undefined ? { phase: 'connecting', since, attempt, last } : { phase: 'backing-off', since, until: life.until, attempt, trouble: life.trouble };
    case 'connecting':
      return { phase: 'connecting', since, attempt, last };
    case 'up':
      if (!member) return { phase: 'registering', since, attempt, last };
      if (stream.lastMessageAt === undefined) return { phase: 'fetching-map', since, attempt, last };
      return { phase: 'live', since, lastMessageAt: stream.lastMessageAt, signIn };
    default:
      return life satisfies never;
  }
}

/** Plain data, two levels deep: a sign-in holds no more than that. */
function same(a: ControlState, b: ControlState): boolean {
  return equal(Object.entries(a), Object.fromEntries(Object.entries(b)), 2);
}

function equal(entries: readonly (readonly [string, unknown])[], other: Readonly<Record<string, unknown>>, depth: number): boolean {
  return entries.length === Object.keys(other).length && entries.every(([key, value]) => value === other[key] || (depth > 0 && isPlain(value) && isPlain(other[key]) && equal(Object.entries(value), other[key], depth - 1)));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}
