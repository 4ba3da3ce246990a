/**
 * What a recording keeps of each input of a node: all that decisions depend on, without secrets and without bulk. Bytes of
 * sealed messages are cut behind their head: what was in them is kept where they were opened (recorded-ports.ts). A new kind of
 * input does not compile until somebody decided here what is kept. Pure; caller: recorded-node.ts.
 */
import type { NodeInput } from '../node/types.ts';
import type { ControlLinkEvent } from '../ports/control-link.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import { WIDE_BITS } from '../ports/os-network.ts';
import type { OsTold } from '../ports/os-watch.ts';
import { DISCO_HEAD, isDisco } from '../wire/disco.ts';
import type { Scrubber } from './scrub.ts';
import { HeadOnly, ScrubbedText } from './values.ts';

/** Plain data for values.ts. */
export function keptOf(input: NodeInput, scrub: Scrubber): unknown {
  switch (input.kind) {
    case 'fact':
      return { ...input, fact: keptOfFact(input.fact) };
    case 'control-link':
      return { ...input, event: keptOfEvent(input.event, scrub) };
    case 'os':
      return { ...input, told: keptOfTold(input.told) };
    case 'start':
    case 'stop':
    case 'slept':
    case 'wall-clock':
    case 'watch':
    case 'ping':
    case 'check':
    case 'endpoint-found':
    case 'os-set':
    case 'os-refused':
    case 'os-guard':
    case 'network':
    case 'sign-in':
    case 'sign-out':
    case 'accept-server-key':
    case 'retry-server':
    case 'local-endpoints':
    case 'families':
    case 'host-facts':
    case 'gateway':
    case 'gateway-datagram':
    case 'relay-link':
    case 'resolved':
    case 'web-answered':
    case 'try-direct':
    case 'netcheck':
      return input;
    default:
      return input satisfies never;
  }
}

/** Of thousands of routes those to everywhere decide. */
function keptOfTold(told: OsTold): unknown {
  if (told.kind !== 'snapshot') return told;
  const { snapshot } = told;
  return { ...told, snapshot: { ...snapshot, routes: snapshot.routes.filter(({ prefix }) => prefix.bits <= WIDE_BITS) } };
}

function keptOfFact(fact: DataplaneFact): unknown {
  return fact.kind === 'datagram' && isDisco(fact.bytes) ? { ...fact, bytes: new HeadOnly(fact.bytes, DISCO_HEAD) } : fact;
}

/** The fields inside a text of the control protocol were judged one by one. */
function keptOfEvent(event: ControlLinkEvent, scrub: Scrubber): unknown {
  if (event.kind === 'message') return { ...event, text: new ScrubbedText(scrub.protocolJson(event.text)) };
  if (event.kind === 'response') return { ...event, body: new ScrubbedText(scrub.protocolJson(event.body)) };
  return event;
}
