/**
 * Windows' links, addresses and routes as an OsNetworkSource: the notifications and tables of the IP helper, translated.
 * A notification says what kind of thing changed, and nothing more. Decides nothing. Event thread.
 */
import { decodeAddressRows, decodeLinkRows, decodeMetricRows, decodeRouteRows, type LinkMetrics } from '../../wire/mib-rows.ts';
import type { OsEvent, OsNetworkSource } from '../../ports/os-network.ts';
import { NOT_SUPPORTED, readRows, watchChanges, WindowsError, type Changed, type Watch } from '../../../native-bindings/windows/index.ts';

/** Windows numbers its links from 1. */
const NO_LINK = 0;
const EVENTS: Readonly<Record<Changed, OsEvent>> = {
  routes: { kind: 'route', action: 'changed', route: undefined },
  interfaces: { kind: 'link', action: 'changed', index: NO_LINK, link: undefined },
  addresses: { kind: 'address', action: 'changed', link: NO_LINK, address: undefined },
};

export function createWindowsSource(): OsNetworkSource {
  let watch: Watch | undefined;
  return {
    start(onEvent) {
      try {
        watch = watchChanges((which) => onEvent(EVENTS[which]), (why) => onEvent({ kind: 'source-failed', why }));
      } catch (error) {
        onEvent({ kind: 'source-failed', why: error instanceof Error ? error.message : 'unknown' });
        return;
      }
      onEvent({ kind: 'source-up' });
    },
    snapshot: () => ({
      links: decodeLinkRows(readRows('links')),
      addresses: decodeAddressRows(readRows('addresses')),
      routes: decodeRouteRows(readRows('routes'), linkMetrics()),
      rules: [],
    }),
    close() {
      watch?.close();
      watch = undefined;
    },
  };
}

/** Without the table (Wine) each route keeps its own metric alone. */
function linkMetrics(): LinkMetrics {
  try {
    return decodeMetricRows(readRows('interfaces'));
  } catch (error) {
    if (error instanceof WindowsError && error.status === NOT_SUPPORTED) return new Map();
    throw error;
  }
}
