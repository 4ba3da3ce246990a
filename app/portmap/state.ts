/** The states of port mapping, and what each one means: its report, where peers may call, when it has to be woken. Pure. Caller: port-map.ts. */
import type { IpEndpoint } from '../base/ip.ts';
import type { Deadline } from '../time/deadline.ts';
import type { Instant } from '../time/instant.ts';
import type { Answer } from './answers.ts';
import { isOutside } from './outside.ts';
import type { Session } from './session.ts';
import type { PortMapProtocol, PortMapRefusal, PortMapReport } from './types.ts';

/** A question on its way: `sent` times, and again (or given up) at `at`. */
export interface Asking {
  readonly sent: number;
  readonly at: Instant;
}

export type Work =
  | { readonly kind: 'resting' }
  | { readonly kind: 'checking'; readonly asking: Asking }
  /** `restarted`: because the router had lost it. */
  | { readonly kind: 'renewing'; readonly asking: Asking; readonly restarted: boolean };

export interface Mapped {
  readonly kind: 'mapped';
  readonly session: Session;
  readonly protocol: PortMapProtocol;
  readonly external: IpEndpoint;
  readonly expiresAt: Instant;
  readonly renewAt: Instant;
  readonly work: Work;
}

export type State =
  | { readonly kind: 'off' }
  /** Attempts began too fast. */
  | { readonly kind: 'held'; readonly until: Instant }
  | { readonly kind: 'probing'; readonly session: Session; readonly asking: Asking }
  | { readonly kind: 'asking'; readonly session: Session; readonly protocol: PortMapProtocol; readonly asking: Asking }
  | Mapped
  | { readonly kind: 'absent'; readonly since: Instant }
  | { readonly kind: 'refused'; readonly protocol: PortMapProtocol; readonly why: PortMapRefusal; readonly until: Instant };

/** Where peers may call us. Undefined: nowhere. */
export function externalOf(state: State): IpEndpoint | undefined {
  return state.kind === 'mapped' && isOutside(state.external.address) ? state.external : undefined;
}

export function reportOf(state: State): PortMapReport {
  switch (state.kind) {
    case 'off':
    case 'held':
    case 'probing':
    case 'asking':
      return { kind: 'unknown' };
    case 'absent':
      return { kind: 'absent' };
    case 'refused':
      return { kind: 'refused', protocol: state.protocol, why: state.why };
    case 'mapped': {
      const { protocol, external, expiresAt } = state;
      return isOutside(external.address) ? { kind: 'mapped', protocol, external, expiresAt } : { kind: 'behind-another-nat', protocol, external };
    }
    default:
      return state satisfies never;
  }
}

export function deadlineOf(state: State): Deadline | undefined {
  switch (state.kind) {
    case 'off':
    case 'absent':
      return undefined;
    case 'held':
      return { at: state.until, why: 'port mapping: attempts are limited' };
    case 'probing':
    case 'asking':
      return { at: state.asking.at, why: 'port mapping: no answer yet' };
    case 'refused':
      return { at: state.until, why: 'port mapping: asking again after a refusal' };
    case 'mapped': {
      const { work, expiresAt, renewAt } = state;
      const at = work.kind === 'resting' ? renewAt : work.asking.at;
      if (at >= expiresAt) return { at: expiresAt, why: 'port mapping: its lifetime is over' };
      return { at, why: work.kind === 'resting' ? 'port mapping: renewal' : 'port mapping: no answer yet' };
    }
    default:
      return state satisfies never;
  }
}

/** Anything else is somebody else's word, or an answer that came twice. */
export function isAsked(work: Work, { kind, protocol }: Answer): boolean {
  switch (work.kind) {
    case 'resting':
      return false;
    case 'checking':
      return kind !== 'mapped' && kind !== 'refused';
    case 'renewing':
      return kind === 'mapped' || kind === 'refused' || protocol === 'NAT-PMP';
    default:
      return work satisfies never;
  }
}
