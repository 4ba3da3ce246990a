/** The machines of a node of a tailnet, as they ship. Callers: the host and the simulator, once for each start of a node. */
import { Control } from '../../control/control.ts';
import { MapSession } from '../../control/map-session.ts';
import { Netcheck } from '../../netcheck/netcheck.ts';
import { Paths } from '../../paths/paths.ts';
import { PortMap } from '../../portmap/port-map.ts';
import type { Counters } from '../../ports/counters.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Rng } from '../../ports/rng.ts';
import { Relays } from '../../relay/relays.ts';
import type { TailnetMachines } from './machines.ts';

export function createTailnetMachines({ crypto, rng, counters }: { readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen' | 'x25519Base'>; readonly rng: Rng; readonly counters: Counters }): TailnetMachines {
  return {
    control: new Control({ crypto, rng, createMapSession: () => new MapSession() }),
    paths: new Paths({
      crypto,
      rng,
      lastHeardAt: (peer) => counters.readAt(peer, 'lastAuthenticAt'),
      lastUserDataAt: (peer) => {
        const sent = counters.readAt(peer, 'lastSentAt');
        const heard = counters.readAt(peer, 'lastDataAt');
        return sent === undefined || (heard !== undefined && heard > sent) ? heard : sent;
      },
    }),
    relays: new Relays({ crypto, rng }),
    netcheck: new Netcheck({ rng }),
    portMap: new PortMap({ rng }),
  };
}
