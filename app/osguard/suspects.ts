/**
 * Who undid it: counts the programs that were seen to write to what is ours, and the marks on routes that stand where ours
 * should. A guess is never told: unknown is a name too. Callers: guard.ts.
 */
import { formatPrefix } from '../base/ip.ts';
import type { OsEvent } from '../ports/os-network.ts';
import { SUSPECTS_AT_MOST } from './constants.ts';
import type { DesiredOs, ObservedOs, Suspect, WantedItem } from './types.ts';

/** RTPROT_*, <linux/rtnetlink.h>, of programs and mechanisms that a person can look for. */
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP redirect'],
  [2, 'kernel'],
  [3, 'boot'],
  [4, 'static'],
  [8, 'gated'],
  [9, 'router advertisement'],
  [11, 'zebra'],
  [12, 'bird'],
  [15, 'ntk'],
  [16, 'dhcp'],
  [17, 'mrouted'],
  [18, 'keepalived'],
  [42, 'babel'],
  [99, 'openr'],
  [186, 'bgp'],
  [187, 'isis'],
  [188, 'ospf'],
  [189, 'rip'],
  [192, 'eigrp'],
]);

export function protocolName(protocol: number): string {
  return PROTOCOLS.get(protocol) ?? `protocol ${protocol}`;
}

export class Suspects {
  readonly #programs = new Map<string, number>();
  #inOurPlace: Suspect | undefined;

  /** A foreign event that concerns us. A write of nobody (`by` 0) is what the system does by itself. */
  note(event: OsEvent, program: string | undefined): void {
    if (program === undefined || !('action' in event)) return;
    const count = this.#programs.get(program) ?? 0;
    if (count === 0 && this.#programs.size >= SUSPECTS_AT_MOST) return;
    // Removing weighs more than adding: most programs that add something disturb nobody.
    this.#programs.set(program, count + (event.action === 'removed' ? 4 : 1));
  }

  /** Looks at what stands where missing routes should. */
  lookAt(missing: readonly WantedItem[], seen: ObservedOs, desired: DesiredOs): void {
    for (const item of missing) {
      if (item.kind !== 'route') continue;
      const there = seen.network.routes.find((route) => route.table === item.table && route.link !== desired.device.index && formatPrefix(route.prefix) === formatPrefix(item.prefix));
      if (there?.protocol === undefined) continue;
      this.#inOurPlace = { kind: 'protocol', protocol: there.protocol, name: protocolName(there.protocol) };
      return;
    }
  }

  worst(): Suspect {
    let most: string | undefined;
    for (const [name, count] of this.#programs) if (most === undefined || count > (this.#programs.get(most) ?? 0)) most = name;
    return most === undefined ? (this.#inOurPlace ?? { kind: 'unknown' }) : { kind: 'program', name: most };
  }

  forget(): void {
    this.#programs.clear();
    this.#inOurPlace = undefined;
  }
}
