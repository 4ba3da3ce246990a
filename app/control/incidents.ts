/**
 * What control tells the reconnect history: one entry from the first thing that goes wrong until the server is there again
 * or a person has to help. The first cause is kept, as it is the root; attempts are counted. Caller: control.ts.
 */
import type { Instant } from '../time/instant.ts';
import type { ControlIncident, ControlTrouble, IncidentAction, IncidentResult } from './types.ts';

export class Incidents {
  readonly #emit: (incident: ControlIncident) => void;
  #nextId = 0;
  #open: { readonly id: number; told: IncidentAction } | undefined;

  constructor(emit: (incident: ControlIncident) => void) {
    this.#emit = emit;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** `since`: when what is wrong began. */
  wrong(cause: ControlTrouble, action: IncidentAction, since: Instant): void {
    if (this.#open !== undefined) {
      this.act(action);
      return;
    }
    this.#open = { id: this.#nextId++, told: action };
    this.#emit({ kind: 'began', id: this.#open.id, since, cause, action });
  }

  /** What is done now; told when it differs. */
  act(action: IncidentAction): void {
    const open = this.#open;
    if (open === undefined) return;
    if (open.told.kind === action.kind && (action.kind !== 'reconnect' || (open.told.kind === 'reconnect' && open.told.attempts >= action.attempts))) return;
    open.told = action;
    this.#emit({ kind: 'revised', id: open.id, action });
  }

  over(result: IncidentResult): void {
    if (this.#open === undefined) return;
    this.#emit({ kind: 'ended', id: this.#open.id, result });
    this.#open = undefined;
  }
}
