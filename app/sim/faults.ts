/**
 * What can go wrong, as data: a script is a list of these with times, made by hand or from a seed, and replayed exactly.
 * Hosts are named by their index in the World. Nothing here acts; the World does.
 */
import type { Rng } from '../ports/rng.ts';
import { seconds, type Duration } from '../time/instant.ts';
import type { CutDirection, LinkShape } from './link.ts';

/** What a stranger on the network does to one victim. It sees every datagram and holds no key. */
export type HostileAct = 'noise' | 'mutate' | 'replay' | 'spoof-response' | 'spoof-cookie' | 'flood';
export const HOSTILE_ACTS: readonly HostileAct[] = ['noise', 'mutate', 'replay', 'spoof-response', 'spoof-cookie', 'flood'];

export type Fault =
  | { readonly kind: 'cut'; readonly a: number; readonly b: number; readonly direction: CutDirection; readonly forMs: Duration }
  /** Another shape for a link, for good. */
  | { readonly kind: 'reshape'; readonly a: number; readonly b: number; readonly shape: LinkShape }
  /** New underlay port, or address and port; nothing gets through for `deadMs`. */
  | { readonly kind: 'roam'; readonly host: number; readonly address: 'same' | 'new'; readonly deadMs: Duration }
  | { readonly kind: 'restart'; readonly host: number; readonly downMs: Duration }
  | { readonly kind: 'suspend'; readonly host: number; readonly forMs: Duration }
  | { readonly kind: 'wall-jump'; readonly host: number; readonly byMs: Duration }
  | { readonly kind: 'hostile'; readonly act: HostileAct; readonly victim: number; readonly perSecond: number; readonly forMs: Duration }
  /** A peer with a right key sends inner packets in the name of others. */
  | { readonly kind: 'spoof-inner'; readonly host: number; readonly packets: number }
  /** Someone looks at the screen of this host, or stops looking. */
  | { readonly kind: 'watch'; readonly host: number; readonly on: boolean };

export interface TimedFault {
  readonly atMs: number;
  readonly fault: Fault;
}

const KINDS: readonly Fault['kind'][] = ['cut', 'cut', 'roam', 'roam', 'restart', 'restart', 'suspend', 'suspend', 'wall-jump', 'hostile', 'hostile', 'spoof-inner', 'watch', 'reshape'];

/** A random script of `count` faults between `fromMs` and `untilMs`, in order of time. */
export function randomFaults(rng: Rng, hosts: number, count: number, fromMs: number, untilMs: number): TimedFault[] {
  const faults: TimedFault[] = [];
  for (let i = 0; i < count; i++) {
    const kind = pick(rng, KINDS);
    faults.push({ atMs: Math.round(fromMs + rng.fraction() * (untilMs - fromMs)), fault: randomFault(rng, kind, hosts) });
  }
  return faults.sort((x, y) => x.atMs - y.atMs);
}

/** Between bad mobile and good cable. At most `worstLoss`. */
export function randomLink(rng: Rng, worstLoss: number): LinkShape {
  const chance = (p: number, value: number): number => (rng.fraction() < p ? value * rng.fraction() : 0);
  return {
    delayMs: Math.round(1 + rng.fraction() ** 2 * 150),
    jitterMs: chance(0.5, 60),
    loss: chance(0.4, worstLoss),
    duplicate: chance(0.3, 0.2),
    reorder: chance(0.3, 0.3),
    mtu: pick(rng, [1_500, 1_500, 1_500, 1_420, 1_280]),
  };
}

export function pick<T>(rng: Rng, list: readonly T[]): T {
  return list[Math.floor(rng.fraction() * list.length)]!;
}

function randomFault(rng: Rng, kind: Fault['kind'], hosts: number): Fault {
  const host = rng.uint32() % hosts;
  const other = (host + 1 + (rng.uint32() % (hosts - 1))) % hosts;
  /** Mostly short, sometimes long. */
  const span = (longest: number): Duration => Math.round(100 + rng.fraction() ** 3 * longest);
  switch (kind) {
    case 'cut':
      return { kind, a: host, b: other, direction: pick(rng, ['both', 'both', 'a-to-b', 'b-to-a'] as const), forMs: span(seconds(60)) };
    case 'reshape':
      return { kind, a: host, b: other, shape: randomLink(rng, 0.1) };
    case 'roam':
      return { kind, host, address: pick(rng, ['same', 'new'] as const), deadMs: rng.fraction() < 0.5 ? 0 : span(seconds(5)) };
    case 'restart':
      return { kind, host, downMs: span(seconds(20)) };
    case 'suspend':
      return { kind, host, forMs: span(seconds(240)) };
    case 'wall-jump':
      return { kind, host, byMs: Math.round((rng.fraction() - 0.5) * seconds(7_200)) };
    case 'hostile':
      return { kind, act: pick(rng, HOSTILE_ACTS), victim: host, perSecond: 1 + Math.floor(rng.fraction() ** 2 * 60), forMs: span(seconds(20)) };
    case 'spoof-inner':
      return { kind, host, packets: 1 + (rng.uint32() % 5) };
    case 'watch':
      return { kind, host, on: rng.fraction() < 0.7 };
    default:
      return kind satisfies never;
  }
}
