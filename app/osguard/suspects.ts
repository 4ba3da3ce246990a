/**
 * Who undid it: counts the programs that were seen to write to what is ours, and the marks on routes that stand where ours
 * should. A guess is never told: unknown is a name too. Callers: guard.ts.
 */
import { equalPrefix } from '../base/ip.ts';
import type { OsEvent } from '../ports/os-network.ts';
import type { DesiredOs, ObservedOs, WantedItem } from '../ports/os-state.ts';
import { SUSPECTS_AT_MOST } from './constants.ts';
import type { Suspect } from './types.ts';

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
  readonly #writers = new Map<number, { weight: number; program: string | undefined }>();
  #inOurPlace: Suspect | undefined;

  /** A foreign change of what is ours, by this writer. True: nobody has asked yet who that is. */
  note(event: OsEvent, by: number): boolean {
    const known = this.#writers.get(by);
    // Removing weighs more than adding: most programs that add something disturb nobody.
    const weight = 'action' in event && event.action === 'removed' ? 4 : 1;
    if (known !== undefined) {
      known.weight += weight;
      return false;
    }
    // Programs that end at once come under a new number each time: the oldest of those without a name makes place.
    if (this.#writers.size >= SUSPECTS_AT_MOST) {
      const nameless = [...this.#writers].find(([, { program }]) => program === undefined)?.[0];
      if (nameless === undefined) return false;
      this.#writers.delete(nameless);
    }
    this.#writers.set(by, { weight, program: undefined });
    return true;
  }

  named(by: number, program: string | undefined): void {
    const known = this.#writers.get(by);
    if (known !== undefined) known.program = program;
  }

  /** Looks at what stands where missing routes should. */
  lookAt(missing: readonly WantedItem[], seen: ObservedOs, desired: DesiredOs): void {
    for (const item of missing) {
      if (item.kind !== 'route') continue;
      const there = seen.network.routes.find((route) => route.table === item.table && route.link !== desired.device.index && equalPrefix(route.prefix, item.prefix));
      if (there?.protocol === undefined) continue;
      this.#inOurPlace = { kind: 'protocol', protocol: there.protocol, name: protocolName(there.protocol) };
      return;
    }
  }

  worst(): Suspect {
    const weights = new Map<string, number>();
    for (const { program, weight } of this.#writers.values()) if (program !== undefined) weights.set(program, (weights.get(program) ?? 0) + weight);
    let most: string | undefined;
    for (const [name, weight] of weights) if (most === undefined || weight > (weights.get(most) ?? 0)) most = name;
    return most === undefined ? (this.#inOurPlace ?? { kind: 'unknown' }) : { kind: 'program', name: most };
  }

  forget(): void {
    this.#writers.clear();
    this.#inOurPlace = undefined;
  }
}
