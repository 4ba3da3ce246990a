/**
 * The English catalogue's part about paths and relays. Same rules as words.ts, which is the only caller. Why a peer is
 * relayed is one sentence: what was really tried, what was seen, and when it is tried again.
 */
import type { MeshMessage, RelayTroubleMessage } from '../node/mesh-messages.ts';
import { troubleClause } from './control-words.ts';
import { formatAge, formatDuration } from './units.ts';
import type { Words } from './words-shared.ts';

type Key = MeshMessage['key'];
type Of<K extends Key> = Extract<MeshMessage, { readonly key: K }>;
type Entry<K extends Key> = (message: Of<K>, now: number) => string | Words;

const addresses = (n: number): string => (n === 1 ? '1 address' : `${n} addresses`);
const nextTry = (at: number | null, now: number): string => (at === null ? 'next try with the next packet' : at - now < 1_000 ? 'trying again now' : `next try in ${formatDuration(at - now)}`);

type TroubleKey = Extract<RelayTroubleMessage['key'], Key>;
const troubles: { readonly [K in TroubleKey]: (message: Of<K>) => string } = {
  'trouble.not-a-relay': ({ host, status }) => `${host}: answers, but not as a relay does${status === null ? '' : ` (status ${status})`}`,
  'trouble.relay-no-pong': ({ relay, afterMs }) => `Relay ${relay}: no answer to a ping within ${formatDuration(afterMs)}`,
  'trouble.relay-restarts': ({ relay }) => `Relay ${relay}: restarts`,
  'trouble.relay-map-changed': ({ relay }) => `Relay ${relay}: the network describes it anew`,
  'trouble.relay-key-changed': ({ relay }) => `Relay ${relay}: the key of this device changed`,
};
const isOurs = (message: RelayTroubleMessage): message is Of<TroubleKey> => Object.hasOwn(troubles, message.key);
const trouble = (message: RelayTroubleMessage): string => (isOurs(message) ? (troubles[message.key] as (message: RelayTroubleMessage) => string)(message) : troubleClause(message));

const portRefusals = {
  'not-allowed': 'the router does not allow it, or another computer holds the port',
  'no-network': 'the router has no address outside',
  'no-room': 'the router has no port left',
  'not-spoken': 'the router gives no ports',
  'another-nat': 'there is another NAT between the router and this computer',
  nonsense: 'the answer of the router cannot be right',
  silent: 'the router answers no more',
} as const;
const portCauses = {
  given: 'the router gives a port',
  restarted: 'the router restarted and had lost the port',
  moved: 'the router gives another port or address',
  expired: 'the router did not renew the port in time',
  refused: 'the router takes its port back',
} as const;

export const meshWords: { readonly [K in Key]: Entry<K> } = {
  ...troubles,
  'why.direct-proved': ({ endpoint }) => `Direct to ${endpoint}. Probes and data pass`,
  'why.none-no-way': () => 'No address and no relay of it is known. It has to call first',
  'why.none-trying': ({ candidates }) => `No way to it yet: asking at ${addresses(candidates)}`,
  'why.relay-trying': ({ relay, candidates }) => `By relay ${relay} while a direct way is looked for: asking at ${addresses(candidates)}`,
  'why.relay-not-in-use': ({ relay }) => `By relay ${relay}. Nothing is sent to it now: a direct way is looked for with the next packet`,
  'why.relay-udp-blocked': ({ relay, nextTryAt }, now) => `By relay ${relay}: UDP is blocked here, so no direct way can work; ${nextTry(nextTryAt, now)}`,
  'why.relay-no-disco': ({ relay }) => `By relay ${relay}: it cannot be asked for direct ways (it has no disco key)`,
  'why.relay-no-candidates': ({ relay, nextTryAt }, now) => `By relay ${relay}: no address of it is known; ${nextTry(nextTryAt, now)}`,
  'why.relay-family-missing': ({ relay, family }) => `By relay ${relay}: all its addresses are IPv${family}, which this computer has not`,
  'why.relay-data-lost': ({ relay, endpoint, at, nextTryAt }, now) => `By relay ${relay}: at ${endpoint} probes pass and data does not, seen ${formatAge(now - at)} ago; ${nextTry(nextTryAt, now)}`,
  'why.relay-hard-nat': ({ relay, probed, nextTryAt }, now) => `By relay ${relay}: the NAT here takes another port for each destination, and there is no answer from ${addresses(probed)}; ${nextTry(nextTryAt, now)}`,
  'why.relay-no-answer': ({ relay, probed, nextTryAt }, now) => `By relay ${relay}: no answer from ${addresses(probed)}; ${nextTry(nextTryAt, now)}`,

  'port-mapping.mapped': ({ protocol, endpoint }) => `${protocol}: ${endpoint}`,
  'port-mapping.another-nat': ({ protocol, endpoint }) => `${protocol}: ${endpoint}, behind another NAT, so no device is told`,
  'port-mapping.refused': ({ protocol, why }) => `${protocol}: refused, ${portRefusals[why]}`,
  'port-mapping.absent': () => 'none: the router answers neither PCP nor NAT-PMP',

  'truth.relay-off': () => 'The network has no relay',
  'truth.relay-choosing': ({ total }) => `Measuring ${total === 1 ? 'the relay' : `${total} relays`} to choose one`,
  'truth.relay-up': ({ relay }) => `Relay ${relay} is connected`,
  'truth.relay-health': ({ relay, text }) => `Relay ${relay} says: ${text}`,
  'truth.relay-checking': ({ relay }) => `Asking relay ${relay} whether it is there`,
  'truth.relay-connecting': ({ relay, attempt }) => `Connecting to relay ${relay}${attempt > 1 ? `, attempt ${attempt}` : ''}`,
  'truth.relay-waiting': ({ trouble: what, nextTryAt }, now) => `${trouble(what)}: ${nextTry(nextTryAt, now)}`,
  'truth.relay-no-network': () => 'No network: waiting for one',

  'cause.relay': ({ relay, trouble: what, nextTryAt }, now) => ({ head: trouble(what), rest: `Devices without a direct way cannot be reached by relay ${relay}; ${nextTry(nextTryAt, now)}.` }),
  'cause.udp-blocked': () => ({ head: 'UDP is blocked here', rest: 'Everything goes by relay.' }),
  'cause.captive-portal': () => ({ head: 'This network wants a sign-in of its own', rest: 'Open any page in a browser.' }),

  'history.cause.relay': ({ trouble: what }) => trouble(what),
  'history.cause.path-proved': ({ peer, to }) => `${peer}: ${to} passes probes and data`,
  'history.cause.path-faster': ({ peer, to }) => `${peer}: ${to} is better`,
  'history.cause.path-no-pong': ({ peer, from }) => `${peer}: no answer from ${from} any more`,
  'history.cause.path-data-lost': ({ peer, from }) => `${peer}: at ${from} probes pass and data does not`,
  'history.cause.path-network-changed': ({ peer, from }) => `${peer}: the network changed, so ${from} is not to be trusted`,
  'history.cause.path-relay-changed': ({ peer, to }) => `${peer}: its relay is ${to} now`,
  'history.cause.path-peer-moved': ({ peer, to }) => `${peer}: calls from ${to}`,
  'history.cause.port-mapping': ({ protocol, because }) => `${protocol}: ${portCauses[because]}`,
  'history.action.relay-reconnect': ({ attempts }) => (attempts <= 1 ? 'Connected anew' : `Connected anew, ${attempts} tries`),
  'history.action.path-moved': () => 'Moved its packets',
  'history.action.path-lost': () => 'Looked for another way',
  'history.action.port-told': () => 'Told the network',
  'history.action.port-asked-again': () => 'Asked for it again',
  'history.result.relay-up': ({ relay }) => `relay ${relay} answers`,
  'history.result.relay-not-needed': ({ relay }) => `relay ${relay} is not needed any more`,
  'history.result.path': ({ to }) => `now by ${to}`,
  'history.result.path-none': ({ peer }) => `no way to ${peer} is known`,
  'history.result.port-open': ({ endpoint }) => `devices can call ${endpoint}`,
  'history.result.port-closed': ({ endpoint }) => `${endpoint} is closed`,
};
