/**
 * The part of an effect that a replay can repeat: all of it, but for what random keys and sealed bytes make of it. Two runs
 * that want the same have the same bytes here. Pure; caller: decisions.ts.
 */
import type { DataplaneCommand } from '../ports/dataplane.ts';
import type { Effect } from '../ports/effects.ts';
import { DISCO_HEAD, isDisco } from '../wire/disco.ts';
import type { Scrubber } from './scrub.ts';
import { HeadOnly, ScrubbedText } from './values.ts';

/** Plain data for values.ts. */
export function wishOf(effect: Effect, scrub: Scrubber): unknown {
  switch (effect.kind) {
    case 'dataplane':
      return { ...effect, command: wishOfCommand(effect.command) };
    case 'control-link':
      return effect.command.kind === 'request' ? { ...effect, command: { ...effect.command, body: new ScrubbedText(scrub.protocolJson(effect.command.body)) } } : effect;
    case 'relay-link':
      // What is written is sealed, or data; what it says was counted when it was sealed.
      return effect.command.kind === 'write' ? { ...effect, command: { ...effect.command, bytes: effect.command.bytes.length } } : effect;
    case 'log':
      // Words for a developer may change.
      return { kind: effect.kind, level: effect.level };
    case 'gateway-link':
    case 'resolve':
    case 'web-probe':
    case 'persist':
    case 'open-url':
    case 'os-watch':
    case 'overlay':
    case 'os-guard':
    case 'changed':
    case 'pinged':
    case 'netchecked':
      return effect;
    default:
      return effect satisfies never;
  }
}

function wishOfCommand(command: DataplaneCommand): unknown {
  return command.kind === 'send-datagram' && isDisco(command.bytes) ? { ...command, bytes: new HeadOnly(command.bytes, DISCO_HEAD) } : command;
}
