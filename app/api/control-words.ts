/**
 * The English catalogue's part about the control server and the peers it describes. Same rules as words.ts, which is the
 * only caller. A `trouble.*` message is a clause without a verb of its own time, so that it fits a truth, a cause and the
 * history alike.
 */
import type { ControlMessage, TroubleMessage } from '../node/control-messages.ts';
import { formatDate } from './dates.ts';
import { formatAge, formatBytes, formatDuration } from './units.ts';
import { systemError, type Words } from './words-shared.ts';

type Key = ControlMessage['key'];
type Of<K extends Key> = Extract<ControlMessage, { readonly key: K }>;
type Entry<K extends Key> = (message: Of<K>, now: number) => string | Words;

const CERTIFICATE_ERRORS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet: compare the clock of this computer'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'belongs to another name'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is signed by itself, and this computer does not trust it'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'is signed by an authority that this computer does not trust'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'is signed by an authority that this computer does not trust'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'is signed by an authority that this computer does not trust'],
  ['CERT_REVOKED', 'was revoked'],
]);
const certificateError = (code: string): string => CERTIFICATE_ERRORS.get(code) ?? `cannot be trusted (${code})`;

const STEPS: ReadonlyMap<string, string> = new Map([
  ['name', 'no answer from the name service'],
  ['connect', 'no answer'],
  ['proxy', 'no answer from the proxy'],
  ['tls', 'no end of the TLS handshake'],
  ['key', 'no answer to the request for its key'],
  ['upgrade', 'no answer to the upgrade'],
  ['noise', 'no end of the handshake'],
  ['register', 'no answer to the registration'],
  ['map', 'no answer to the request for the map'],
  ['update', 'no answer to an update'],
  ['sign-out', 'no answer to the sign-out'],
]);
const step = (during: string): string => STEPS.get(during) ?? 'no answer';
const quoted = (text: string): string => (text === '' ? '' : `: ${text}`);
const nextTry = (at: number | null, now: number): string => (at === null ? 'Trying again.' : at - now < 1_000 ? 'Trying again now.' : `Next try in ${formatDuration(at - now)}.`);
const openPage = (ready: boolean): string => (ready ? 'Open the sign-in page in a browser, or give a key.' : 'Sign in with a browser, or give a key.');

const troubles: { readonly [K in TroubleMessage['key']]: (message: Of<K>) => string } = {
  'trouble.name-unknown': ({ host }) => `${host}: no such name`,
  'trouble.name-service': ({ host, code }) => `${host}: the name service does not answer (${code})`,
  'trouble.proxy': ({ host, port, status }) => `The proxy ${host}, port ${port}, does not let Bowline through${status === null ? '' : ` (status ${status})`}`,
  'trouble.refused': ({ host, port }) => `${host}: nothing listens on port ${port}`,
  'trouble.unreachable': ({ host, code }) => `${host}: ${systemError(code)}`,
  'trouble.timed-out': ({ host, during, afterMs }) => `${host}: ${step(during)} within ${formatDuration(afterMs)}`,
  'trouble.certificate': ({ host, code, expiredAt }) => (expiredAt === null ? `${host}: its certificate ${certificateError(code)}` : `${host}: certificate expired on ${formatDate(expiredAt)}`),
  'trouble.not-a-control-server': ({ host, status, what }) => `${host}: answers, but not as a control server does (${status === null ? what : `status ${status}, ${what}`})`,
  'trouble.version-refused': ({ host }) => `${host}: seems to refuse this version of Bowline`,
  'trouble.key-changed': ({ host }) => `${host}: shows another key than before`,
  'trouble.protocol': ({ host, what }) => `${host}: breaks the protocol (${what})`,
  'trouble.too-large': ({ host, what, limit }) => `${host}: sends more than is taken (${what}, over ${formatBytes(limit)})`,
  'trouble.closed': ({ host, code }) => `${host}: connection closed${code === null ? '' : ` (${code})`}`,
  'trouble.silent': ({ host, silentMs }) => `No answer from ${host} for ${formatDuration(silentMs)}`,
  'trouble.no-answer': ({ host, during, afterMs }) => `${host}: ${step(during)} within ${formatDuration(afterMs)}`,
  'trouble.busy': ({ host, waitMs }) => `${host}: busy, asks for ${formatDuration(waitMs)} of patience`,
  'trouble.http': ({ host, status, text }) => `${host}: answers with status ${status}${quoted(text)}`,
  'trouble.says-no': ({ host, text }) => `${host}: says no${quoted(text)}`,
  'trouble.garbage': ({ host, what }) => `${host}: sends what makes no sense (${what})`,
  'trouble.stream-closed': ({ host }) => `${host}: end of the map stream`,
  'trouble.node-unknown': ({ host }) => `${host}: does not know this device any more`,
  'trouble.key-expired': ({ host }) => `${host}: the key of this device has expired`,
  'trouble.asked-for-silence': ({ host, forMs }) => `${host}: asks for silence for ${formatDuration(forMs)}`,
  'trouble.slept': ({ sleptMs }) => `Woke after ${formatDuration(sleptMs)} of sleep`,
  'trouble.network-changed': () => 'The network changed',
  'trouble.network-down': () => 'No network',
};

/** A trouble inside another sentence. The key picks the one entry that takes this very message. */
export const troubleClause = (message: TroubleMessage): string => {
  if (!Object.hasOwn(troubles, message.key)) return `Unknown trouble ${message.key}`;
  return (troubles[message.key] as (message: TroubleMessage) => string)(message);
};

const trouble = troubleClause;

export const controlWords: { readonly [K in Key]: Entry<K> } = {
  ...troubles,
  'overall.joining': ({ host }) => `Joining by way of ${host}`,
  'overall.sign-in': ({ host }) => `Sign in to ${host} to go on`,
  'overall.no-network': () => 'Offline. This computer has no network',
  'overall.server-unreachable': ({ host }) => `Not connected. ${host} cannot be reached`,
  'overall.server-refuses': ({ host }) => `Not connected. ${host} says no`,
  'overall.server-key-changed': ({ host }) => `Stopped. ${host} shows another key than before`,
  'overall.signed-out': ({ host }) => `Signed out of ${host}`,
  'overall.alone': ({ host }) => `Connected to ${host}. No other devices yet`,

  'cause.sign-in-first': ({ host, ready }) => ({ head: `${host} waits for a sign-in`, rest: openPage(ready) }),
  'cause.sign-in-asked': ({ host, ready }) => ({ head: `A new sign-in to ${host} has begun`, rest: openPage(ready) }),
  'cause.sign-in-expired': ({ host, ready }) => ({ head: `The key of this device has expired on ${host}`, rest: openPage(ready) }),
  'cause.sign-in-removed': ({ host, ready }) => ({ head: `This device was removed from ${host}`, rest: openPage(ready) }),
  'cause.renewal-waits': ({ host }) => ({ head: `A new key waits for a sign-in to ${host}`, rest: 'Until then the old key goes on.' }),
  'cause.server-key-changed': ({ host, pinned, offered }) => ({
    head: `${host} shows another key than before`,
    rest: `It was ${pinned}, now it is ${offered}. Ask whoever runs the server. Nothing goes on until you accept the new key.`,
  }),
  'cause.server-refuses': ({ host, text }) => ({ head: `${host} says no${quoted(text)}`, rest: 'Sign in again, or ask whoever runs the server.' }),
  'cause.server-trouble': ({ trouble: what, nextTryAt, tunnelWorks }, now) => ({
    head: trouble(what),
    rest: `${nextTry(nextTryAt, now)}${tunnelWorks ? ' The tunnel still works, with the devices and rules known so far.' : ''}`,
  }),
  'cause.server-quiet': ({ host, sinceAt }, now) => ({ head: `No word from ${host} for ${formatAge(now - sinceAt)}`, rest: 'The tunnel still works. The connection is made anew if it stays so.' }),
  'cause.no-network': () => ({ head: 'This computer has no network', rest: 'Goes on by itself when the network is back.' }),
  'cause.signed-out': ({ host, serverKnows }) => ({
    head: `Signed out of ${host}`,
    rest: serverKnows ? 'Sign in to connect again.' : 'The server could not be told, so it still lists this device. Sign in to connect again.',
  }),
  'cause.key-expires': ({ host, expiresAt }, now) => ({ head: `The key of this device expires in ${formatDuration(expiresAt - now)}`, rest: `Sign in to ${host} again before that. The tunnel goes on meanwhile.` }),
  'cause.server-health': ({ host, text }) => `${host} says: ${text}`,
  'cause.too-many-peers': ({ left, limit }) => ({ head: `${left} devices are left out`, rest: `Bowline takes at most ${limit} at once.` }),

  'truth.control-ok': ({ host }) => `${host} keeps the list of devices up to date`,
  'truth.control-quiet': ({ host, sinceAt }, now) => `No word from ${host} for ${formatAge(now - sinceAt)}`,
  'truth.control-connecting': ({ host }) => `Connecting to ${host}`,
  'truth.control-registering': ({ host }) => `Registering with ${host}`,
  'truth.control-fetching': ({ host }) => `Asking ${host} for the list of devices`,
  'truth.control-reconnecting': ({ trouble: what, attempt }) => `${trouble(what)}: reconnecting${attempt > 1 ? `, attempt ${attempt}` : ''}`,
  'truth.control-waiting': ({ trouble: what, nextTryAt }, now) => `${trouble(what)}: next try ${nextTryAt - now < 1_000 ? 'now' : `in ${formatDuration(nextTryAt - now)}`}`,
  'truth.control-no-network': () => 'No network: waiting for one',
  'truth.control-sign-in': ({ host }) => `${host} waits for a sign-in`,
  'truth.control-key-changed': ({ host }) => `${host} shows another key than before: waiting for your answer`,
  'truth.control-refused': ({ host, text }) => `${host} says no${quoted(text)}`,
  'truth.control-signing-out': ({ host }) => `Signing out of ${host}`,
  'truth.control-signed-out': ({ host }) => `Signed out of ${host}`,

  'why.none-not-asked': ({ total }) => `Nothing was sent to it yet. ${total === 1 ? '1 address is' : `${total} addresses are`} known from the server`,
  'why.none-map-no-address': () => 'The server knows no address of it. It has to call first',
  'why.none-offline': ({ sinceAt }, now) => (sinceAt === null ? 'Offline, the server says' : `Offline for ${formatAge(now - sinceAt)}, the server says`),
  'why.none-expired': () => 'Its key has expired, so nothing is sent to it. Someone has to sign in on it',

  'history.cause.first-map': ({ host }) => `${host} sent the list of devices`,
  'history.action.reconnected': ({ attempts }) => (attempts === 1 ? 'Connected anew' : `Connected anew, ${attempts} tries`),
  'history.action.waited-for-network': () => 'Waited for a network',
  'history.action.registered-again': () => 'Registered again',
  'history.action.asked-person': () => 'Asked for a sign-in',
  'history.result.control-live': ({ host }) => `${host} answers`,
  'history.result.control-sign-in': ({ host }) => `${host} waits for a sign-in`,
  'history.result.control-key-changed': ({ host }) => `${host} shows another key: waits for an answer`,
  'history.result.control-refused': ({ host }) => `${host} says no`,
  'history.result.control-signed-out': ({ host }) => `signed out of ${host}`,
  'history.result.peer-removed': ({ peer }) => `${peer} is not in the network any more`,
  'history.result.peer-new-key': ({ peer }) => `${peer} has a new key`,
  'history.result.peer-expired': ({ peer }) => `the key of ${peer} has expired`,
};
