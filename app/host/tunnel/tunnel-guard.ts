/**
 * Keeps up what a tunnel from a file changed on Linux: carries the guard's questions to the system and the system's events to the
 * guard, and lets the exceptions of a default route follow the networks that this computer is in. It decides no repair.
 * Caller: tunnel-host.ts.
 */
import type { Log } from '../../ports/log.ts';
import type { OsEvent } from '../../ports/os-network.ts';
import type { DesiredOs, GuardAsk, GuardTold } from '../../ports/os-state.ts';
import { TABLE_MAIN } from '../../wire/rtnetlink.ts';
import { RouteSocket } from '../linux-net/route-socket.ts';
import { createLinuxSource } from '../os-network/linux.ts';
import type { LinkName, SystemChange } from '../system/changes.ts';
import { startGuardEvents } from '../system/guard-events.ts';
import { GuardHands } from '../system/guard-hands.ts';
import { RESOLV_CONF } from '../system/linux-system.ts';
import { withExceptions, type Frame } from '../system/plan.ts';
import type { SystemPort } from '../system/port.ts';
import type { SystemChanges } from '../system/system-changes.ts';

/** ms from a change of this computer's networks until the exceptions follow. */
const FOLLOW_WITHIN = 200;

export interface TunnelGuardInit {
  readonly system: SystemPort;
  readonly changes: SystemChanges;
  readonly link: LinkName;
  readonly frame: Frame;
  readonly set: (routes: number, desired: DesiredOs) => void;
  readonly tell: (told: GuardTold) => void;
  readonly log: Log;
}

export class TunnelGuard {
  readonly #init: TunnelGuardInit;
  readonly #hands: GuardHands;
  #kept: readonly SystemChange[] = [];
  #events: { close(): void } | undefined;
  #kernel: RouteSocket | undefined;
  #following: (() => void) | undefined;
  #isClosed = false;

  constructor(init: TunnelGuardInit) {
    this.#init = init;
    const { system, changes, log } = init;
    this.#hands = new GuardHands({ system, changes, tell: (told) => this.#tell(told), soon: (work) => void setImmediate(work), log });
  }

  obey(ask: GuardAsk): void {
    this.#hands.obey(ask);
  }

  /** These were made. */
  begin(changes: readonly SystemChange[]): void {
    this.#keep(changes);
    const kernel = new RouteSocket();
    this.#kernel = kernel;
    this.#events = startGuardEvents({
      open: () => createLinuxSource(kernel),
      tell: (told) => this.#tell(told),
      heard: (event) => this.#heard(event),
      later,
      resolvConf: RESOLV_CONF,
    });
  }

  /** Nothing is repaired from now on. */
  close(): void {
    this.#isClosed = true;
    this.#hands.close();
    this.#following?.();
    this.#events?.close();
    this.#kernel?.close();
  }

  #tell(told: GuardTold): void {
    if (!this.#isClosed) this.#init.tell(told);
  }

  #keep(changes: readonly SystemChange[]): void {
    this.#kept = changes;
    this.#init.set(changes.filter((change) => change.kind === 'route' && change.type !== 'throw').length, this.#hands.keep(changes, this.#init.link));
  }

  #heard(event: OsEvent): void {
    const isOfMain = event.kind === 'lost' || event.kind === 'source-up' || (event.kind === 'route' && event.route?.table === TABLE_MAIN) || event.kind === 'link';
    if (!isOfMain || this.#init.frame.ownTable === undefined) return;
    this.#following ??= later(() => {
      this.#following = undefined;
      this.#follow();
    }, FOLLOW_WITHIN);
  }

  #follow(): void {
    const { system, changes, link, frame, log } = this.#init;
    const wanted = withExceptions(this.#kept, frame, link, system.view());
    if (JSON.stringify(wanted) === JSON.stringify(this.#kept)) return;
    for (const why of changes.become(wanted)) log.write('warn', 'system', why);
    this.#keep(wanted);
  }
}

function later(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}
