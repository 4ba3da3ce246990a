/** The words about this computer's own system. Part of the catalogue of words.ts, by its rules. Pure. */
import type { MessageOf } from '../node/messages.ts';
import type { Opponent, OsItem, OsMessage } from '../node/os-messages.ts';
import type { Words } from './words-shared.ts';

type Catalogue = { readonly [K in OsMessage['key']]: (message: MessageOf<K>, now: number) => string | Words };

const times = (n: number): string => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`);

function itemWords({ kind, name }: OsItem): string {
  switch (kind) {
    case 'device':
      return 'the device';
    case 'address':
      return `the address ${name}`;
    case 'route':
      return `the route ${name}`;
    case 'throw':
      return `the exception ${name}`;
    case 'rule':
      return `the routing rule ${name}`;
    case 'setting':
      return `the setting ${name}`;
    case 'names':
      return 'the name servers';
    default:
      return kind satisfies never;
  }
}

/** `the route 10.0.0.0/8`, or `the route 10.0.0.0/8 and 3 more`. */
const itemsWords = (items: readonly OsItem[], missing: number): string => {
  const [first] = items;
  if (first === undefined) return 'something';
  return missing > 1 ? `${itemWords(first)} and ${missing - 1} more` : itemWords(first);
};

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** Who it was, as the subject of a sentence. */
const who = ({ program, mark }: Opponent): string => program ?? (mark === null ? 'Another program' : `A program that marks its routes "${mark}"`);

export const osWords: Catalogue = {
  'truth.os-checking': ({ device }) => `Checking device ${device}, its addresses and routes`,
  'truth.os-repairing': ({ items, missing, attempts }) => (attempts > 1 ? `Putting back ${itemsWords(items, missing)}, tried ${times(attempts)}` : `Putting back ${itemsWords(items, missing)}`),
  'truth.os-fought-over': ({ items, by, undone, standing }) => ({
    head: `${who(by)} keeps removing ${itemsWords(items, items.length)}`,
    rest: `Undone ${times(undone)}. ${standing ? 'At this moment it is there.' : 'Bowline keeps putting it back, once in half a second.'} Tell that program to leave it alone, or end it.`,
  }),
  'truth.os-says-no': ({ items, why }) => ({ head: `The system refuses ${itemsWords(items, items.length)}`, rest: `It says: ${why}. Trying again.` }),
  'truth.os-misled': ({ to, through }) => ({
    head: through === null ? `Packets to ${to} go nowhere` : `Packets to ${to} leave by ${through}`,
    rest: 'All that Bowline set is there. Another rule or route of this computer comes before it.',
  }),
  'history.cause.os-undone': ({ items, missing, by }) => (by.program === null && by.mark === null ? `${capital(itemsWords(items, missing))} ${missing > 1 ? 'were' : 'was'} gone` : `${who(by)} removed ${itemsWords(items, missing)}`),
  'history.cause.os-fought-over': ({ items, by, undone }) => `${who(by)} removed ${itemsWords(items, items.length)} ${times(undone)}`,
  'history.action.os-put-back': ({ attempts }) => (attempts > 1 ? `Put back ${times(attempts)}` : 'Put back'),
  'history.result.os-stands': () => 'it stays',
  'history.result.os-other-wish': () => 'not needed any more',
  'history.result.os-device-gone': ({ device }) => `device ${device} is gone`,
};
