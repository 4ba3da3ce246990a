/**
 * The verbs about ways to peers and the network around: why a peer is reached as it is, looking for a direct way now, and
 * netcheck. As verbs.ts otherwise.
 */
import type { ApiError, Checked, FlowProtocol, PeerView, Snapshot } from '../api/schema.ts';
import { toPeerStatus } from '../api/status.ts';
import { say } from '../api/words.ts';
import { translator } from '../language/texts.ts';
import type { ControlClient } from '../host/control-socket/client.ts';
import { netcheckText, whyText } from './path-texts.ts';
import { told, withHost, type Common, type ExitStatus, type Terminal } from './verbs.ts';

const english = translator('en');

/** ms between two looks, and how many looks at most: a round of probes and a proof inside the tunnel fit. */
const LOOK_EVERY = 250;
const LOOKS_AT_MOST = 40;
/** After so many looks an address has had its time to answer, 5 s. */
const LOOKS_AT_LEAST = 20;

export interface WhyOptions extends Common {
  readonly peer: string;
  /** Undefined: only the path. */
  readonly port: number | undefined;
  readonly protocol: FlowProtocol | undefined;
  /** Look for a direct way first. */
  readonly tryFirst: boolean;
}

export function why(options: WhyOptions, terminal: Terminal): Promise<ExitStatus> {
  const { peer, port, protocol } = options;
  return withHost(options, terminal, async (client) => {
    if (options.tryFirst) {
      const tried = await lookForDirect(client, peer, terminal);
      if (!tried.ok) return tried;
    }
    const result = await client.request('why', { peer, ...(port === undefined ? {} : { port }), ...(protocol === undefined ? {} : { protocol }) });
    return result.ok ? told(result.value, whyText(result.value, terminal.paint)) : result;
  });
}

/** `peer` undefined: all that are relayed. It failed when one of them has no direct way in the end. */
export function tryDirect(options: Common & { readonly peer: string | undefined }, terminal: Terminal): Promise<ExitStatus> {
  return withHost(options, terminal, async (client) => {
    const tried = await lookForDirect(client, options.peer, terminal);
    if (!tried.ok) return tried;
    const { peers, now } = tried.value;
    const lines = peers.map(({ name, path }) => `${name}: ${say(path.why, now).replace(/\.?$/, '.')}`);
    const all = told({ asked: peers.length, peers: peers.map((peer) => ({ name: peer.name, path: toPeerStatus(peer, now).path })) }, lines.length === 0 ? english.text('cli.nobody-relayed') : lines.join('\n'));
    const without = peers.filter(({ path }) => path.kind !== 'direct').map(({ name }) => name);
    return without.length === 0 ? all : { ...all, failed: english.text('cli.no-direct', { peers: without.join(', ') }) };
  });
}

export function netcheck(options: Common, terminal: Terminal): Promise<ExitStatus> {
  return withHost(options, terminal, async (client) => {
    const result = await client.request('netcheck', {});
    return result.ok ? told(result.value, netcheckText(result.value, terminal.paint)) : result;
  });
}

type Tried = { readonly peers: readonly PeerView[]; readonly now: number };

/** Asks, then looks until every peer is direct or its round is over. */
async function lookForDirect(client: ControlClient, peer: string | undefined, terminal: Terminal): Promise<Checked<Tried>> {
  const names = peer === undefined ? await relayedNames(client) : await nameOf(client, peer);
  if (!names.ok) return names;
  const asked = await client.request('tryDirect', { peer: peer ?? null });
  if (!asked.ok) return asked;
  const look = async (): Promise<{ readonly ok: true; readonly value: Tried } | { readonly ok: false; readonly error: ApiError }> => {
    const snapshot = await client.request('snapshot', {});
    return snapshot.ok ? { ok: true, value: { peers: snapshot.value.peers.filter(({ name }) => names.value.includes(name)), now: snapshot.value.now } } : snapshot;
  };
  let seen = await look();
  for (let looks = 1; looks < LOOKS_AT_MOST; looks++) {
    if (!seen.ok || seen.value.peers.every((each) => isSettled(each, looks))) break;
    await terminal.wait(LOOK_EVERY);
    seen = await look();
  }
  return seen;
}

function isSettled({ path }: PeerView, looks: number): boolean {
  if (path.kind === 'direct') return true;
  return looks > LOOKS_AT_LEAST && path.why.key !== 'why.relay-trying' && path.why.key !== 'why.none-trying';
}

async function nameOf(client: ControlClient, peer: string): Promise<Checked<readonly string[]>> {
  const answer = await client.request('why', { peer });
  return answer.ok ? { ok: true, value: [answer.value.peer] } : answer;
}

async function relayedNames(client: ControlClient): Promise<Checked<readonly string[]>> {
  const snapshot: Checked<Snapshot> = await client.request('snapshot', {});
  return snapshot.ok ? { ok: true, value: snapshot.value.peers.filter(({ path }) => path.kind === 'relay').map(({ name }) => name) } : snapshot;
}
