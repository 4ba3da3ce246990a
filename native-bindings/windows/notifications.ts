/**
 * Windows tells that routes, interfaces or addresses changed. No JavaScript runs in a thread of the system: what the
 * system calls is SetEvent itself, with the event as its context, which queues one bit and returns at once. A thread of
 * libuv's pool sleeps on these events; there is no timer and no wake-up in between. So a registration may be cancelled
 * from this thread at any time, though the cancelling waits for a callback that runs. What changed is not told: many
 * changes are one.
 */
import { createNativeMemory } from '../memory.ts';
import { calls, WindowsError } from './calls.ts';
import { AF_UNSPEC, WAIT_OBJECT_0 } from './headers/netioapi.ts';

const HANDLE = 8;
const KINDS = ['routes', 'interfaces', 'addresses'] as const;
export type Changed = (typeof KINDS)[number];
const REGISTER = { routes: 'NotifyRouteChange2', interfaces: 'NotifyIpInterfaceChange', addresses: 'NotifyUnicastIpAddressChange' } as const;
/** Place of the event that ends the wait, among the events of one wait. */
const STOP = KINDS.length;

export interface Watch {
  /** Unregisters. Twice is fine. */
  close(): void;
}

/**
 * `ended`: nothing more comes; it is unregistered. Not called after `close`. `tellNow`: the system calls once at once, where
 * it knows how. Throws WindowsError, with nothing left registered.
 */
export function watchChanges(changed: (which: Changed) => void, ended: (why: string) => void, tellNow = false): Watch {
  const call = calls();
  const memory = createNativeMemory((STOP + 2) * HANDLE);
  const events = openEvents();
  for (const [i, event] of events.entries()) memory.view.setBigUint64(i * HANDLE, BigInt(event), true);
  const registered: number[] = [];
  const unregister = (): void => {
    for (const handle of registered.splice(0)) call.CancelMibChangeNotify2(handle);
  };
  const end = (): void => {
    unregister();
    for (const event of events) call.CloseHandle(event);
  };
  try {
    register(memory, events, registered, tellNow);
  } catch (error) {
    end();
    throw error;
  }
  let isOpen = true;
  const stop = (): void => {
    unregister();
    call.SetEvent(events[STOP]!);
  };
  // A registration must not outlive the code that it calls, nor a waiting thread hold up the end of the process.
  process.on('exit', stop);
  const wait = (): void => {
    call.waitForAnyInBackground(events.length, memory.base, (_, which) => {
      if (!isOpen) return end();
      const first = KINDS[which];
      if (first === undefined) {
        isOpen = false;
        process.off('exit', stop);
        end();
        ended(`WaitForMultipleObjects gave ${which}`);
        return;
      }
      for (const [i, kind] of KINDS.entries()) {
        if (isOpen && (i === which || call.WaitForSingleObject(events[i]!, 0) === WAIT_OBJECT_0)) changed(kind);
      }
      // A listener may have closed it.
      if (isOpen) wait();
      else end();
    });
  };
  wait();
  return {
    close() {
      if (!isOpen) return;
      isOpen = false;
      process.off('exit', stop);
      stop();
    },
  };
}

/** One each, which a wait resets; the last ends it. */
function openEvents(): readonly number[] {
  const { CreateEventA, GetLastError, CloseHandle } = calls();
  const events: number[] = [];
  for (let i = 0; i <= STOP; i++) {
    const event = CreateEventA(0, 0, 0, 0);
    if (event === 0) {
      const status = GetLastError();
      for (const each of events) CloseHandle(each);
      throw new WindowsError('CreateEvent', 'changes', status);
    }
    events.push(event);
  }
  return events;
}

function register(memory: { readonly base: number; readonly view: DataView }, events: readonly number[], registered: number[], tellNow: boolean): void {
  const call = calls();
  const setEvent = addressOfSetEvent();
  const handleAt = (STOP + 1) * HANDLE;
  for (const [i, kind] of KINDS.entries()) {
    memory.view.setBigUint64(handleAt, 0n, true);
    const status = call[REGISTER[kind]](AF_UNSPEC, setEvent, events[i]!, tellNow ? 1 : 0, memory.base + handleAt);
    if (status !== 0) throw new WindowsError(REGISTER[kind], kind, status);
    registered.push(Number(memory.view.getBigUint64(handleAt, true)));
  }
}

/** A callback gets its context first, which is where SetEvent expects the event; what comes behind it ignores. So only where arguments go by registers. */
export function addressOfSetEvent(): number {
  if (process.arch !== 'x64' && process.arch !== 'arm64') throw new Error(`changes of the network are told on 64-bit Windows only; this is ${process.arch}`);
  const { GetModuleHandleA, GetProcAddress } = calls();
  return GetProcAddress(GetModuleHandleA('kernel32.dll'), 'SetEvent');
}

/** Sets `event` at each change of routes or interfaces, by the system itself. Returns the end of it. Throws WindowsError. */
export function signalRoutes(event: number): () => void {
  const call = calls();
  const setEvent = addressOfSetEvent();
  const { base, view } = createNativeMemory(2 * HANDLE);
  const registered: number[] = [];
  const end = (): void => {
    process.off('exit', end);
    for (const handle of registered.splice(0)) call.CancelMibChangeNotify2(handle);
  };
  for (const kind of ['routes', 'interfaces'] as const) {
    view.setBigUint64(0, 0n, true);
    const status = call[REGISTER[kind]](AF_UNSPEC, setEvent, event, 0, base);
    if (status !== 0) {
      end();
      throw new WindowsError(REGISTER[kind], kind, status);
    }
    registered.push(Number(view.getBigUint64(0, true)));
  }
  process.on('exit', end);
  return end;
}
