/** By which interface our own datagrams leave, kept as the system's routes change. In the thread of the sockets. */
import type { IpAddress } from '../../base/ip.ts';
import type { OsRoute } from '../../ports/os-network.ts';
import { decodeMetricRows, decodeRouteRows } from '../../wire/mib-rows.ts';
import { calls, handleWait, newEvent, readRows, signalRoutes, WindowsError } from '../../../native-bindings/windows/index.ts';
import { bestOther } from './best-other.ts';

export interface Ways {
  wayTo(to: IpAddress): number | undefined;
  /** Returns the end of it. */
  watch(changed: () => void): () => void;
}

/** `tunnel`: index of our own interface, now. */
export function systemWays(tunnel: () => number): Ways {
  let routes: readonly OsRoute[] | undefined;
  return {
    wayTo: (to) => bestOther((routes ??= readRoutes()), to, tunnel()),
    watch(changed) {
      const event = newEvent();
      const end = signalRoutes(event);
      const unwatch = handleWait().watch(event, () => {
        routes = undefined;
        changed();
      });
      return () => {
        end();
        void unwatch().then(() => calls().CloseHandle(event));
      };
    },
  };
}

function readRoutes(): OsRoute[] {
  return decodeRouteRows(readRows('routes'), metrics());
}

/** Without the table (Wine) each route has its own metric alone. */
function metrics(): ReturnType<typeof decodeMetricRows> {
  try {
    return decodeMetricRows(readRows('interfaces'));
  } catch (error) {
    if (error instanceof WindowsError) return new Map();
    throw error;
  }
}
