/**
 * The English catalogue: turns every Message of the node into words. Pure; `now` is the engine time to which ages inside
 * a sentence refer, so that they tick. It knows no state and decides nothing. A Message without an entry here fails to
 * compile. The CLI, `api/status.ts` and the renderer speak through it; other languages become further catalogues.
 *
 * Rules: present tense, name the thing, the time and the count. A head has no full stop; a rest is whole sentences.
 */
import type { Message, MessageKey, MessageOf } from '../node/messages.ts';
import { controlWords } from './control-words.ts';
import { deviceWords } from './device-words.ts';
import { meshWords } from './mesh-words.ts';
import { osWords } from './os-words.ts';
import type { Reconnects } from './reconnects.ts';
import { formatAge, formatDuration } from './units.ts';
import { systemError, type Words } from './words-shared.ts';

export { formatAge, formatBytes, formatDuration, formatLatency } from './units.ts';
export type { Words } from './words-shared.ts';

type Entry<K extends MessageKey> = (message: MessageOf<K>, now: number) => string | Words;
type Catalogue = { readonly [K in MessageKey]: Entry<K> };

const since = (at: number, now: number): string => formatAge(now - at);
const devices = (n: number): string => (n === 1 ? '1 device' : `${n} devices`);
const times = (n: number): string => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`);
const tries = (n: number): string => (n === 1 ? '1 try' : `${n} tries`);

/** Splits `host:port`; an IPv6 host keeps its brackets. */
const hostAndPort = (endpoint: string): { readonly host: string; readonly port: string } => {
  const colon = endpoint.lastIndexOf(':');
  return { host: endpoint.slice(0, Math.max(0, colon)), port: endpoint.slice(colon + 1) };
};

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([[6, 'TCP'], [17, 'UDP'], [132, 'SCTP']]);
/** A flow by its destination: `TCP port 22`, `ICMP`, `IP protocol 47`. */
const flowName = (protocol: number | 'icmp', port: number): string => {
  if (protocol === 'icmp') return 'ICMP';
  const name = PROTOCOL_NAMES.get(protocol);
  return name === undefined ? `IP protocol ${protocol}` : `${name} port ${port}`;
};
const DENIED_BECAUSE = {
  'no-rules-received': 'the control server has sent no rules yet',
  'not-this-computer': 'the address is not of this computer',
  'shields-up': 'shields are up',
  jailed: 'the network lets it only answer',
  'no-rule': 'no rule allows it',
  'no-shared-address': 'the two share no kind of address',
} as const;
const REFUSED_BECAUSE = {
  rules: 'its rules do not allow it',
  'shields-up': 'its shields are up',
  'forwarding-off': 'it forwards nothing to others',
  'host-firewall': 'its own firewall refuses it',
  'unknown-destination': 'it does not know the address',
  unknown: 'it gave no reason that Bowline knows',
} as const;

const catalogue: Catalogue = {
  ...controlWords,
  ...deviceWords,
  ...meshWords,
  ...osWords,
  'overall.stopped': () => 'Stopped. No traffic goes through the tunnel',
  'overall.no-peers': () => 'No devices yet. Nothing to connect to',
  'overall.connected': ({ answering, total }) => {
    if (answering < total) return `Connected. ${answering} of ${devices(total)} ${answering === 1 ? 'answers' : 'answer'}`;
    return total === 1 ? 'Connected. The other device answers' : `Connected. All ${devices(total)} answer`;
  },
  'overall.quiet': ({ total }) => `Quiet. No traffic with ${devices(total)}`,
  'overall.checking': ({ waiting, total }) => `Checking. Waiting for ${waiting} of ${devices(total)}`,
  'overall.woke': ({ sleptMs, total }) => `Woke after ${formatDuration(sleptMs)} of sleep. Checking ${devices(total)}`,
  'overall.some-silent': ({ silent, total }) => `${silent} of ${devices(total)} ${silent === 1 ? 'does' : 'do'} not answer`,
  'overall.none-answer': ({ total }) =>
    total === 1 ? 'Offline. The other device does not answer' : `Offline. None of ${devices(total)} answers`,

  'cause.all-silent': ({ total, sinceAt }, now) => ({
    head: total === 1 ? `No data from the other device for ${since(sinceAt, now)}` : `No data from any of ${devices(total)} for ${since(sinceAt, now)}`,
    rest: 'All are silent at once, so this computer or its network is the likely cause. Trying again.',
  }),
  'cause.peer-silent': ({ peer, sinceAt, endpoint, attempts }, now) => ({
    head: `${peer}: no data for ${since(sinceAt, now)}`,
    rest: `Asked ${times(attempts)} on ${endpoint} without an answer. Trying again.`,
  }),
  'cause.peer-checking': ({ peer, sinceAt, endpoint }, now) => ({
    head: `${peer}: waiting for an answer, ${since(sinceAt, now)}`,
    rest: `Asked on ${endpoint}.`,
  }),
  'cause.peer-never': ({ peer, endpoint, attempts }) => ({
    head: `${peer} has never answered`,
    rest: `Asked ${times(attempts)} on ${endpoint}. Trying again. If it is switched on, compare its key and address with the configuration.`,
  }),
  'cause.peer-no-endpoint': ({ peer }) => ({
    head: `${peer}: no address to reach it`,
    rest: 'It has to call first, or needs an endpoint in the configuration.',
  }),
  'cause.underlay': ({ code }) => ({
    head: `This computer cannot send: ${systemError(code)}`,
    rest: 'Trying again. Goes on by itself when the network is back.',
  }),
  'cause.woke': ({ sleptMs }) => ({
    head: `Woke after ${formatDuration(sleptMs)} of sleep`,
    rest: 'Nothing counts as proved until it is checked again.',
  }),

  'truth.control-none': () => 'No control server is used',
  'truth.relay-none': () => 'No relay is used',
  'truth.path': ({ direct, relayed, checking, quiet, silent }) => {
    const parts = [
      direct > 0 ? `${direct} direct` : '',
      relayed > 0 ? `${relayed} relayed` : '',
      checking > 0 ? `${checking} checking` : '',
      quiet > 0 ? `${quiet} quiet` : '',
      silent > 0 ? `${silent} silent` : '',
    ].filter((part) => part !== '');
    return parts.length === 0 ? 'No devices yet' : parts.join(', ');
  },
  'truth.path-none': () => 'No devices yet',
  'truth.os-memory': () => 'Runs in memory: routes and DNS are not touched',
  'truth.os-bare': () => 'No address, no route: not joined',
  'truth.os-set': ({ device, routes }) => `Device ${device} is set up, with ${routes === 1 ? '1 route' : `${routes} routes`}`,
  'truth.os-refused': ({ device, why }) => ({ head: `Device ${device} is not set up as the network needs it`, rest: why }),

  'why.direct-configured': ({ endpoint }) => `Direct to ${endpoint}, the configured address`,
  'why.direct-followed': ({ endpoint }) => `Direct to ${endpoint}. Its data came from there, so Bowline followed`,
  'why.none-no-endpoint': () => 'No address is known. It has to call first',
  'why.none-never-answered': ({ endpoint }) => `${endpoint} has never answered`,
  'why.none-silent': ({ endpoint, sinceAt }, now) => `No answer from ${endpoint} for ${since(sinceAt, now)}`,

  'filter.in-off': ({ peer, protocol, port }) => `From ${peer} to ${flowName(protocol, port)} here: passes, no filter is used in this network`,
  'filter.in-between-nodes': ({ peer, protocol, port }) => `From ${peer} to ${flowName(protocol, port)} here: Bowline takes it itself`,
  'filter.in-allowed': ({ peer, protocol, port, rule, only }) => `From ${peer} to ${flowName(protocol, port)} here: passes${only === null ? '' : ` over IPv${only} only`}, by the rule ${rule}`,
  'filter.in-denied': ({ peer, protocol, port, because }) => `From ${peer} to ${flowName(protocol, port)} here: refused, ${DENIED_BECAUSE[because]}`,
  'filter.out': ({ peer, protocol, port }) => ({ head: `From here to ${flowName(protocol, port)} on ${peer}: sent`, rest: `Whether it is let in there, ${peer} alone knows.` }),
  'filter.out-refused': ({ peer, protocol, port, reason, at }, now) => ({
    head: `From here to ${flowName(protocol, port)} on ${peer}: sent`,
    rest: `Refused there ${since(at, now)} ago: ${REFUSED_BECAUSE[reason]}.`,
  }),

  'history.cause.peer-silent': ({ peer, silentMs }) => `${peer}: no data for ${formatDuration(silentMs)}`,
  'history.cause.all-silent': ({ total, silentMs }) =>
    total === 1 ? `No data from the other device for ${formatDuration(silentMs)}` : `No data from any of ${devices(total)} for ${formatDuration(silentMs)}`,
  'history.cause.moved': ({ peer, from, to }) => {
    const [before, after] = [hostAndPort(from), hostAndPort(to)];
    return before.host === after.host ? `${peer} moved from port ${before.port} to port ${after.port}` : `${peer} moved from ${from} to ${to}`;
  },
  'history.cause.slept': ({ sleptMs }) => `Woke after ${formatDuration(sleptMs)} of sleep`,
  'history.cause.started': () => 'Bowline started',
  'history.cause.underlay-failed': ({ code }) => `This computer could not send: ${systemError(code)}`,
  'history.cause.peer-restarted-handshake': ({ peer }) => `${peer} called anew, as after a restart or a move`,

  'history.action.kept-trying': () => 'Kept trying',
  'history.action.handshake': ({ attempts }) => `Asked for a new session, ${tries(attempts)}`,
  'history.action.rebind': ({ attempts }) => `Opened a new socket, ${tries(attempts)}`,
  'history.action.followed': () => 'Followed it there',
  'history.action.checked-all': ({ total }) => (total === 1 ? 'Checked the other device' : `Checked all ${devices(total)}`),
  'history.action.first-handshakes': ({ total }) => `Called ${devices(total)}`,
  'history.action.accepted-session': () => 'Accepted its new session',

  'history.result.same-session': ({ peer }) => `${peer} answers, same session`,
  'history.result.lost-session': ({ peer }) => `${peer} had lost the session, a new one is in use`,
  'history.result.new-session': ({ peer }) => `${peer} answers, new session`,
  'history.result.data-again': ({ peer }) => `${peer} sends data again`,
  'history.result.all-again': ({ total }) => (total === 1 ? 'the other device answers' : `all ${devices(total)} answer`),
  'history.result.some-again': ({ answered, total }) => `${answered} of ${devices(total)} ${answered === 1 ? 'answers' : 'answer'}`,
  'history.result.bound': ({ port }) => `listens on port ${port}`,
  'history.result.part-of-all': () => 'Part of a failure of all devices, told in its own entry',
  'history.result.overtaken': () => 'checked anew after the next sleep',
  'history.result.stopped': () => 'stopped',
};

/** `3 reconnects, longest 4.0 s, 1 still running`. */
export function sayReconnects({ count, longestMs, running }: Reconnects): string {
  if (count === 0 || longestMs === null) return 'no reconnect';
  const longest = count === 1 ? formatDuration(longestMs) : `longest ${formatDuration(longestMs)}`;
  return `${count === 1 ? '1 reconnect' : `${count} reconnects`}, ${longest}${running === 0 ? '' : `, ${running === count && count === 1 ? 'still running' : `${running} still running`}`}`;
}

/** The two parts of a message. A key of a newer engine is named, not hidden. */
export function sayParts(message: Message, now: number): Words {
  if (!Object.hasOwn(catalogue, message.key)) return { head: `Unknown message ${message.key}`, rest: '' };
  // The key picks the one entry that takes this very message; the compiler cannot follow that through the union.
  const entry = catalogue[message.key] as (message: Message, now: number) => string | Words;
  const words = entry(message, now);
  return typeof words === 'string' ? { head: words, rest: '' } : words;
}

/** A message as one English text, without a full stop after a lone head. `now`: engine time in ms. */
export function say(message: Message, now: number): string {
  const { head, rest } = sayParts(message, now);
  return rest === '' ? head : `${head}. ${rest}`;
}
