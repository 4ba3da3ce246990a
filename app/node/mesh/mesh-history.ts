/**
 * What of paths and relays goes into the reconnect history: each move of a peer's packets, and each time a relay was away.
 * It decides nothing. Caller: mesh.ts.
 */
import type { Via } from '../../base/via.ts';
import { formatEndpoint, type IpEndpoint } from '../../base/ip.ts';
import type { PortMapOutput } from '../../portmap/types.ts';
import type { MoveCause, PathsOutput } from '../../paths/types.ts';
import type { RelayOutput } from '../../relay/types.ts';
import type { Instant, WallTime } from '../../time/instant.ts';
import type { RelayMap } from '../../wire/netmap/types.ts';
import type { History, IncidentId } from '../history.ts';
import type { Message } from '../messages.ts';
import { viaWords } from '../path-messages.ts';
import { relayName, relayTrouble } from '../relay-messages.ts';

export class MeshHistory {
  readonly #history: History;
  readonly #wall: (now: Instant) => WallTime;
  readonly #away = new Map<number, IncidentId>();

  constructor(history: History, wall: (now: Instant) => WallTime) {
    this.#history = history;
    this.#wall = wall;
  }

  moved(peer: string, { from, to, because }: Extract<PathsOutput, { kind: 'moved' }>, map: RelayMap, now: Instant): void {
    // The first way that is found is no event.
    if (from === undefined) return;
    const cause = causeOf(peer, because, from, to, map);
    const action: Message = to === undefined ? { key: 'history.action.path-lost' } : { key: 'history.action.path-moved', to: viaWords(to, map) };
    const result: Message = to === undefined ? { key: 'history.result.path-none', peer } : { key: 'history.result.path', peer, to: viaWords(to, map) };
    this.#history.record({ truth: 'path', peer, cause, action, since: now, unreachable: [] }, result, now, this.#wall(now));
  }

  /** `cutOff`: names of peers to whom, or from whom, packets have no other way. */
  relay(output: Extract<RelayOutput, { kind: 'incident-began' | 'incident-ended' }>, cutOff: () => readonly string[], map: RelayMap, now: Instant): void {
    const relay = relayName(output.region, map);
    if (output.kind === 'incident-began') {
      const cause: Message = { key: 'history.cause.relay', relay, trouble: relayTrouble(output.cause, relay) };
      const action: Message = { key: 'history.action.relay-reconnect', attempts: 1 };
      this.#away.set(output.id, this.#history.open({ truth: 'relay', peer: null, cause, action, since: output.since, unreachable: cutOff() }, now, this.#wall(now)));
      return;
    }
    const incident = this.#away.get(output.id);
    if (incident === undefined) return;
    this.#away.delete(output.id);
    this.#history.revise(incident, { action: { key: 'history.action.relay-reconnect', attempts: output.attempts } });
    this.#history.close(incident, resultOf(output.result, relay), now);
  }

  /** `before`: where peers could call until now. */
  portMapping({ external, protocol, because }: Extract<PortMapOutput, { kind: 'mapping' }>, before: IpEndpoint | undefined, now: Instant): void {
    // Leaving a network, or the end of the tunnel, is told by what ended.
    if (because === 'left') return;
    const result: Message = external === undefined ? { key: 'history.result.port-closed', endpoint: before === undefined ? '' : formatEndpoint(before) } : { key: 'history.result.port-open', endpoint: formatEndpoint(external) };
    const action: Message = { key: because === 'restarted' ? 'history.action.port-asked-again' : 'history.action.port-told' };
    this.#history.record({ truth: 'path', peer: null, cause: { key: 'history.cause.port-mapping', protocol, because }, action, since: now, unreachable: [] }, result, now, this.#wall(now));
  }
}

function resultOf(result: 'up-again' | 'not-needed' | 'stopped', relay: string): Message {
  switch (result) {
    case 'up-again':
      return { key: 'history.result.relay-up', relay };
    case 'not-needed':
      return { key: 'history.result.relay-not-needed', relay };
    case 'stopped':
      return { key: 'history.result.stopped' };
    default:
      return result satisfies never;
  }
}

function causeOf(peer: string, because: MoveCause, fromVia: Via, toVia: Via | undefined, map: RelayMap): Message {
  const from = viaWords(fromVia, map);
  const to = toVia === undefined ? from : viaWords(toVia, map);
  switch (because) {
    case 'proved':
      return { key: 'history.cause.path-proved', peer, to };
    case 'faster':
      return { key: 'history.cause.path-faster', peer, to };
    case 'no-pong':
      return { key: 'history.cause.path-no-pong', peer, from };
    case 'data-lost':
      return { key: 'history.cause.path-data-lost', peer, from };
    case 'network-changed':
      return { key: 'history.cause.path-network-changed', peer, from };
    case 'relay-changed':
      return { key: 'history.cause.path-relay-changed', peer, to };
    case 'peer-moved':
      return { key: 'history.cause.path-peer-moved', peer, to };
    default:
      return because satisfies never;
  }
}
