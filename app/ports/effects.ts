/**
 * What a node wants done, as values. The runner in host/ and the World in sim/ interpret the same union, so nothing is
 * simulated that is not shipped. Later machines add members here (`streamWrite`, `controlRequest`, `setOsState`,
 * `persist`); both interpreters then fail to compile until they know them.
 */
import type { DataplaneCommand } from './dataplane.ts';
import type { LogLevel } from './log.ts';

export type Effect =
  /** For the packet thread, in order. */
  | { readonly kind: 'dataplane'; readonly command: DataplaneCommand }
  /** The view changed: whoever shows it may take a new one. Says nothing about what changed; cheap and frequent. */
  | { readonly kind: 'changed' }
  /** The answer to a request that came in with this id. latencyMs undefined: no answer before its deadline. */
  | { readonly kind: 'pinged'; readonly request: number; readonly latencyMs: number | undefined }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly area: string; readonly text: string };
