/**
 * What the last snapshot said of links, addresses and ways out, to tell news from repetition: systems repeat themselves
 * (a Wi-Fi link every few seconds, IPv6 routers every few minutes). Bounded; what is not remembered counts as news. It is
 * replaced whole, never edited. Caller: netmon.ts.
 */
import { formatIp } from '../base/ip.ts';
import type { OsAddress, OsLink, OsRoute, OsSnapshot } from '../ports/os-network.ts';
import { REMEMBERED_AT_MOST } from './constants.ts';
import { isWayOut, wayText } from './underlay.ts';

/** yes, no: as told. unknown: not all could be remembered. */
export type Remembered = 'yes' | 'no' | 'unknown';

export class Known {
  readonly #links: ReadonlyMap<number, OsLink>;
  readonly #addresses: ReadonlyMap<string, string>;
  readonly #ways: ReadonlySet<string>;
  readonly #isWhole: boolean;

  constructor({ links, addresses, routes }: OsSnapshot) {
    const ways = routes.filter(isWayOut);
    this.#links = new Map(links.slice(0, REMEMBERED_AT_MOST).map((link) => [link.index, link]));
    this.#addresses = new Map(addresses.slice(0, REMEMBERED_AT_MOST).map((address) => [addressKey(address), address.state]));
    this.#ways = new Set(ways.slice(0, REMEMBERED_AT_MOST).map(wayText));
    this.#isWhole = Math.max(links.length, addresses.length, ways.length) <= REMEMBERED_AT_MOST;
  }

  link(link: OsLink): Remembered {
    const known = this.#links.get(link.index);
    return this.#said(known !== undefined && linkText(known) === linkText(link));
  }

  nameOf(index: number): string | undefined {
    return this.#links.get(index)?.name;
  }

  hasLink(index: number): Remembered {
    return this.#said(this.#links.has(index));
  }

  address(address: OsAddress): Remembered {
    return this.#said(this.#addresses.get(addressKey(address)) === address.state);
  }

  /** In whatever state. */
  hasAddress(address: OsAddress): Remembered {
    return this.#said(this.#addresses.has(addressKey(address)));
  }

  way(route: OsRoute): Remembered {
    return this.#said(this.#ways.has(wayText(route)));
  }

  #said(found: boolean): Remembered {
    return found ? 'yes' : this.#isWhole ? 'no' : 'unknown';
  }
}

/** The MTU is left out: no address and no way out follows from it. */
const linkText = ({ name, up, running }: OsLink): string => `${name} ${up} ${running}`;
const addressKey = ({ link, address, bits }: OsAddress): string => `${link} ${formatIp(address)}/${bits}`;
