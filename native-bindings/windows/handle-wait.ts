/**
 * Waits for events of the system in one thread of libuv's pool, however many they are: the pool has four, and each that
 * sleeps for good is one less for files and names. No timer; nothing wakes in between. The events are such that a wait resets.
 */
import { createNativeMemory } from '../memory.ts';
import { calls, WindowsError } from './calls.ts';

const HANDLE = 8;
/** MAXIMUM_WAIT_OBJECTS, less the one that tells of a change here. */
const MOST = 63;
const SIGNALLED = 0;

/** What it needs of the system; the rest of `Calls` serves. */
export type WaitCalls = Pick<ReturnType<typeof calls>, 'CreateEventA' | 'SetEvent' | 'CloseHandle' | 'WaitForSingleObject' | 'waitForAnyInBackground' | 'GetLastError'>;

export class HandleWait {
  readonly #call: WaitCalls;
  readonly #memory = createNativeMemory((MOST + 1) * HANDLE);
  readonly #changed: number;
  #watched: { readonly handle: number; readonly signalled: () => void }[] = [];
  #state: 'idle' | 'waiting' | 'closed' = 'idle';

  constructor(call: WaitCalls = calls()) {
    this.#call = call;
    this.#changed = newEvent(call);
  }

  /** Calls `signalled` in this thread at each signal. The event stays the caller's; returns the end of it, after which it may be closed. */
  watch(handle: number, signalled: () => void): () => Promise<void> {
    if (this.#watched.length >= MOST) throw new Error(`more than ${MOST} events to wait for`);
    const each = { handle, signalled };
    this.#watched.push(each);
    this.#again();
    return async () => {
      if (!this.#watched.includes(each)) return;
      this.#watched = this.#watched.filter((other) => other !== each);
      await this.#released();
    };
  }

  /** Waits for nothing any more. */
  close(): void {
    if (this.#state === 'closed') return;
    const wasWaiting = this.#state === 'waiting';
    this.#state = 'closed';
    this.#watched = [];
    if (wasWaiting) this.#call.SetEvent(this.#changed);
    else this.#call.CloseHandle(this.#changed);
  }

  /** Until no thread waits for an event that is not watched any more. */
  #released(): Promise<void> {
    if (this.#state !== 'waiting') return Promise.resolve();
    const done = new Promise<void>((resolve) => this.#onWoken.push(resolve));
    this.#call.SetEvent(this.#changed);
    return done;
  }

  readonly #onWoken: (() => void)[] = [];

  #again(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'waiting') {
      this.#call.SetEvent(this.#changed);
      return;
    }
    if (this.#watched.length === 0) return;
    this.#state = 'waiting';
    const waited = [...this.#watched];
    [this.#changed, ...waited.map(({ handle }) => handle)].forEach((handle, i) => this.#memory.view.setBigUint64(i * HANDLE, BigInt(handle), true));
    this.#call.waitForAnyInBackground(waited.length + 1, this.#memory.base, (error, which) => {
      for (const resolve of this.#onWoken.splice(0)) resolve();
      if (this.#state === 'closed') {
        this.#call.CloseHandle(this.#changed);
        return;
      }
      this.#state = 'idle';
      if (error !== null && error !== undefined) throw error;
      if (which < 0 || which > waited.length) throw new WindowsError('WaitForMultipleObjects', `${waited.length + 1} events`, this.#call.GetLastError());
      waited.forEach((each, i) => {
        const isSignalled = i + 1 === which || (i + 1 > which && this.#call.WaitForSingleObject(each.handle, 0) === SIGNALLED);
        if (isSignalled && this.#watched.includes(each)) each.signalled();
      });
      this.#again();
    });
  }
}

/** One that a wait resets. Throws WindowsError. */
export function newEvent(call: Pick<WaitCalls, 'CreateEventA' | 'GetLastError'> = calls()): number {
  const event = call.CreateEventA(0, 0, 0, 0);
  if (event === 0) throw new WindowsError('CreateEvent', 'wait', call.GetLastError());
  return event;
}

let shared: HandleWait | undefined;

/** The one of this thread. */
export function handleWait(): HandleWait {
  return (shared ??= new HandleWait());
}
