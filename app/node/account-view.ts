/**
 * What a person may be told of the account and of its server: the account, the control truth, the causes and, while there
 * is no network to speak of, the overall sentence. Pure reads of the control machine's state; nothing here changes anything.
 */
import type { ControlState, ControlTrouble, SignIn } from '../control/types.ts';
import type { KeyExpiry, NetworkView } from '../control/network-view.ts';
import { formatKey } from '../keys/text-forms.ts';
import { age, type Duration, type Instant } from '../time/instant.ts';
import { KEY_EXPIRES_SOON, SERVER_QUIET_AFTER } from './constants.ts';
import { troubleMessage } from './control-history.ts';
import type { Message } from './messages.ts';
import { firstLabel } from './peer-names.ts';
import type { AccountPhase, AccountView, CauseView, NodeView, TruthView } from './types.ts';

export interface AccountSource {
  readonly state: ControlState;
  readonly url: string;
  /** Without scheme and port. */
  readonly host: string;
  /** The name that is asked for. */
  readonly wantedName: string;
  readonly network: NetworkView | undefined;
  readonly keyExpiry: KeyExpiry;
  /** Of the last decoded message, whatever happened since. */
  readonly lastMessageAt: Instant | undefined;
  readonly leftOut: number;
  readonly limit: number;
  /** WallTime minus Instant, ms. */
  readonly wallOffset: Duration;
}

const PHASES: { readonly [P in ControlState['phase']]: AccountPhase } = {
  off: 'off',
  'waiting-for-network': 'waiting-for-network',
  connecting: 'connecting',
  registering: 'registering',
  'sign-in-needed': 'sign-in',
  'fetching-map': 'fetching-map',
  live: 'running',
  'backing-off': 'backing-off',
  'key-changed': 'key-changed',
  refused: 'refused',
  'signing-out': 'signing-out',
  'signed-out': 'signed-out',
};

export function accountView(source: AccountSource): AccountView {
  const { state, host, network } = source;
  const trouble = troubleOf(state);
  return {
    server: source.url,
    phase: PHASES[state.phase],
    phaseSinceAt: state.since,
    attempt: 'attempt' in state ? state.attempt : 0,
    lastError: state.phase === 'refused' ? { key: 'trouble.says-no', host, text: state.text } : trouble === undefined ? null : troubleMessage(trouble, host),
    nextTryAt: nextTryAt(state),
    signInUrl: signInOf(state)?.url ?? null,
    keyChange: state.phase === 'key-changed' ? { pinned: formatKey('machine', state.pinned), offered: formatKey('machine', state.offered) } : null,
    user: (network === undefined ? undefined : network.users.get(network.self.user)?.loginName) ?? null,
    tailnet: network === undefined || network.domain === '' ? null : network.domain,
    name: selfName(source),
    tags: network === undefined ? [] : [...network.self.tags],
    keyExpiresAt: source.keyExpiry,
  };
}

export function selfName({ network, wantedName }: AccountSource): string {
  const label = network === undefined ? '' : firstLabel(network.self.name);
  return label === '' ? wantedName : label;
}

export function controlTruth(source: AccountSource, now: Instant): TruthView {
  const { state, host } = source;
  const provedAt = source.lastMessageAt ?? null;
  switch (state.phase) {
    case 'off':
      return { state: 'off', provedAt, detail: { key: 'truth.control-none' } };
    case 'waiting-for-network':
      return { state: 'down', provedAt, detail: { key: 'truth.control-no-network', host } };
    case 'connecting':
      return onTheWay(state, { key: 'truth.control-connecting', host }, host, provedAt);
    case 'registering':
      return onTheWay(state, { key: 'truth.control-registering', host }, host, provedAt);
    case 'fetching-map':
      return onTheWay(state, { key: 'truth.control-fetching', host }, host, provedAt);
    case 'live':
      if (age(state.lastMessageAt, now) > SERVER_QUIET_AFTER) return { state: 'stale', provedAt: state.lastMessageAt, detail: { key: 'truth.control-quiet', host, sinceAt: state.lastMessageAt } };
      return { state: 'ok', provedAt: state.lastMessageAt, detail: { key: 'truth.control-ok', host } };
    case 'backing-off':
      return { state: 'down', provedAt, detail: { key: 'truth.control-waiting', trouble: troubleMessage(state.trouble, host), nextTryAt: state.until } };
    case 'sign-in-needed':
      return { state: 'down', provedAt, detail: state.trouble === undefined ? { key: 'truth.control-sign-in', host } : troubleMessage(state.trouble, host) };
    case 'key-changed':
      return { state: 'down', provedAt, detail: { key: 'truth.control-key-changed', host } };
    case 'refused':
      return { state: 'down', provedAt, detail: { key: 'truth.control-refused', host, text: state.text } };
    case 'signing-out':
      return { state: 'checking', provedAt, detail: { key: 'truth.control-signing-out', host } };
    case 'signed-out':
      return { state: 'off', provedAt, detail: { key: 'truth.control-signed-out', host } };
    default:
      return state satisfies never;
  }
}

/** A first attempt, and one right after a wake or a change of network, is a check. A later one goes on while it is down. */
function onTheWay(state: { readonly attempt: number; readonly last: ControlTrouble | undefined }, detail: Message, host: string, provedAt: Instant | null): TruthView {
  if (state.last === undefined) return { state: 'checking', provedAt, detail };
  const told: Message = { key: 'truth.control-reconnecting', trouble: troubleMessage(state.last, host), attempt: state.attempt };
  return { state: state.attempt > 1 ? 'down' : 'checking', provedAt, detail: told };
}

export function accountCauses(source: AccountSource, now: Instant): CauseView[] {
  const { state, host, network } = source;
  const causes: CauseView[] = [];
  const add = (id: string, severity: CauseView['severity'], message: Message, sinceAt: Instant): void => void causes.push({ id, severity, message, sinceAt, peer: null });
  const tunnelWorks = network !== undefined;
  switch (state.phase) {
    case 'off':
    case 'signing-out':
      break;
    case 'waiting-for-network':
      add('network', 'down', { key: 'cause.no-network' }, state.since);
      break;
    case 'connecting':
    case 'registering':
    case 'fetching-map':
      if (state.last !== undefined) add('server', tunnelWorks ? 'stale' : 'down', { key: 'cause.server-trouble', trouble: troubleMessage(state.last, host), nextTryAt: null, tunnelWorks }, state.since);
      break;
    case 'backing-off':
      add('server', tunnelWorks ? 'stale' : 'down', { key: 'cause.server-trouble', trouble: troubleMessage(state.trouble, host), nextTryAt: state.until, tunnelWorks }, state.since);
      break;
    case 'sign-in-needed':
      add('sign-in', 'down', signInCause(state.signIn, host), state.signIn.since);
      if (state.trouble !== undefined) add('server', 'stale', { key: 'cause.server-trouble', trouble: troubleMessage(state.trouble, host), nextTryAt: null, tunnelWorks: false }, state.since);
      break;
    case 'live':
      if (state.signIn !== undefined) add('renewal', 'info', { key: 'cause.renewal-waits', host }, state.signIn.since);
      if (age(state.lastMessageAt, now) > SERVER_QUIET_AFTER) add('server', 'stale', { key: 'cause.server-quiet', host, sinceAt: state.lastMessageAt }, state.lastMessageAt);
      break;
    case 'key-changed':
      add('server-key', 'down', { key: 'cause.server-key-changed', host, pinned: formatKey('machine', state.pinned), offered: formatKey('machine', state.offered) }, state.since);
      break;
    case 'refused':
      add('refused', 'down', { key: 'cause.server-refuses', host, text: state.text }, state.since);
      break;
    case 'signed-out':
      add('signed-out', 'down', { key: 'cause.signed-out', host, serverKnows: state.serverKnows }, state.since);
      break;
    default:
      state satisfies never;
  }
  const expiresAt = source.keyExpiry === null ? undefined : ((source.keyExpiry - source.wallOffset) as Instant);
  if (tunnelWorks && expiresAt !== undefined && expiresAt > now && expiresAt - now < KEY_EXPIRES_SOON) add('key-expires', 'info', { key: 'cause.key-expires', host, expiresAt }, state.since);
  if (source.leftOut > 0) add('too-many-peers', 'stale', { key: 'cause.too-many-peers', left: source.leftOut, limit: source.limit }, state.since);
  network?.health.forEach((text, i) => add(`health-${i}`, 'info', { key: 'cause.server-health', host, text }, state.since));
  return causes;
}

/** What matters more than how peers are; undefined: nothing does. */
export function accountSentence({ state, host, network }: AccountSource, peers: number): Pick<NodeView['overall'], 'state' | 'sentence'> | undefined {
  switch (state.phase) {
    case 'sign-in-needed':
      return { state: 'attention', sentence: { key: 'overall.sign-in', host } };
    case 'key-changed':
      return { state: 'attention', sentence: { key: 'overall.server-key-changed', host } };
    case 'refused':
      return network === undefined ? { state: 'attention', sentence: { key: 'overall.server-refuses', host } } : undefined;
    case 'signing-out':
    case 'signed-out':
      return { state: 'attention', sentence: { key: 'overall.signed-out', host } };
    case 'waiting-for-network':
      return { state: 'offline', sentence: { key: 'overall.no-network' } };
    case 'backing-off':
      return network === undefined ? { state: 'offline', sentence: { key: 'overall.server-unreachable', host } } : undefined;
    case 'off':
    case 'connecting':
    case 'registering':
    case 'fetching-map':
    case 'live':
      if (network === undefined) return { state: 'checking', sentence: { key: 'overall.joining', host } };
      return peers === 0 ? { state: 'idle', sentence: { key: 'overall.alone', host } } : undefined;
    default:
      return state satisfies never;
  }
}

function signInCause({ why, url }: SignIn, host: string): Message {
  const ready = url !== undefined;
  switch (why.kind) {
    case 'first':
      return { key: 'cause.sign-in-first', host, ready };
    case 'asked':
      return { key: 'cause.sign-in-asked', host, ready };
    case 'key-expired':
      return { key: 'cause.sign-in-expired', host, ready };
    case 'removed':
      return { key: 'cause.sign-in-removed', host, ready };
    default:
      return why satisfies never;
  }
}

function troubleOf(state: ControlState): ControlTrouble | undefined {
  if ('trouble' in state) return state.trouble;
  return 'last' in state ? state.last : undefined;
}

function signInOf(state: ControlState): SignIn | undefined {
  return 'signIn' in state ? state.signIn : undefined;
}

function nextTryAt(state: ControlState): Instant | null {
  if (state.phase === 'backing-off') return state.until;
  return state.phase === 'refused' ? (state.until ?? null) : null;
}
