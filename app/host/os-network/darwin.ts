/**
 * Darwin's links, addresses and routes as an OsNetworkSource: the routing socket and the kernel's dumps, translated.
 * Decides nothing. Event thread.
 */
import { decodeRouteMessages } from '../../wire/route-messages/decode.ts';
import { osEventOf, osSnapshotOf } from '../../wire/route-messages/os-terms.ts';
import type { OsEvent, OsNetworkSource } from '../../ports/os-network.ts';
import { linkName, openRouteSocket, readDatagrams, readTable, type Reader } from '../../../native-bindings/darwin/index.ts';

/** `open`: the descriptor that messages come from. Throws SystemError when there is none. */
export function createDarwinSource(open: () => number = openRouteSocket): OsNetworkSource {
  let reader: Reader | undefined;
  return {
    start(onEvent) {
      try {
        reader = readDatagrams(open(), {
          datagram(bytes) {
            for (const message of decodeRouteMessages(bytes)) {
              const event = osEventOf(message, linkName);
              if (event !== undefined && reader !== undefined) onEvent(event);
            }
          },
          dropped: () => onEvent({ kind: 'lost' }),
          ended: (why) => onEvent({ kind: 'source-failed', why }),
        });
      } catch (error) {
        onEvent(failed(error));
        return;
      }
      onEvent({ kind: 'source-up' });
    },
    snapshot: () => osSnapshotOf([...decodeRouteMessages(readTable('links')), ...decodeRouteMessages(readTable('routes'))]),
    close() {
      reader?.close();
      reader = undefined;
    },
  };
}

const failed = (error: unknown): OsEvent => ({ kind: 'source-failed', why: error instanceof Error ? error.message : 'unknown' });
