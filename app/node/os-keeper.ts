/**
 * The truth about this computer's system: owns the guard, carries its questions to the host and the answers back, and turns
 * its state into the truth, the view and the history. Without a wish of the host (os-set with `desired`) it only repeats what
 * the host said. Callers: node.ts.
 */
import { formatIp, formatPrefix } from '../base/ip.ts';
import { OsGuard } from '../osguard/guard.ts';
import type { GuardState, OsIncident, Suspect } from '../osguard/types.ts';
import type { DesiredOs, GuardAsk, GuardTold, WantedItem } from '../ports/os-state.ts';
import type { Rng } from '../ports/rng.ts';
import type { Deadline } from '../time/deadline.ts';
import type { Instant, WallTime } from '../time/instant.ts';
import type { History, IncidentId } from './history.ts';
import type { Message } from './messages.ts';
import type { Opponent, OsItem } from './os-messages.ts';
import type { KeptOs, OsView, TruthView } from './types.ts';

interface OsKeeperInit {
  readonly rng: Rng;
  readonly history: History;
  readonly wall: (now: Instant) => WallTime;
  readonly ask: (ask: GuardAsk) => void;
  readonly warn: (text: string) => void;
}

/** What the host said last. */
type Said =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'set'; readonly device: string; readonly routes: number; readonly at: Instant; readonly guarded: boolean }
  | { readonly kind: 'refused'; readonly device: string; readonly why: string };

export class OsKeeper {
  readonly #init: OsKeeperInit;
  readonly #guard: OsGuard;
  readonly #incidents = new Map<number, IncidentId>();
  #said: Said = { kind: 'nothing' };
  #gone: TruthView | undefined;
  #warned = false;

  constructor(init: OsKeeperInit) {
    this.#init = init;
    this.#guard = new OsGuard({ rng: init.rng });
  }

  set(device: string, routes: number, desired: DesiredOs | undefined, now: Instant): void {
    this.#said = { kind: 'set', device, routes, at: now, guarded: desired !== undefined };
    this.#want(desired, now);
  }

  refused(device: string, why: string, now: Instant): void {
    this.#said = { kind: 'refused', device, why };
    this.#want(undefined, now);
  }

  /** What is taken back is no truth any more. */
  forget(now: Instant): void {
    this.#said = { kind: 'nothing' };
    this.#want(undefined, now);
  }

  told(told: GuardTold, now: Instant): void {
    this.#guard.handle(told, now);
    this.#drain(now);
  }

  nextDeadline(): Deadline | undefined {
    return this.#guard.nextDeadline();
  }

  /** True when a deadline was due. */
  expire(now: Instant): boolean {
    const due = this.#guard.nextDeadline();
    if (due === undefined || due.at > now) return false;
    this.#guard.expire(now);
    this.#drain(now);
    return true;
  }

  /** What the network monitor says of the device: it is gone; undefined: there is one again, which has to be set up. */
  deviceIs(gone: TruthView | undefined, now: Instant): void {
    this.forget(now);
    this.#gone = gone;
  }

  /** Undefined: the system is not touched. */
  truth(): TruthView | undefined {
    const said = this.#said;
    switch (said.kind) {
      case 'nothing':
        return this.#gone;
      case 'refused':
        return { state: 'down', provedAt: null, detail: { key: 'truth.os-refused', device: said.device, why: said.why } };
      case 'set':
        if (!said.guarded) return { state: 'ok', provedAt: said.at, detail: { key: 'truth.os-set', device: said.device, routes: said.routes } };
        return { ...truthOf(this.#guard.state, said), provedAt: this.#guard.provedAt ?? null };
      default:
        return said satisfies never;
    }
  }

  view(): OsView | null {
    return this.#said.kind === 'set' && this.#said.guarded ? viewOf(this.#guard.state) : null;
  }

  /** All that is wanted, and what of it the last look found; null: it cannot be read back, or was not yet. */
  audit(): KeptOs | null {
    const audit = this.#said.kind === 'set' ? this.#guard.audit() : undefined;
    if (audit === undefined || this.#said.kind !== 'set') return null;
    return {
      device: this.#said.device,
      seenAt: audit.at,
      items: audit.items.map(({ item, there }) => {
        const { kind, name } = itemOf(item);
        return { kind, item: name, there };
      }),
    };
  }

  #want(desired: DesiredOs | undefined, now: Instant): void {
    this.#guard.handle({ kind: 'want', desired }, now);
    this.#drain(now);
  }

  #drain(now: Instant): void {
    for (let out = this.#guard.poll(); out !== undefined; out = this.#guard.poll()) {
      switch (out.kind) {
        case 'look':
        case 'repair':
        case 'prove':
        case 'who':
          this.#init.ask(out);
          break;
        case 'incident':
          this.#take(out.incident, now);
          break;
        case 'changed':
          this.#warnOnce();
          break;
        default:
          return out satisfies never;
      }
    }
  }

  #warnOnce(): void {
    const { state } = this.#guard;
    const fights = state.kind === 'fought-over';
    if (fights && !this.#warned) {
      const { program, mark } = opponentOf(state.suspect);
      this.#init.warn(`somebody keeps undoing what Bowline sets on this system (${program ?? mark ?? 'not known who'}): ${state.items.map((item) => `${itemOf(item).kind} ${itemOf(item).name}`).join(', ')}`);
    }
    this.#warned = fights;
  }

  #take(incident: OsIncident, now: Instant): void {
    const { history, wall } = this.#init;
    switch (incident.kind) {
      case 'began': {
        const cause: Message = { key: 'history.cause.os-undone', items: incident.items.map(itemOf), missing: incident.missing, by: opponentOf(incident.suspect) };
        this.#incidents.set(incident.id, history.open({ truth: 'os', peer: null, cause, action: { key: 'history.action.os-put-back', attempts: 1 }, since: incident.since, unreachable: [] }, now, wall(now)));
        return;
      }
      case 'revised': {
        const entry = this.#incidents.get(incident.id);
        if (entry === undefined || !incident.fight) return;
        const cause: Message = { key: 'history.cause.os-fought-over', items: incident.items.map(itemOf), by: opponentOf(incident.suspect), undone: incident.undone };
        history.revise(entry, { cause, action: { key: 'history.action.os-put-back', attempts: incident.attempts } });
        return;
      }
      case 'ended': {
        const entry = this.#incidents.get(incident.id);
        this.#incidents.delete(incident.id);
        if (entry === undefined) return;
        history.revise(entry, { action: { key: 'history.action.os-put-back', attempts: incident.attempts } });
        history.close(entry, resultOf(incident.result, this.#said.kind === 'nothing' ? '' : this.#said.device), incident.at);
        return;
      }
      default:
        return incident satisfies never;
    }
  }
}

function resultOf(result: Extract<OsIncident, { kind: 'ended' }>['result'], device: string): Message {
  switch (result) {
    case 'restored':
      return { key: 'history.result.os-stands' };
    case 'changed-wish':
      return { key: 'history.result.os-other-wish' };
    case 'device-gone':
      return { key: 'history.result.os-device-gone', device };
    default:
      return result satisfies never;
  }
}

function truthOf(state: GuardState, { device, routes }: Extract<Said, { kind: 'set' }>): Omit<TruthView, 'provedAt'> {
  switch (state.kind) {
    case 'idle':
    case 'verifying':
      return { state: 'checking', detail: { key: 'truth.os-checking', device } };
    case 'settled':
      return { state: 'ok', detail: { key: 'truth.os-set', device, routes } };
    case 'repairing':
      return { state: 'stale', detail: { key: 'truth.os-repairing', items: state.items.map(itemOf), missing: state.missing, attempts: state.attempts } };
    case 'fought-over':
      return { state: 'down', detail: { key: 'truth.os-fought-over', items: state.items.map(itemOf), by: opponentOf(state.suspect), undone: state.undone, standing: state.standing } };
    case 'refused':
      return { state: 'down', detail: { key: 'truth.os-says-no', items: [itemOf(state.item)], why: state.why } };
    case 'misled':
      return { state: 'stale', detail: { key: 'truth.os-misled', to: formatIp(state.to), through: state.through ?? null } };
    case 'device-gone':
      return { state: 'down', detail: { key: 'truth.os-device-gone', device, sinceAt: state.since } };
    default:
      return state satisfies never;
  }
}

function viewOf(state: GuardState): OsView {
  const none = { sinceAt: null, items: [], missing: 0, attempts: 0, undone: 0, opponent: null, nextTryAt: null };
  switch (state.kind) {
    case 'idle':
      return { ...none, state: 'checking' };
    case 'verifying':
      return { ...none, state: 'checking', sinceAt: state.since };
    case 'settled':
      return { ...none, state: 'settled' };
    case 'repairing':
      return { ...none, state: 'repairing', sinceAt: state.since, items: state.items.map(itemOf), missing: state.missing, attempts: state.attempts };
    case 'fought-over':
      return { ...none, state: 'fought-over', sinceAt: state.since, items: state.items.map(itemOf), missing: state.missing, undone: state.undone, opponent: opponentOf(state.suspect), nextTryAt: state.nextTryAt };
    case 'refused':
      return { ...none, state: 'refused', sinceAt: state.since, items: [itemOf(state.item)], missing: 1, nextTryAt: state.nextTryAt };
    case 'misled':
      return { ...none, state: 'misled', sinceAt: state.since, nextTryAt: state.nextTryAt };
    case 'device-gone':
      return { ...none, state: 'device-gone', sinceAt: state.since };
    default:
      return state satisfies never;
  }
}

function itemOf(item: WantedItem): OsItem {
  switch (item.kind) {
    case 'device':
    case 'names':
      return { kind: item.kind, name: '' };
    case 'address':
      return { kind: 'address', name: `${formatIp(item.address)}/${item.bits}` };
    case 'route':
      return { kind: item.type === 'throw' ? 'throw' : 'route', name: formatPrefix(item.prefix) };
    case 'rule':
      return { kind: 'rule', name: String(item.rule.priority) };
    case 'setting':
      return { kind: 'setting', name: item.name.replaceAll('/', '.') };
    default:
      return item satisfies never;
  }
}

function opponentOf(suspect: Suspect): Opponent {
  switch (suspect.kind) {
    case 'program':
      return { program: suspect.name, mark: null };
    case 'protocol':
      return { program: null, mark: suspect.name };
    case 'unknown':
      return { program: null, mark: null };
    default:
      return suspect satisfies never;
  }
}
