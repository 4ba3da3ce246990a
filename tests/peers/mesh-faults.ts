/**
 * What happens to a mesh: each fault of the network strikes one stock client and one Bowline in the same way at the same
 * time, or the relay of all, so that what the stock clients need is measured in the same run.
 */
import type { MeshLab } from './mesh-lab.ts';
import type { NatSite } from './nat-site.ts';
import { pause } from './rooms.ts';

export interface MeshFault {
  readonly name: string;
  /** Ends when the fault is done, before anybody has recovered. `struck`: which stock client and which Bowline, 0 or 1. */
  readonly strike: (mesh: MeshLab, struck: 0 | 1) => Promise<void>;
}

/** ms that the relay is away. */
const AWAY = 3_000;

export const FLUSH = atSites('NAT table flushed', (site) => site.flush());
export const UPLINK = atSites('uplink address changed', (site) => site.changeUplink());
export const BLOCK = atSites('UDP blocked', (site) => site.blockUdp());
export const UNBLOCK = atSites('UDP unblocked', (site) => site.unblockUdp());
export const RELAY: MeshFault = {
  name: 'relay killed for 3 s',
  strike: async ({ nat: { relay } }) => {
    await relay.kill();
    await pause(AWAY);
    await relay.start();
  },
};
export const RESTART_STOCK: MeshFault = { name: 'tailscaled restarted', strike: ({ nodes }, struck) => nodes[struck].restart() };
export const RESTART_BOWLINE: MeshFault = { name: 'Bowline restarted', strike: ({ nodes }, struck) => nodes[struck === 0 ? 2 : 3].restart() };

function atSites(name: string, happens: (site: NatSite) => Promise<void>): MeshFault {
  return {
    name,
    strike: async ({ nat }, struck) => {
      await Promise.all([happens(nat.site(struck)), happens(nat.site(2 + struck))]);
    },
  };
}
