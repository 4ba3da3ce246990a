/**
 * Holds what a client of a control server believes against what that server would tell it now: for the end of a run, when
 * all faults are over. Callers: the worlds with a control server.
 */
import { MapSession } from '../../control/map-session.ts';
import type { NetworkView } from '../../control/network-view.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { wallTime, type Duration, type Instant } from '../../time/instant.ts';
import { encodeDns, encodeFilterRule, encodeNode, encodeRelayMap } from '../../wire/netmap/encode.ts';
import type { ControlServer } from '../control-server/control-server.ts';

export interface ServerSide {
  readonly server: ControlServer;
  readonly crypto: Pick<Crypto, 'x25519Base'>;
  readonly instant: Instant;
  /** Between the server's Instants and its wall clock, ms. */
  readonly wallOffset: Duration;
}

export interface ClientSide {
  readonly phase: string;
  /** Raw private key. */
  readonly nodeKey: Uint8Array | undefined;
  readonly view: NetworkView | undefined;
}

/** What is wrong, as the end of a sentence; undefined: it is live, and sees what the server has. */
export function viewComplaint({ server, crypto, instant, wallOffset }: ServerSide, { phase, nodeKey, view }: ClientSide): string | undefined {
  if (phase !== 'live') return `is ${phase}, not live`;
  const publicKey = new Uint8Array(32);
  if (nodeKey !== undefined) crypto.x25519Base(nodeKey, publicKey);
  const id = server.nodeByKey(publicKey);
  const whole = id === undefined ? undefined : server.wholeMap(id, instant);
  if (whole === undefined || view === undefined) return 'is live with a key that the server does not know';
  const applied = new MapSession().apply(whole, wallTime(instant + wallOffset));
  if (applied.kind !== 'updated') return `cannot be judged: the server's own map is ${applied.kind}`;
  const [ours, theirs] = [viewText(view), viewText(applied.view)];
  if (ours === theirs) return undefined;
  const at = [...ours].findIndex((letter, i) => letter !== theirs[i]);
  return `sees another network than the server's: ...${ours.slice(Math.max(0, at - 60), at + 60)}... not ...${theirs.slice(Math.max(0, at - 60), at + 60)}...`;
}

/** All of a view that a server decides, in one order. */
function viewText(view: NetworkView): string {
  const peers = [...view.peers].toSorted(([a], [b]) => a - b).map(([, peer]) => encodeNode(peer.online === true ? { ...peer, lastSeen: undefined } : peer));
  return JSON.stringify([encodeNode(view.self), peers, (view.filter ?? []).map(({ name, rules }) => [name, rules.map(encodeFilterRule)]), encodeRelayMap(view.relays), encodeDns(view.dns), view.domain]);
}
