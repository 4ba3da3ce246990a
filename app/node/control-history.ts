/** Turns troubles and incidents of the control machine into messages and history entries. Pure. Callers: tailnet.ts. */
import type { ControlIncident, ControlTrouble, IncidentAction, IncidentResult } from '../control/types.ts';
import type { ControlFailure } from '../ports/control-link.ts';
import type { Instant, WallTime } from '../time/instant.ts';
import type { TroubleMessage } from './control-messages.ts';
import type { History, IncidentId } from './history.ts';
import type { Message } from './messages.ts';

export class ControlHistory {
  readonly #history: History;
  readonly #host: string;
  readonly #entries = new Map<number, IncidentId>();

  constructor(history: History, host: string) {
    this.#history = history;
    this.#host = host;
  }

  take(incident: ControlIncident, now: Instant, wall: WallTime): void {
    switch (incident.kind) {
      case 'began': {
        const { since, cause } = incident;
        const opening = { truth: 'control' as const, peer: null, cause: troubleMessage(cause, this.#host), action: actionMessage(incident.action), since, unreachable: [] };
        this.#entries.set(incident.id, this.#history.open(opening, now, wall));
        return;
      }
      case 'revised': {
        const entry = this.#entries.get(incident.id);
        const cause = incident.cause === undefined ? {} : { cause: troubleMessage(incident.cause, this.#host) };
        if (entry !== undefined) this.#history.revise(entry, { ...cause, action: actionMessage(incident.action) });
        return;
      }
      case 'ended': {
        const entry = this.#entries.get(incident.id);
        this.#entries.delete(incident.id);
        if (entry !== undefined) this.#history.close(entry, resultMessage(incident.result, this.#host), now);
        return;
      }
      default:
        return incident satisfies never;
    }
  }

  /** The node stops: what is open ends here. */
  close(now: Instant): void {
    for (const entry of this.#entries.values()) this.#history.close(entry, { key: 'history.result.stopped' }, now);
    this.#entries.clear();
  }
}

/** `host`: of the server, for troubles that do not name one. */
export function troubleMessage(trouble: ControlTrouble, host: string): TroubleMessage {
  switch (trouble.kind) {
    case 'link':
      return failureMessage(trouble.failure);
    case 'silent':
      return { key: 'trouble.silent', host, silentMs: trouble.forMs };
    case 'no-answer':
      return { key: 'trouble.no-answer', host, during: trouble.during, afterMs: trouble.afterMs };
    case 'busy':
      return { key: 'trouble.busy', host, waitMs: trouble.waitMs };
    case 'http':
      return { key: 'trouble.http', host, status: trouble.status, text: trouble.text };
    case 'says-no':
      return { key: 'trouble.says-no', host, text: trouble.text };
    case 'garbage':
      return { key: 'trouble.garbage', host, what: trouble.what };
    case 'stream-closed':
      return { key: 'trouble.stream-closed', host };
    case 'node-unknown':
      return { key: 'trouble.node-unknown', host };
    case 'key-expired':
      return { key: 'trouble.key-expired', host };
    case 'asked-for-silence':
      return { key: 'trouble.asked-for-silence', host, forMs: trouble.forMs };
    case 'slept':
      return { key: 'trouble.slept', sleptMs: trouble.forMs };
    case 'network-changed':
      return { key: 'trouble.network-changed' };
    case 'network-down':
      return { key: 'trouble.network-down' };
    default:
      return trouble satisfies never;
  }
}

/** Of any connection to a server: a relay's failures are said in the same words. */
export function failureMessage(failure: ControlFailure): TroubleMessage {
  const { host } = failure;
  switch (failure.kind) {
    case 'name-unknown':
      return { key: 'trouble.name-unknown', host };
    case 'name-service':
      return { key: 'trouble.name-service', host, code: failure.code };
    case 'proxy':
      return { key: 'trouble.proxy', host, port: failure.port, status: failure.status ?? null };
    case 'refused':
      return { key: 'trouble.refused', host, port: failure.port };
    case 'unreachable':
      return { key: 'trouble.unreachable', host, code: failure.code };
    case 'timed-out':
      return { key: 'trouble.timed-out', host, during: failure.during, afterMs: failure.afterMs };
    case 'certificate':
      return { key: 'trouble.certificate', host, code: failure.code, expiredAt: failure.expiredAt ?? null };
    case 'not-a-control-server':
      return { key: 'trouble.not-a-control-server', host, status: failure.status ?? null, what: failure.what };
    case 'version-refused':
      return { key: 'trouble.version-refused', host };
    case 'key-changed':
      return { key: 'trouble.key-changed', host };
    case 'protocol':
      return { key: 'trouble.protocol', host, what: failure.what };
    case 'too-large':
      return { key: 'trouble.too-large', host, what: failure.what, limit: failure.limit };
    case 'closed':
      return { key: 'trouble.closed', host, code: failure.code ?? null };
    default:
      return failure satisfies never;
  }
}

function actionMessage(action: IncidentAction): Message {
  switch (action.kind) {
    case 'reconnect':
      return { key: 'history.action.reconnected', attempts: action.attempts };
    case 'wait-for-network':
      return { key: 'history.action.waited-for-network' };
    case 'register-again':
      return { key: 'history.action.registered-again' };
    case 'ask-person':
      return { key: 'history.action.asked-person' };
    default:
      return action satisfies never;
  }
}

function resultMessage(result: IncidentResult, host: string): Message {
  switch (result) {
    case 'live-again':
      return { key: 'history.result.control-live', host };
    case 'sign-in-needed':
      return { key: 'history.result.control-sign-in', host };
    case 'key-changed':
      return { key: 'history.result.control-key-changed', host };
    case 'refused':
      return { key: 'history.result.control-refused', host };
    case 'signed-out':
      return { key: 'history.result.control-signed-out', host };
    case 'stopped':
      return { key: 'history.result.stopped' };
    default:
      return result satisfies never;
  }
}
