/**
 * The network monitor: what a system tells of links, addresses, routes and rules becomes no change, a minor one, or a major
 * one, and whether our own device is still there. Pure: it asks for snapshots and subscriptions, it takes none.
 *
 *   subscribe ──► snapshot ──► events, each judged (concern.ts) ──► settled ──► snapshot ──► compared with the last
 *
 * Only the comparison of two snapshots is ever a change. A look-up that missed is none; repetition is none; what we write
 * ourselves is none. Bursts are looked at once, storms at most once a second. Where messages were lost, or the source ended,
 * a snapshot says what is. What was asked for and is not answered failed. Between events it has no deadline. Caller: node/.
 */
import { RingQueue } from '../base/ring.ts';
import type { OsEvent, OsSnapshot } from '../ports/os-network.ts';
import type { OsSystem, OsWatchCommand, OwnDevice, OwnMarks } from '../ports/os-watch.ts';
import type { Rng } from '../ports/rng.ts';
import { Backoff } from '../time/backoff.ts';
import { earlier, type Deadline, type Machine } from '../time/deadline.ts';
import { after, age, instant, type Instant } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import { TokenBucket } from '../time/token-bucket.ts';
import { concernOf } from './concern.ts';
import { ANSWER_WITHIN, DEVICE_LOOKS_APART, LOOKS_APART, LOOKS_AT_ONCE, NO_ANSWER, SETTLED_AFTER, SETTLES_WITHIN, SOUND_AFTER, SUBSCRIBE } from './constants.ts';
import { Known } from './known.ts';
import { OwnDeviceWatch } from './own-device.ts';
import type { DeviceChange, NetmonInput, NetmonOutput, NetmonTally } from './types.ts';
import { compareUnderlay, familiesOf, underlayOf, type Underlay } from './underlay.ts';

/** asked: its answer is awaited. */
type Source = { readonly kind: 'none' } | { readonly kind: 'asked' } | { readonly kind: 'up'; readonly since: Instant } | { readonly kind: 'failed' };

/** soon: a burst is under way. asked: a snapshot is on its way; `again`: something happened meanwhile. */
type Look = { readonly kind: 'none' } | { readonly kind: 'soon'; readonly since: Instant } | { readonly kind: 'asked'; readonly again: boolean };

const OUTPUTS_WAITING = 4_096;
const NO_MARKS: OwnMarks = { tables: [], protocols: [], priorities: undefined };

export class Netmon implements Machine<NetmonInput, NetmonOutput> {
  readonly tally: NetmonTally = { events: 0, misses: 0, unparsable: 0, lost: 0, snapshots: 0, minor: 0, major: 0, deviceLooks: 0, subscriptions: 0 };
  readonly #outputs = new RingQueue<NetmonOutput>(OUTPUTS_WAITING);
  readonly #timers = new TimerTable<'source-answer' | 'look-answer' | 'look' | 'subscribe' | 'device-look'>(['source-answer', 'look-answer', 'look', 'subscribe', 'device-look'], 'netmon');
  readonly #looks = new TokenBucket(LOOKS_AT_ONCE, LOOKS_APART);
  readonly #subscribing: Backoff;
  readonly #device: OwnDeviceWatch;
  #system: OsSystem = 'linux';
  #marks: OwnMarks = NO_MARKS;
  #source: Source = { kind: 'none' };
  #look: Look = { kind: 'none' };
  #known: Known | undefined;
  #underlay: Underlay | undefined;

  constructor({ rng }: { readonly rng: Rng }) {
    this.#subscribing = new Backoff(SUBSCRIBE, rng);
    this.#device = new OwnDeviceWatch({ rng, changed: (change) => this.#deviceChanged(change), open: (name) => this.#command({ kind: 'open-device', name }) });
  }

  /** As the last snapshot had it; undefined before the first. */
  get underlay(): Underlay | undefined {
    return this.#underlay;
  }

  get device(): OwnDevice | undefined {
    return this.#device.present;
  }

  handle(input: NetmonInput, now: Instant): void {
    switch (input.kind) {
      case 'watch':
        this.#begin(input.system, input.device, input.marks, now);
        return;
      case 'event':
        if (this.#source.kind !== 'none') this.#event(input.event, now);
        return;
      case 'snapshot':
        this.#takeSnapshot(input.snapshot, now);
        return;
      case 'snapshot-failed':
        this.#lookFailed(now);
        return;
      case 'device-seen':
        this.#device.seen(input.name, input.index, now);
        return;
      case 'device-opened':
        this.#device.opened(input.device, now);
        return;
      case 'device-failed':
        this.#device.failed(input.why, now);
        return;
      case 'slept':
        if (this.#source.kind !== 'none') this.#lookNow(now);
        return;
      default:
        return input satisfies never;
    }
  }

  poll(): NetmonOutput | undefined {
    return this.#outputs.shift();
  }

  nextDeadline(): Deadline | undefined {
    return earlier(this.#timers.next(), this.#device.nextDeadline());
  }

  expire(now: Instant): void {
    for (let due = this.#timers.takeDue(now); due !== undefined; due = this.#timers.takeDue(now)) {
      switch (due) {
        case 'source-answer':
          this.#sourceFailed(NO_ANSWER, now);
          break;
        case 'look-answer':
          this.#lookFailed(now);
          break;
        case 'look':
          this.#lookNow(now);
          break;
        case 'subscribe':
          this.#subscribe(now);
          break;
        case 'device-look':
          this.#lookAtDevice(now);
          break;
        default:
          return due satisfies never;
      }
    }
    this.#device.expire(now);
  }

  /** Tells the network as it is, as after `watch`: whoever hears it forgot. */
  restate(): void {
    if (this.#underlay !== undefined) this.#tellFirst(this.#underlay);
  }

  #begin(system: OsSystem, device: OwnDevice | undefined, marks: OwnMarks, now: Instant): void {
    this.#system = system;
    this.#marks = marks;
    this.#timers.clearAll();
    this.#subscribing.reset();
    this.#look = { kind: 'none' };
    this.#known = undefined;
    this.#underlay = undefined;
    this.#device.begin(device, now);
    this.#subscribe(now);
  }

  #event(event: OsEvent, now: Instant): void {
    if (event.kind === 'source-up') {
      if (this.#source.kind !== 'asked') return;
      this.#source = { kind: 'up', since: now };
      this.#timers.clear('source-answer');
      this.#timers.clear('device-look');
      if (this.#subscribing.attempts > 0) this.#put({ kind: 'source', state: 'restored' });
      // What happened before it stood is in no event.
      this.#touched(event);
      this.#lookNow(now);
      return;
    }
    if (event.kind === 'source-failed') {
      this.#sourceFailed(event.why, now);
      return;
    }
    this.#count(event);
    if (event.kind === 'link') this.#device.event(event.action, event.index, event.link, now);
    const concern = concernOf(event, { system: this.#system, device: this.#device.present?.index, marks: this.#marks, known: this.#known, isLooking: this.#look.kind === 'asked' });
    if (concern === 'ours' || concern === 'both') this.#touched(event);
    if (concern === 'look' || concern === 'both') this.#lookSoon(now);
  }

  #count(event: OsEvent): void {
    this.tally.events++;
    if (event.kind === 'miss') this.tally.misses += event.count ?? 1;
    else if (event.kind === 'unparsable') this.tally.unparsable++;
    else if (event.kind === 'lost') this.tally.lost++;
  }

  // ---- the source

  #subscribe(now: Instant): void {
    this.#source = { kind: 'asked' };
    this.#timers.set('source-answer', after(now, ANSWER_WITHIN));
    this.tally.subscriptions++;
    this.#command({ kind: 'subscribe' });
  }

  #sourceFailed(why: string, now: Instant): void {
    if (this.#source.kind === 'none' || this.#source.kind === 'failed') return;
    if (this.#source.kind === 'up' && age(this.#source.since, now) >= SOUND_AFTER) this.#subscribing.reset();
    this.#source = { kind: 'failed' };
    this.#timers.clear('source-answer');
    const retryInMs = this.#subscribing.next();
    this.#timers.set('subscribe', after(now, retryInMs));
    if (this.#device.isWanted) this.#timers.setIfIdle('device-look', after(now, DEVICE_LOOKS_APART));
    this.#put({ kind: 'source', state: 'failed', why, retryInMs });
    // Blind until the next attempt: at least what is now is known.
    this.#lookSoon(now);
  }

  #lookAtDevice(now: Instant): void {
    if (this.#source.kind === 'up') return;
    this.#timers.set('device-look', after(now, DEVICE_LOOKS_APART));
    const device = this.#device.present;
    if (device === undefined) return;
    this.tally.deviceLooks++;
    this.#command({ kind: 'look-at-device', device });
  }

  // ---- looks

  #lookSoon(now: Instant): void {
    if (this.#look.kind === 'asked') {
      this.#look = { kind: 'asked', again: true };
      return;
    }
    const since = this.#look.kind === 'soon' ? this.#look.since : now;
    this.#look = { kind: 'soon', since };
    const settled = Math.min(after(now, SETTLED_AFTER), after(since, SETTLES_WITHIN));
    this.#timers.set('look', instant(Math.max(settled, this.#looks.freeAt(now))));
  }

  #lookNow(now: Instant): void {
    if (this.#look.kind === 'asked') {
      this.#look = { kind: 'asked', again: true };
      return;
    }
    this.#timers.clear('look');
    this.#looks.take(now);
    this.#look = { kind: 'asked', again: false };
    this.#timers.set('look-answer', after(now, ANSWER_WITHIN));
    this.tally.snapshots++;
    this.#command({ kind: 'take-snapshot' });
  }

  #lookFailed(now: Instant): void {
    if (this.#look.kind === 'asked') this.#look = { kind: 'none' };
    this.#timers.clear('look-answer');
    this.#lookSoon(now);
  }

  #takeSnapshot(snapshot: OsSnapshot, now: Instant): void {
    const again = this.#look.kind === 'asked' && this.#look.again;
    this.#look = { kind: 'none' };
    this.#timers.clear('look-answer');
    const own = this.#device.present;
    if (own !== undefined) this.#device.seen(snapshot.links.find(({ index }) => index === own.index)?.name, snapshot.links.find(({ name }) => name === own.name)?.index, now);
    this.#known = new Known(snapshot);
    const before = this.#underlay;
    const underlay = underlayOf(snapshot, this.#device.present?.index, this.#system);
    this.#underlay = underlay;
    if (before === undefined) this.#tellFirst(underlay);
    else this.#tellChange(before, underlay);
    if (again) this.#lookSoon(now);
  }

  #tellFirst(underlay: Underlay): void {
    if (underlay.addresses.length === 0) this.#put({ kind: 'network', state: 'down' });
    this.#tellAddresses(underlay);
  }

  #tellChange(before: Underlay, underlay: Underlay): void {
    const what = compareUnderlay(before, underlay);
    if (what === 'same') return;
    this.tally[what === 'minor' ? 'minor' : 'major']++;
    this.#put(what === 'minor' || what === 'major' ? { kind: 'network', state: 'changed', weight: what } : { kind: 'network', state: what });
    this.#tellAddresses(underlay);
  }

  #tellAddresses(underlay: Underlay): void {
    this.#put({ kind: 'families', ...familiesOf(underlay) });
    this.#put({ kind: 'gateway', gateway: underlay.gateway });
    this.#put({ kind: 'addresses', addresses: underlay.addresses.map(({ address }) => address) });
  }

  // ---- what is ours

  #deviceChanged(change: DeviceChange): void {
    if (change.kind === 'renamed') this.#command({ kind: 'device-renamed', device: change.device });
    this.#put({ kind: 'device', change });
  }

  #touched(event: OsEvent): void {
    this.#put({ kind: 'os-touched', event });
  }

  #command(command: OsWatchCommand): void {
    this.#put({ kind: 'command', command });
  }

  #put(output: NetmonOutput): void {
    if (!this.#outputs.push(output)) throw new Error('outputs are not drained: the owner must poll after each input');
  }
}
