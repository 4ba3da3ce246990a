/** The English catalogue's part about the tunnel's device and the watch on the system. Same rules as words.ts, its only caller. */
import { translator } from '../language/texts.ts';
import type { DeviceMessage } from '../node/device-messages.ts';
import { formatAge } from './units.ts';
import { systemError, type Words } from './words-shared.ts';

type Key = DeviceMessage['key'];
type Entry<K extends Key> = (message: Extract<DeviceMessage, { readonly key: K }>, now: number) => string | Words;

const english = translator('en');

export const deviceWords: { readonly [K in Key]: Entry<K> } = {
  'overall.no-device': () => english.text('tunnel.no-device.short'),
  'truth.os-no-device': ({ why }) => ({ head: english.text('tunnel.no-device'), rest: english.text('tunnel.no-device.why', { why }) }),
  'overall.keys-locked': () => english.text('keys.locked.short'),
  'cause.keys-locked': ({ host, why }) => ({ head: english.text('keys.locked.head', { account: host }), rest: english.text('keys.locked.rest', { why: why.replaceAll('-', '_') }) }),
  'truth.os-device-gone': ({ device, sinceAt }, now) => `Network device ${device} is gone since ${formatAge(now - sinceAt)}: making a new one`,
  'history.cause.device-deleted': ({ device }) => `Network device ${device} was deleted`,
  'history.cause.device-recreated': ({ device }) => `Network device ${device} was deleted, and another program took its name`,
  'history.cause.device-renamed': ({ from, to }) => `Network device ${from} is called ${to} now`,
  'history.cause.watch-ended': ({ why }) => `The system tells no more of its network: ${systemError(why)}`,
  'history.action.device-open': ({ attempts, why }) => `Made a new one${attempts > 1 ? `, ${attempts} tries` : ''}${why === null ? '' : `; the last: ${systemError(why)}`}`,
  'history.action.device-kept': () => 'Went on with it',
  'history.action.watch-again': ({ attempts }) => (attempts <= 1 ? 'Asked again' : `Asked again ${attempts} times`),
  'history.result.device-back': ({ device }) => `${device} is there again`,
  'history.result.device-kept': () => 'nothing was interrupted',
  'history.result.watch-back': () => 'it tells again',
};
