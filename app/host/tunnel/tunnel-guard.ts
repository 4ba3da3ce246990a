/**
 * Keeps up what a tunnel from a file changed on the system: carries the guard's questions to the system, tells it of names that
 * changed, lets the exceptions of a default route follow the networks that this computer is in, and moves with the device to
 * another one. The kernel's events come from whoever watches it. It decides no repair. Caller: tunnel-host.ts.
 */
import type { Log } from '../../ports/log.ts';
import type { OsEvent } from '../../ports/os-network.ts';
import type { DesiredOs, GuardAsk, GuardTold } from '../../ports/os-state.ts';
import { TABLE_MAIN } from '../../wire/rtnetlink.ts';
import { onLink, type LinkName, type SystemChange } from '../system/changes.ts';
import { GuardHands } from '../system/guard-hands.ts';
import { watchFile } from '../system/watch-file.ts';
import type { Frame } from '../system/plan.ts';
import type { SystemPort } from '../system/port.ts';
import type { SystemChanges } from '../system/system-changes.ts';
import type { TunnelMeans } from './means.ts';

/** ms from a change of this computer's networks until the exceptions follow. */
const FOLLOW_WITHIN = 200;

export interface TunnelGuardInit {
  readonly means: Pick<TunnelMeans, 'plan' | 'namesFile'>;
  readonly system: SystemPort;
  readonly changes: SystemChanges;
  /** Our device, as it was opened first. */
  readonly link: LinkName;
  readonly frame: Frame;
  readonly set: (link: LinkName, routes: number, desired: DesiredOs) => void;
  /** A new device could not be set up whole. `why`: sentences for a person. */
  readonly refused: (link: LinkName, why: string) => void;
  readonly tell: (told: GuardTold) => void;
  readonly log: Log;
}

export class TunnelGuard {
  readonly #init: TunnelGuardInit;
  readonly #hands: GuardHands;
  #kept: readonly SystemChange[] = [];
  #link: LinkName;
  #names: (() => void) | undefined;
  #following: (() => void) | undefined;
  #isClosed = false;

  constructor(init: TunnelGuardInit) {
    this.#init = init;
    this.#link = init.link;
    const { system, changes, log } = init;
    this.#hands = new GuardHands({ system, changes, tell: (told) => this.#tell(told), soon: (work) => void setImmediate(work), log });
  }

  obey(ask: GuardAsk): void {
    this.#hands.obey(ask);
  }

  /** These were made. */
  begin(changes: readonly SystemChange[]): void {
    this.#keep(changes);
    const { namesFile } = this.#init.means;
    if (namesFile !== undefined) this.#names = watchFile(namesFile, () => this.#tell({ kind: 'look' }), later);
  }

  /** A new device, on which nothing is made yet; the other changes stand. In a later turn, after the node heard of the device. */
  deviceReplaced(link: LinkName): void {
    this.#link = link;
    setImmediate(() => {
      if (this.#isClosed || this.#link !== link) return;
      const wanted = this.#kept.map((change) => onLink(change, link));
      const refusals = this.#init.changes.become(wanted);
      this.#keep(wanted);
      for (const why of refusals) this.#init.log.write('warn', 'system', why);
      if (refusals.length > 0) this.#init.refused(link, refusals.join(' '));
    });
  }

  /** The device has another name, and all that was made on it. */
  deviceRenamed(link: LinkName): void {
    this.#link = link;
    this.#init.changes.linkRenamed(link.ifindex, link.name);
    this.#keep(this.#kept.map((change) => ('link' in change ? onLink(change, link) : change)));
  }

  /** Nothing is repaired from now on. */
  close(): void {
    this.#isClosed = true;
    this.#hands.close();
    this.#following?.();
    this.#names?.();
  }

  #tell(told: GuardTold): void {
    if (!this.#isClosed) this.#init.tell(told);
  }

  #keep(changes: readonly SystemChange[]): void {
    this.#kept = changes;
    this.#init.set(this.#link, changes.filter((change) => change.kind === 'route' && change.type !== 'throw').length, this.#hands.keep(changes, this.#link));
  }

  /** Of the kernel. */
  heard(event: OsEvent): void {
    const isOfMain = event.kind === 'lost' || event.kind === 'source-up' || (event.kind === 'route' && event.route?.table === TABLE_MAIN) || event.kind === 'link';
    if (!isOfMain || this.#init.frame.ownTable === undefined) return;
    this.#following ??= later(() => {
      this.#following = undefined;
      this.#follow();
    }, FOLLOW_WITHIN);
  }

  #follow(): void {
    const { means, system, changes, frame, log } = this.#init;
    const wanted = means.plan.follow(this.#kept, frame, this.#link, system.view());
    if (JSON.stringify(wanted) === JSON.stringify(this.#kept)) return;
    for (const why of changes.become(wanted)) log.write('warn', 'system', why);
    this.#keep(wanted);
  }
}

function later(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}
