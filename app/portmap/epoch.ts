/**
 * Has a router lost its mappings? It tells in each answer for how many seconds it has had them; if that does not fit the time
 * that passed here, it began anew. Pure. Caller: port-map.ts.
 */
import type { Instant } from '../time/instant.ts';
import type { PortMapProtocol } from './types.ts';

/** s of slack, for answers on their way and for rounding. */
const SLACK = 2;

export class Epoch {
  readonly #protocol: PortMapProtocol;
  #last: { readonly at: Instant; readonly epochS: number } | undefined;

  constructor(protocol: PortMapProtocol) {
    this.#protocol = protocol;
  }

  /** True: what it had given before this answer is gone. */
  note(epochS: number, now: Instant): boolean {
    const last = this.#last;
    this.#last = { at: now, epochS };
    if (last === undefined) return false;
    const here = (now - last.at) / 1_000;
    const there = epochS - last.epochS;
    switch (this.#protocol) {
      case 'NAT-PMP':
        // RFC 6886 section 3.6: its clock may be an eighth slow.
        return there < (here * 7) / 8 - SLACK;
      case 'PCP':
        // RFC 6887 section 8.5: either clock may be a sixteenth off.
        return there < -1 || here + SLACK < there - there / 16 || there + SLACK < here - here / 16;
      default:
        return this.#protocol satisfies never;
    }
  }
}
