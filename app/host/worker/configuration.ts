/**
 * Remembers what a packet thread was told, as the shortest list of commands that brings a fresh one to the same
 * configuration. References only: the keys are the node's own. Sessions are not configuration and are lost.
 */
import type { PeerId } from '../../base/brand.ts';
import type { DataplaneCommand, DataplanePeer } from '../../ports/dataplane.ts';

export class Configuration {
  readonly #peers = new Map<PeerId, DataplanePeer>();
  readonly #paths = new Map<PeerId, DataplaneCommand>();
  #identity: DataplaneCommand | undefined;
  #wallClock: DataplaneCommand | undefined;
  #filter: DataplaneCommand | undefined;

  note(command: DataplaneCommand): void {
    switch (command.kind) {
      case 'identity':
        this.#identity = command;
        return;
      case 'wall-clock':
        this.#wallClock = command;
        return;
      case 'set-filter':
        this.#filter = command;
        return;
      case 'put-peer':
        this.#peers.set(command.peer.id, command.peer);
        return;
      case 'remove-peer':
        this.#peers.delete(command.peer);
        this.#paths.delete(command.peer);
        return;
      case 'set-path':
        this.#paths.set(command.peer, command);
        return;
      case 'set-endpoint':
        this.moved(command.peer, command.endpoint);
        return;
      case 'initiate':
      case 'probe':
      case 'send-datagram':
      case 'tell-disco-key':
      case 'rebind':
      case 'forget-sessions':
        return;
      default:
        return command satisfies never;
    }
  }

  /** The peer was followed to another endpoint: a fresh packet thread must look for it there. */
  moved(id: PeerId, endpoint: NonNullable<DataplanePeer['endpoint']>): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.#peers.set(id, { ...peer, endpoint });
  }

  /** The filter comes before any peer: nothing slips in between. */
  commands(): DataplaneCommand[] {
    const out: DataplaneCommand[] = [];
    if (this.#filter !== undefined) out.push(this.#filter);
    if (this.#wallClock !== undefined) out.push(this.#wallClock);
    if (this.#identity !== undefined) out.push(this.#identity);
    for (const peer of this.#peers.values()) out.push({ kind: 'put-peer', peer });
    out.push(...this.#paths.values());
    return out;
  }
}
