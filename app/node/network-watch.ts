/**
 * The node's eyes on this computer's network: owns the network monitor, drains it where it mutates it, and passes on what it
 * finds: changes of the network and our own addresses to the mesh and to control, what becomes of the tunnel's device to the
 * history and the truth about the system. It judges nothing. It outlives starts and stops of the node. Caller: node.ts.
 */
import { ENDPOINT_TYPE, type LocalEndpoint } from '../control/types.ts';
import type { IpAddress } from '../base/ip.ts';
import { Netmon } from '../netmon/netmon.ts';
import type { DeviceChange, NetmonInput, NetmonOutput } from '../netmon/types.ts';
import type { OsWatchCommand, OwnDevice } from '../ports/os-watch.ts';
import type { Rng } from '../ports/rng.ts';
import type { Deadline, Machine } from '../time/deadline.ts';
import type { Instant, WallTime } from '../time/instant.ts';
import type { History, IncidentId } from './history.ts';
import type { Message } from './messages.ts';
import type { TruthView } from './types.ts';

/** As the node uses it, so that a double can stand in. */
export interface NetmonLike extends Machine<NetmonInput, NetmonOutput> {
  /** Undefined: there is none now. */
  readonly device: OwnDevice | undefined;
  restate(): void;
}

export interface NetworkWatchInit {
  readonly rng: Rng;
  readonly createNetmon: ((rng: Rng) => NetmonLike) | undefined;
  readonly history: History;
  readonly wall: (at: Instant) => WallTime;
  readonly command: (command: OsWatchCommand) => void;
  readonly log: (level: 'info' | 'warn', text: string) => void;
  readonly network: (state: 'down' | 'up' | 'changed', now: Instant) => void;
  /** Another network it is not, but where we are seen may differ. */
  readonly slightly: (now: Instant) => void;
  readonly families: (families: { readonly ipv4: boolean; readonly ipv6: boolean }, now: Instant) => void;
  readonly gateway: (gateway: Extract<NetmonOutput, { kind: 'gateway' }>, now: Instant) => void;
  readonly local: (endpoints: readonly LocalEndpoint[], now: Instant) => void;
  /** The device is gone; undefined: there is one again, which has to be set up. */
  readonly device: (truth: TruthView | undefined) => void;
  /** Names of those who hear nothing of us without a device. */
  readonly cutOff: () => string[];
}

interface Trouble {
  readonly incident: IncidentId;
  readonly attempts: number;
}

export class NetworkWatch {
  readonly #init: NetworkWatchInit;
  readonly #netmon: NetmonLike;
  #port: number | undefined;
  #addresses: readonly IpAddress[] | undefined;
  #deviceGone: Trouble | undefined;
  #sourceGone: Trouble | undefined;

  constructor(init: NetworkWatchInit) {
    this.#init = init;
    this.#netmon = init.createNetmon?.(init.rng) ?? new Netmon({ rng: init.rng });
  }

  /** True when somebody has to be told: a screen shows something else now. */
  handle(input: NetmonInput, now: Instant): boolean {
    this.#netmon.handle(input, now);
    return this.#drain(now);
  }

  /** The UDP socket has this port now. */
  bound(port: number, now: Instant): void {
    if (port === this.#port) return;
    this.#port = port;
    this.#tellEndpoints(now);
  }

  /** Whoever hears of the network was made anew. */
  restate(now: Instant): void {
    this.#netmon.restate();
    this.#drain(now);
  }

  nextDeadline(): Deadline | undefined {
    return this.#netmon.nextDeadline();
  }

  /** As `handle`. */
  expire(now: Instant): boolean {
    const due = this.#netmon.nextDeadline();
    if (due === undefined || due.at > now) return false;
    this.#netmon.expire(now);
    return this.#drain(now);
  }

  #drain(now: Instant): boolean {
    let news = false;
    for (let output = this.#netmon.poll(); output !== undefined; output = this.#netmon.poll()) {
      if (output.kind !== 'command' && output.kind !== 'os-touched') news = true;
      this.#hear(output, now);
    }
    return news;
  }

  #hear(output: NetmonOutput, now: Instant): void {
    const { command, network, slightly, families, log } = this.#init;
    switch (output.kind) {
      case 'command':
        command(output.command);
        return;
      case 'network':
        log('info', output.state === 'changed' ? `the network changed (${output.weight})` : `the network is ${output.state}`);
        if (output.state !== 'changed') network(output.state, now);
        else if (output.weight === 'major') network('changed', now);
        else slightly(now);
        return;
      case 'families':
        families(output, now);
        return;
      case 'gateway':
        this.#init.gateway(output, now);
        return;
      case 'addresses':
        this.#addresses = output.addresses;
        this.#tellEndpoints(now);
        return;
      case 'device':
        this.#device(output.change, now);
        return;
      case 'source':
        this.#source(output, now);
        return;
      case 'os-touched':
        command({ kind: 'look-at-ours', event: output.event });
        return;
      default:
        return output satisfies never;
    }
  }

  #tellEndpoints(now: Instant): void {
    const port = this.#port;
    if (port === undefined || this.#addresses === undefined) return;
    this.#init.local(this.#addresses.map((address) => ({ endpoint: { address, port }, type: ENDPOINT_TYPE.local })), now);
  }

  #device(change: DeviceChange, now: Instant): void {
    const { history, log } = this.#init;
    switch (change.kind) {
      case 'gone': {
        const { name } = change.device;
        log('warn', `the network device ${name} is gone (${change.how})`);
        const cause: Message = { key: change.how === 'deleted' ? 'history.cause.device-deleted' : 'history.cause.device-recreated', device: name };
        this.#deviceGone = { incident: this.#open(cause, { key: 'history.action.device-open', attempts: 1, why: null }, this.#init.cutOff(), now), attempts: 1 };
        this.#init.device({ state: 'down', provedAt: null, detail: { key: 'truth.os-device-gone', device: name, sinceAt: now } });
        return;
      }
      case 'not-back':
        log('warn', `no network device ${change.name} can be had (${change.why}): trying again in ${Math.round(change.retryInMs)} ms`);
        if (this.#deviceGone !== undefined) history.revise(this.#deviceGone.incident, { action: { key: 'history.action.device-open', attempts: change.attempts, why: change.why } });
        return;
      case 'back':
        log('info', `the network device ${change.device.name} is there again`);
        if (this.#deviceGone !== undefined) {
          history.revise(this.#deviceGone.incident, { action: { key: 'history.action.device-open', attempts: change.attempts, why: null } });
          history.close(this.#deviceGone.incident, { key: 'history.result.device-back', device: change.device.name }, now);
        }
        this.#deviceGone = undefined;
        this.#init.device(undefined);
        return;
      case 'renamed': {
        log('info', `the network device ${change.from} is called ${change.device.name} now`);
        const cause: Message = { key: 'history.cause.device-renamed', from: change.from, to: change.device.name };
        history.close(this.#open(cause, { key: 'history.action.device-kept' }, [], now), { key: 'history.result.device-kept' }, now);
        return;
      }
      default:
        return change satisfies never;
    }
  }

  #source(output: Extract<NetmonOutput, { kind: 'source' }>, now: Instant): void {
    const { history, log } = this.#init;
    if (output.state === 'failed') {
      log('warn', `changes of the network are not told any more (${output.why}): asking again in ${Math.round(output.retryInMs)} ms`);
      const attempts = (this.#sourceGone?.attempts ?? 0) + 1;
      const action: Message = { key: 'history.action.watch-again', attempts };
      const incident = this.#sourceGone?.incident ?? this.#open({ key: 'history.cause.watch-ended', why: output.why }, action, [], now);
      history.revise(incident, { action });
      this.#sourceGone = { incident, attempts };
    } else if (this.#sourceGone !== undefined) {
      history.close(this.#sourceGone.incident, { key: 'history.result.watch-back' }, now);
      this.#sourceGone = undefined;
    }
  }

  #open(cause: Message, action: Message, unreachable: readonly string[], now: Instant): IncidentId {
    return this.#init.history.open({ truth: 'os', peer: null, cause, action, since: now, unreachable }, now, this.#init.wall(now));
  }
}
