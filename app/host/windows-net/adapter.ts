/**
 * The tunnel's own adapter on Windows: made by Wintun, with a session that carries packets. Bare: no address, no route. It ends
 * with this process, however that ends. Its GUID follows from its name, so that Windows knows the network again at the next
 * start instead of counting a new one each time. Event thread.
 */
import { createHash } from 'node:crypto';
import { createNativeMemory } from '../../../native-bindings/memory.ts';
import { calls, netCalls, WindowsError, WINTUN_RING, type NetCalls, type Wintun } from '../../../native-bindings/windows/index.ts';
import { ADAPTER } from './wintun-tun.ts';

const NAME = 0;
const TYPE = 512;
const GUID = 768;
const LUID = 800;
const INDEX = 808;

export interface Adapter {
  readonly name: string;
  readonly ifindex: number;
  /** See {@link ADAPTER}; what stands in it is of the newest one. */
  readonly shared: SharedArrayBuffer;
  /** Another in the place of this one, which is gone. */
  reopen(name: string): { readonly name: string; readonly ifindex: number };
  close(): void;
}

export interface AdapterMeans {
  readonly wintun: Wintun;
  readonly net: Pick<NetCalls, 'ConvertInterfaceLuidToIndex'>;
  readonly lastError: () => number;
}

/** Throws WindowsError. */
export function openAdapter(name: string, wintun: Wintun, means: AdapterMeans = { wintun, net: netCalls(), lastError: calls().GetLastError }): Adapter {
  const shared = new SharedArrayBuffer(8 * ADAPTER.words);
  const words = new BigInt64Array(shared);
  let now = make(name, means);
  const publish = (): void => {
    Atomics.store(words, ADAPTER.index, BigInt(now.ifindex));
    Atomics.store(words, ADAPTER.session, BigInt(now.session));
  };
  publish();
  return {
    name,
    ifindex: now.ifindex,
    shared,
    reopen(again) {
      // The one that is gone is left: a thread may be in the middle of a call with it, and its ring is memory.
      now = make(again, means);
      publish();
      return { name: again, ifindex: now.ifindex };
    },
    close() {
      means.wintun.WintunEndSession(now.session);
      means.wintun.WintunCloseAdapter(now.adapter);
    },
  };
}

function make(name: string, { wintun, net, lastError }: AdapterMeans): { readonly adapter: number; readonly session: number; readonly ifindex: number } {
  const { base, bytes, view } = createNativeMemory(1_024);
  bytes.set(Buffer.from(`${name}\0`, 'utf16le'), NAME);
  bytes.set(Buffer.from('Bowline\0', 'utf16le'), TYPE);
  bytes.set(createHash('sha256').update(`Bowline adapter ${name}`).digest().subarray(0, 16), GUID);
  const adapter = wintun.WintunCreateAdapter(base + NAME, base + TYPE, base + GUID);
  if (adapter === 0) throw new WindowsError('WintunCreateAdapter', name, lastError());
  wintun.WintunGetAdapterLUID(adapter, base + LUID);
  const status = net.ConvertInterfaceLuidToIndex(base + LUID, base + INDEX);
  const session = status === 0 ? wintun.WintunStartSession(adapter, WINTUN_RING) : 0;
  if (session === 0) {
    const why = status === 0 ? new WindowsError('WintunStartSession', name, lastError()) : new WindowsError('ConvertInterfaceLuidToIndex', name, status);
    wintun.WintunCloseAdapter(adapter);
    throw why;
  }
  return { adapter, session, ifindex: view.getUint32(INDEX, true) };
}
