/**
 * A node's port at the router: drains the port mapping machine, keeps where peers may call by it, and lets the history
 * remember what was won and lost. It decides nothing. Caller: mesh.ts.
 */
import type { IpEndpoint } from '../../base/ip.ts';
import type { NetFacts } from '../../control/types.ts';
import type { PortMapInput } from '../../portmap/types.ts';
import type { Effect } from '../../ports/effects.ts';
import type { Deadline } from '../../time/deadline.ts';
import type { Instant } from '../../time/instant.ts';
import type { PortMapLike } from './machines.ts';
import type { MeshHistory } from './mesh-history.ts';

export interface PortMappingInit {
  readonly machine: PortMapLike;
  readonly history: MeshHistory;
  readonly emit: (effect: Effect) => void;
  /** Where peers may call is another place. */
  readonly moved: (now: Instant) => void;
  /** What a view shows of it differs. */
  readonly changed: () => void;
}

export class PortMapping {
  readonly #init: PortMappingInit;
  #external: IpEndpoint | undefined;

  constructor(init: PortMappingInit) {
    this.#init = init;
  }

  /** Where peers may call, best first. */
  get external(): readonly IpEndpoint[] {
    return this.#external === undefined ? [] : [this.#external];
  }

  /** Undefined: not known. */
  get works(): boolean | undefined {
    if (this.#external !== undefined) return true;
    return this.#init.machine.report().kind === 'unknown' ? undefined : false;
  }

  /** Nothing is on its way that a report should wait for. */
  get settled(): boolean {
    return this.#init.machine.settled;
  }

  /** For the server. */
  get facts(): Pick<NetFacts, 'portMapped' | 'pmp' | 'pcp'> {
    const report = this.#init.machine.report();
    switch (report.kind) {
      case 'unknown':
        return {};
      case 'absent':
        return { portMapped: false, pmp: false, pcp: false };
      case 'refused':
      case 'behind-another-nat':
      case 'mapped':
        return { portMapped: report.kind === 'mapped', ...(report.protocol === 'PCP' ? { pcp: true } : { pmp: true }) };
      default:
        return report satisfies never;
    }
  }

  handle(input: PortMapInput, now: Instant): void {
    this.#init.machine.handle(input, now);
  }

  nextDeadline(): Deadline | undefined {
    return this.#init.machine.nextDeadline();
  }

  expire(now: Instant): void {
    this.#init.machine.expire(now);
  }

  /** True: it had something to say. */
  drain(now: Instant): boolean {
    const { machine, emit, history, moved, changed } = this.#init;
    let said = false;
    for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
      said = true;
      switch (output.kind) {
        case 'link':
          emit({ kind: 'gateway-link', command: output.command });
          break;
        case 'mapping': {
          const before = this.#external;
          this.#external = output.external;
          history.portMapping(output, before, now);
          moved(now);
          break;
        }
        case 'changed':
          changed();
          break;
        default:
          output satisfies never;
      }
    }
    return said;
  }
}
