/**
 * Whether the device of our tunnel is still there: known by its index, so a new name changes nothing, and a new device under
 * the old name is another one. When it is gone, a new one is asked for until there is one; nothing else is touched.
 *
 *   present ── deleted, or its name on another index ──► gone: opening ⇄ waiting ──► present
 *
 * Part of the network monitor. Caller: netmon.ts.
 */
import type { OsAction, OsLink } from '../ports/os-network.ts';
import type { OwnDevice } from '../ports/os-watch.ts';
import type { Rng } from '../ports/rng.ts';
import { Backoff } from '../time/backoff.ts';
import type { Deadline } from '../time/deadline.ts';
import { after, age, type Instant } from '../time/instant.ts';
import { ANSWER_WITHIN, DEVICE_SOUND_AFTER, NO_ANSWER, OPEN } from './constants.ts';
import type { DeviceChange } from './types.ts';

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'present'; readonly device: OwnDevice; readonly since: Instant }
  | { readonly kind: 'gone'; readonly name: string; readonly since: Instant; readonly attempts: number; readonly next: { readonly kind: 'opening' | 'waiting'; readonly until: Instant } };

export interface OwnDeviceInit {
  readonly rng: Rng;
  readonly changed: (change: DeviceChange) => void;
  readonly open: (name: string) => void;
}

export class OwnDeviceWatch {
  readonly #init: OwnDeviceInit;
  readonly #backoff: Backoff;
  #state: State = { kind: 'none' };

  constructor(init: OwnDeviceInit) {
    this.#init = init;
    this.#backoff = new Backoff(OPEN, init.rng);
  }

  get present(): OwnDevice | undefined {
    return this.#state.kind === 'present' ? this.#state.device : undefined;
  }

  /** There is one, or there should be. */
  get isWanted(): boolean {
    return this.#state.kind !== 'none';
  }

  begin(device: OwnDevice | undefined, now: Instant): void {
    this.#backoff.reset();
    this.#state = device === undefined ? { kind: 'none' } : { kind: 'present', device, since: now };
  }

  /** Of any link. */
  event(action: OsAction, index: number, link: OsLink | undefined, now: Instant): void {
    const state = this.#state;
    if (state.kind === 'gone') {
      // Who took the name may have given it back.
      if (action === 'removed' && link?.name === state.name && state.next.kind === 'waiting') this.#wait(state, Math.min(state.next.until - now, OPEN.firstMs), now);
      return;
    }
    if (state.kind !== 'present' || index !== state.device.index) return;
    if (action === 'removed') this.#gone(state, 'deleted', 'event', now);
    else if (link !== undefined) this.#named(state, link.name);
  }

  /** What a look found: the name of the link with our index, and the index of the link with our name. */
  seen(name: string | undefined, index: number | undefined, now: Instant): void {
    const state = this.#state;
    if (state.kind !== 'present') return;
    if (name !== undefined) this.#named(state, name);
    else this.#gone(state, index === undefined ? 'deleted' : 'recreated', 'look', now);
  }

  opened(device: OwnDevice, now: Instant): void {
    const state = this.#state;
    if (state.kind !== 'gone') return;
    this.#state = { kind: 'present', device, since: now };
    this.#init.changed({ kind: 'back', device, goneSince: state.since, attempts: state.attempts });
  }

  failed(why: string, now: Instant): void {
    const state = this.#state;
    if (state.kind !== 'gone') return;
    const retryInMs = this.#backoff.next();
    this.#wait(state, retryInMs, now);
    this.#init.changed({ kind: 'not-back', name: state.name, why, attempts: state.attempts, retryInMs });
  }

  nextDeadline(): Deadline | undefined {
    const state = this.#state;
    return state.kind === 'gone' ? { at: state.next.until, why: 'netmon: open the device again' } : undefined;
  }

  expire(now: Instant): void {
    const state = this.#state;
    if (state.kind !== 'gone' || state.next.until > now) return;
    if (state.next.kind === 'waiting') this.#open(state, now);
    else this.failed(NO_ANSWER, now);
  }

  #named(state: Extract<State, { kind: 'present' }>, name: string): void {
    if (name === state.device.name) return;
    const device = { index: state.device.index, name };
    this.#state = { ...state, device };
    this.#init.changed({ kind: 'renamed', from: state.device.name, device });
  }

  /** Opened at once, unless the one before did not last: then somebody is at war with us. */
  #gone({ device, since }: Extract<State, { kind: 'present' }>, how: 'deleted' | 'recreated', noticedBy: 'event' | 'look', now: Instant): void {
    if (age(since, now) >= DEVICE_SOUND_AFTER) this.#backoff.reset();
    const isFirst = this.#backoff.attempts === 0;
    const wait = this.#backoff.next();
    const gone = { kind: 'gone', name: device.name, since: now, attempts: 0, next: { kind: 'waiting', until: after(now, wait) } } as const;
    this.#state = gone;
    this.#init.changed({ kind: 'gone', how, device, noticedBy });
    if (isFirst) this.#open(gone, now);
  }

  #wait(state: Extract<State, { kind: 'gone' }>, forMs: number, now: Instant): void {
    this.#state = { ...state, next: { kind: 'waiting', until: after(now, Math.max(0, forMs)) } };
  }

  #open(state: Extract<State, { kind: 'gone' }>, now: Instant): void {
    this.#state = { ...state, attempts: state.attempts + 1, next: { kind: 'opening', until: after(now, ANSWER_WITHIN) } };
    this.#init.open(state.name);
  }
}
