/**
 * What a text is filled with, from a message's arguments, by their names: `...At` become ages, `...Ms` durations, a code of the
 * system its words, a trouble its clause. The texts of app/language name the values that come out here. Pure; it decides nothing.
 * Called by speaker.ts only. An argument that a select asks for is never null: 'none', 'yes' and 'no' are its words.
 */
import type { Translator, Values } from '../language/texts.ts';
import type { Message } from '../node/messages.ts';
import type { OsItem, Opponent } from '../node/os-messages.ts';
import { formatAge, formatBytes, formatDate, formatDuration } from './units.ts';

/** Says a message inside another one. */
type Clause = (trouble: Message) => string;
type Filled = Record<string, string | number>;

export function messageValues(message: Message, now: number, { language, text }: Translator, clause: Clause): Values {
  const filled: Filled = {};
  for (const [name, value] of Object.entries(message) as [string, unknown][]) if (name !== 'key') Object.assign(filled, valueOf(name, value));
  return { ...filled, ...together(message) };

  function valueOf(name: string, value: unknown): Filled {
    switch (name) {
      case 'trouble':
        return { trouble: clause(value as Message) };
      case 'sinceAt':
        return { since: value === null ? 'none' : formatAge(now - (value as number), language) };
      case 'at':
        return { ago: formatAge(now - (value as number), language) };
      case 'expiresAt':
        return { left: formatDuration((value as number) - now, language) };
      case 'expiredAt':
        return { expired: value === null ? 'none' : formatDate(value as number, language) };
      case 'nextTryAt':
        return nextTry(value as number | null);
      case 'limit':
        return { limit: value as number, size: formatBytes(value as number, language) };
      case 'code':
        return value === null ? { code: 'none', error: 'none' } : { code: value as string, error: systemError(value as string) };
      case 'why':
        return value === null ? { why: 'none', reason: 'none', error: 'none' } : { why: value as string, reason: selectName(value as string), error: systemError(value as string) };
      case 'because':
        return { because: selectName(value as string) };
      case 'reason':
        return { refusal: selectName(value as string) };
      case 'during':
        return { step: text('engine.part.step', { during: selectName(value as string) }) };
      case 'text':
        return { text: value as string, says: value === '' ? 'no' : 'yes' };
      case 'by':
        return opponent(value as Opponent);
      case 'from':
      case 'to':
        return { [name]: wayOf(value as string) };
      case 'items':
        return {};
      default:
        if (name.endsWith('Ms')) return { [name.slice(0, -2)]: formatDuration(value as number, language) };
        return { [name]: plain(value) };
    }
  }

  /** Values that more than one argument makes. */
  function together(of: Message): Filled {
    switch (of.key) {
      case 'overall.connected':
        return { all: of.answering < of.total ? 'no' : 'yes' };
      case 'truth.path':
        return { ways: ways(of) };
      case 'history.cause.moved':
        return moved(of.from, of.to);
      case 'truth.os-repairing':
      case 'history.cause.os-undone':
        return items(of.items, of.missing);
      case 'truth.os-fought-over':
      case 'truth.os-says-no':
      case 'history.cause.os-fought-over':
        return items(of.items, of.items.length);
      default:
        return 'protocol' in of && 'port' in of ? { flow: flow(of.protocol, of.port) } : {};
    }
  }

  function nextTry(at: number | null): Filled {
    const when = at === null ? 'none' : at - now < 1_000 ? 'now' : 'later';
    const within = at === null ? '' : formatAge(at - now, language);
    return { when, in: within, next: text('engine.part.next-with-packet', { when, in: within }) };
  }

  function systemError(code: string): string {
    return text('engine.part.system-error', { code });
  }

  function opponent({ program, mark }: Opponent): Filled {
    const kind = program !== null ? 'program' : mark !== null ? 'mark' : 'nobody';
    return { who: text('engine.part.who', { kind, name: program ?? mark ?? '' }), known: kind === 'nobody' ? 'no' : 'yes' };
  }

  /** `the route 10.0.0.0/8`, or `the route 10.0.0.0/8 and 3 more`; `itemsFirst`: at the beginning of a sentence. */
  function items([item]: readonly OsItem[], missing: number): Filled {
    const first = text('engine.part.item', { kind: item?.kind ?? 'none', name: item?.name ?? '' });
    const all = text('engine.part.items', { first, more: item === undefined ? 0 : Math.max(0, missing - 1) });
    return { items: all, itemsFirst: `${all.slice(0, 1).toUpperCase()}${all.slice(1)}` };
  }

  function ways(counts: { readonly direct: number; readonly relayed: number; readonly checking: number; readonly quiet: number; readonly silent: number }): string {
    const parts = (['direct', 'relayed', 'checking', 'quiet', 'silent'] as const).filter((state) => counts[state] > 0).map((state) => text('engine.part.ways', { state, n: counts[state] }));
    return parts.length === 0 ? text('engine.truth.path-none') : parts.join(', ');
  }

  /** A flow by its destination: `TCP port 22`, `ICMP`, `IP protocol 47`. */
  function flow(protocol: number | string, port: number): string {
    const name = PROTOCOL_NAMES.get(protocol) ?? '';
    const kind = protocol === 'icmp' ? 'icmp' : name === '' ? 'other' : 'port';
    return text('engine.part.flow', { kind, name, port, number: protocol });
  }

  /** Where packets go, in a sentence: the node writes `relay lab` for a relay, else an address. */
  function wayOf(way: string): string {
    return way.startsWith('relay ') ? text('engine.part.relay', { relay: way.slice('relay '.length) }) : way;
  }
}

const PROTOCOL_NAMES: ReadonlyMap<number | string, string> = new Map([[6, 'TCP'], [17, 'UDP'], [132, 'SCTP']]);

/** A choice of a select may have no hyphen. */
const selectName = (name: string): string => name.replaceAll('-', '_');

function plain(value: unknown): string | number {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? value : String(value);
}

function moved(from: string, to: string): Filled {
  const [before, after] = [hostAndPort(from), hostAndPort(to)];
  return { sameHost: before.host === after.host ? 'yes' : 'no', fromPort: before.port, toPort: after.port };
}

/** Splits `host:port`; an IPv6 host keeps its brackets. */
function hostAndPort(endpoint: string): { readonly host: string; readonly port: string } {
  const colon = endpoint.lastIndexOf(':');
  return { host: endpoint.slice(0, Math.max(0, colon)), port: endpoint.slice(colon + 1) };
}
