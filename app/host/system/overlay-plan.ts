/**
 * What has to stand on the operating system for a tailnet: the MTU, our addresses and the routes of peers, each on our own
 * device and in the main table. No default route, no rule, no names. Pure; system-changes.ts makes the difference.
 */
import { formatIp, type IpAddress } from '../../base/ip.ts';
import type { OverlayState } from '../../ports/effects.ts';
import { TABLE_MAIN } from '../../wire/rtnetlink.ts';
import { translator } from '../../language/texts.ts';
import type { LinkName, SystemChange } from './changes.ts';
import type { Planned } from './plan.ts';
import type { SystemView } from './port.ts';

const { text } = translator('en');

/** In the order in which they are made. Refused: the message is a sentence for a person, and nothing may be made. */
export function planOverlay(overlay: OverlayState, link: LinkName, view: SystemView): Planned<SystemChange[]> {
  const usable = <T>(of: readonly T[], address: (one: T) => IpAddress): readonly T[] => (view.ipv6 ? of : of.filter((one) => address(one).family === 4));
  const addresses = usable(overlay.addresses, (prefix) => prefix.address);
  for (const { address } of addresses) {
    const taken = view.addresses.find((other) => other.ifindex !== link.ifindex && formatIp(other.address) === formatIp(address));
    if (taken === undefined) continue;
    const device = view.links.find((other) => other.ifindex === taken.ifindex)?.name ?? `number ${taken.ifindex}`;
    return { ok: false, message: text('problem.address-in-use', { address: formatIp(address), device }) };
  }
  const families = new Set(addresses.map(({ address }) => address.family));
  const routes = overlay.routes.filter((route) => route.bits > 0 && families.has(route.address.family));
  return {
    ok: true,
    value: [
      { kind: 'mtu', link, mtu: overlay.mtu },
      ...addresses.map(({ address, bits }): SystemChange => ({ kind: 'address', link, address, bits })),
      { kind: 'up', link },
      ...routes.map((destination): SystemChange => ({ kind: 'route', link, destination, table: TABLE_MAIN })),
    ],
  };
}
