/**
 * What the packet thread tells of its UDP socket: the port that it has, and the trouble while there is one, with its entry in
 * the history. It repairs nothing. Caller: node.ts.
 */
import type { DataplaneFact } from '../ports/dataplane.ts';
import type { Instant, WallTime } from '../time/instant.ts';
import type { History, IncidentId } from './history.ts';
import type { Message } from './messages.ts';

export interface UnderlaySocketInit {
  readonly history: History;
  readonly wall: (at: Instant) => WallTime;
  readonly warn: (text: string) => void;
}

export class UnderlaySocket {
  readonly #init: UnderlaySocketInit;
  #port: number | undefined;
  #error: { readonly code: string; readonly at: Instant; readonly incident: IncidentId } | undefined;

  constructor(init: UnderlaySocketInit) {
    this.#init = init;
  }

  get port(): number | undefined {
    return this.#port;
  }

  get error(): { readonly code: string; readonly at: Instant } | undefined {
    return this.#error;
  }

  told({ state }: Extract<DataplaneFact, { kind: 'underlay' }>, now: Instant): void {
    const { history, wall, warn } = this.#init;
    if (state.kind === 'bound') {
      this.#port = state.port;
      if (this.#error === undefined) return;
      history.close(this.#error.incident, { key: 'history.result.bound', port: state.port }, now);
      this.#error = undefined;
      return;
    }
    const { code, during } = state;
    const cause: Message = { key: 'history.cause.underlay-failed', code };
    if (this.#error === undefined) {
      const action: Message = { key: 'history.action.kept-trying' };
      const incident = history.open({ truth: 'os', peer: null, cause, action, since: now, unreachable: [] }, now, wall(now));
      this.#error = { code, at: now, incident };
    } else if (this.#error.code !== code) {
      history.revise(this.#error.incident, { cause });
      this.#error = { ...this.#error, code };
    } else {
      return;
    }
    warn(`the UDP socket failed during ${during}: ${code}`);
  }
}
