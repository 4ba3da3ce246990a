/**
 * What one event of the system is to us: nothing; something of ours, which is the OS state's matter; or a reason to look at
 * the networks below. Our own writes are known by device, table, number of the maker and priority, and never a reason to
 * look, so that nothing follows from what we did. Functions only. Caller: netmon.ts.
 */
import type { OsAction, OsAddress, OsEvent, OsLink, OsRoute, OsRule } from '../ports/os-network.ts';
import type { OsSystem, OwnMarks } from '../ports/os-watch.ts';
import type { Known, Remembered } from './known.ts';
import { isIgnoredLink, isNoUnderlayAddress, isOfTailnet, isWayOut } from './underlay.ts';

export interface Ours {
  readonly system: OsSystem;
  /** Index of our device; undefined: there is none now. */
  readonly device: number | undefined;
  readonly marks: OwnMarks;
  /** Undefined: no snapshot was taken yet, so everything is news. */
  readonly known: Known | undefined;
  /** A snapshot is on its way: whether it is newer than the event, nobody knows. */
  readonly isLooking: boolean;
}

/** look: something below may have changed. ours: something that is ours, or may be. both: nobody knows what it was. */
export type Concern = 'nothing' | 'look' | 'ours' | 'both';

type Told = Extract<OsEvent, { readonly kind: 'link' | 'address' | 'route' | 'rule' | 'miss' | 'unparsable' | 'lost' }>;

export function concernOf(event: Told, ours: Ours): Concern {
  switch (event.kind) {
    // A look-up found nothing. A route that goes is told as removed before any look-up can miss it.
    case 'miss':
      return 'nothing';
    case 'link':
      return event.index === ours.device ? 'ours' : linkConcern(event.action, event.index, event.link, ours);
    case 'address':
      return event.link === ours.device ? 'ours' : addressConcern(event.action, event.address, ours);
    case 'route':
      return routeConcern(event.action, event.route, ours);
    case 'rule':
      return ruleConcern(event.rule, ours.marks);
    // It fits no form, but it is an event; and what was lost may have been anything.
    case 'unparsable':
    case 'lost':
      return 'both';
    default:
      return event satisfies never;
  }
}

function linkConcern(action: OsAction, index: number, link: OsLink | undefined, ours: Ours): Concern {
  const { known, system } = ours;
  if (link !== undefined && isIgnoredLink(link.name, system)) return 'nothing';
  if (action === 'removed') return news(ours, known?.hasLink(index), 'yes');
  return link === undefined ? 'look' : news(ours, known?.link(link), 'no');
}

function addressConcern(action: OsAction, address: OsAddress | undefined, ours: Ours): Concern {
  if (address === undefined) return 'look';
  // Ours may be refused because somebody else has it.
  if (isOfTailnet(address.address)) return 'ours';
  if (isNoUnderlayAddress(address.address) || isOnIgnored(address.link, ours)) return 'nothing';
  return action === 'removed' ? news(ours, ours.known?.hasAddress(address), 'yes') : news(ours, ours.known?.address(address), 'no');
}

function routeConcern(action: OsAction, route: OsRoute | undefined, ours: Ours): Concern {
  if (route === undefined) return 'both';
  const { device, marks, known } = ours;
  const { link, table, protocol } = route;
  if ((link !== undefined && link === device) || marks.tables.includes(table) || (protocol !== undefined && marks.protocols.includes(protocol))) return 'ours';
  // Routes to single places, which containers and routing daemons make by the thousand, lead nobody out.
  if (!isWayOut(route) || isOnIgnored(link, ours)) return 'nothing';
  return news(ours, known?.way(route), action === 'removed' ? 'yes' : 'no');
}

/** Another's rule may send our packets elsewhere; whether it does is seen where each destination goes. */
function ruleConcern(rule: OsRule | undefined, { priorities, tables }: OwnMarks): Concern {
  if (rule === undefined) return 'ours';
  const inRange = priorities !== undefined && rule.priority <= priorities.last;
  return inRange || tables.includes(rule.table) ? 'ours' : 'nothing';
}

function isOnIgnored(link: number | undefined, { known, system }: Ours): boolean {
  const name = link === undefined ? undefined : known?.nameOf(link);
  return name !== undefined && isIgnoredLink(name, system);
}

/** `when`: what memory has to say for the event to be news. */
function news({ isLooking }: Ours, remembered: Remembered | undefined, when: 'yes' | 'no'): Concern {
  return isLooking || remembered === undefined || remembered === 'unknown' || remembered === when ? 'look' : 'nothing';
}
