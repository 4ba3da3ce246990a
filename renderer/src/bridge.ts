/**
 * The one door between the page and the engine, and what every transport behind it promises. A reply is a value or an
 * error to show; a request never rejects. Snapshots are asked for; patches arrive. The page knows no secret and sends
 * only PAGE_COMMANDS. Used by store.ts; implemented by websocket-bridge.ts, preload-bridge.ts and, in tests, a fake.
 */
import { refusal } from '../../app/api/answers.ts';
import { api, check, type Checked, type CommandParams, type CommandResult, type PageCommand, type Patch } from '../../app/api/schema.ts';

/** 'open' says that frames can travel, not that the engine is well. */
export type Connection = 'connecting' | 'open' | 'closed';

export interface Bridge {
  request<N extends PageCommand>(command: N, params: CommandParams<N>): Promise<Checked<CommandResult<N>>>;
  /** Calls back with each valid patch; returns how to stop. */
  onPatch(listener: (patch: Patch) => void): () => void;
  /** Calls back at once with the present state, then at each change. */
  onConnection(listener: (connection: Connection) => void): () => void;
}

/** Nobody could be asked. */
export const CLOSED = refusal('closed', 'action.closed');

/** Validates a reply against the schema of its command. */
export function checkResult<N extends PageCommand>(command: N, result: unknown): Checked<CommandResult<N>> {
  // Indexing the schema by a generic name loses the pairing that CommandResult states.
  return check(api.commands[command].result, result, command) as Checked<CommandResult<N>>;
}

/** A set of listeners. */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  add(listener: (value: T) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#all) listener(value);
  }
}
