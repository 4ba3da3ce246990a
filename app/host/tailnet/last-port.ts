/**
 * The UDP port of last time, so that a restarted node is found where its peers and its NAT know it. A number in the store.
 * Callers: start-tailnet.ts.
 */
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { writeIfRoom } from '../store.ts';

const STORED = 'udp-port';

/** 0: none is known, or what was kept makes no sense. */
export function lastPort(store: Store): number {
  const bytes = store.read(STORED);
  const port = bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
  return Number.isInteger(port) && port > 1_023 && port < 65_536 ? port : 0;
}

export function keepPort(store: Store, port: number, log: Log): void {
  if (port !== lastPort(store)) writeIfRoom(store, STORED, new TextEncoder().encode(String(port)), log);
}
