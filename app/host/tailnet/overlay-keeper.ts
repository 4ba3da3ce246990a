/**
 * Keeps the operating system as the tailnet wants it: plans each wish against what is there, makes the difference, and
 * tells the node what came of it, after the node's own turn. It plans and journals nothing itself (host/system does).
 */
import type { OverlayState } from '../../ports/effects.ts';
import type { Log } from '../../ports/log.ts';
import type { LinkName, SystemChange } from '../system/changes.ts';
import { planOverlay } from '../system/overlay-plan.ts';
import type { SystemPort } from '../system/port.ts';
import type { SystemChanges } from '../system/system-changes.ts';

export interface OverlayKeeperInit {
  readonly system: SystemPort;
  readonly changes: SystemChanges;
  /** Our own device, as it was opened first. */
  readonly link: LinkName;
  /** `changes`: all that has to stay, also what the system refused at first. */
  readonly set: (device: string, routes: number, changes: readonly SystemChange[]) => void;
  /** The wish cannot be planned. */
  readonly refused: (device: string, why: string) => void;
  /** Runs later, soon: the node is in the middle of its turn. */
  readonly soon: (work: () => void) => void;
  readonly log: Log;
}

export class OverlayKeeper {
  readonly #init: OverlayKeeperInit;
  #link: LinkName;
  #wish: OverlayState | null = null;
  #isPlanned = false;
  #isRefused = false;

  constructor(init: OverlayKeeperInit) {
    this.#init = init;
    this.#link = init.link;
  }

  /** Our device now. */
  get link(): LinkName {
    return this.#link;
  }

  /** A new device, on which nothing is made yet. What was on the old one went with it. */
  deviceReplaced(link: LinkName): void {
    this.#link = link;
    this.#plan();
  }

  /** The device has another name, and all that was made on it. */
  deviceRenamed(link: LinkName): void {
    this.#link = link;
    this.#init.changes.linkRenamed(link.ifindex, link.name);
    this.#plan();
  }

  /** The newest wish counts; several of one turn are one. */
  want(overlay: OverlayState | null): void {
    this.#wish = overlay;
    this.#plan();
  }

  /** Plans again what could not be planned: the system is another one now. */
  again(): void {
    if (this.#isRefused) this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#init.soon(() => {
      this.#isPlanned = false;
      this.#apply();
    });
  }

  #apply(): void {
    const { system, changes, log } = this.#init;
    const link = this.#link;
    this.#isRefused = false;
    if (this.#wish === null) {
      for (const why of changes.become([])) log.write('warn', 'system', why);
      return;
    }
    const planned = planOverlay(this.#wish, link, system.view());
    // An address of somebody else's: nothing of ours may stand beside it.
    const refusals = planned.ok ? changes.become(planned.value) : [...changes.become([]), planned.message];
    for (const why of refusals) log.write('warn', 'system', why);
    this.#isRefused = !planned.ok;
    if (!planned.ok) this.#init.refused(link.name, refusals.join(' '));
    // What the system refused is the guard's to try again.
    else this.#init.set(link.name, planned.value.filter((change: SystemChange) => change.kind === 'route').length, planned.value);
  }
}
