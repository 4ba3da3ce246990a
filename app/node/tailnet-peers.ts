/**
 * The peers of a map: turns what an update touched into commands for the packet thread, one peer at a time, so that the
 * work grows with the change and not with the network. Sessions of peers that did not change stay; a new key ends those of
 * its peer only; a peer whose key has expired stays listed and is unknown to the packet thread. Callers: tailnet.ts.
 */
import { sameBytes } from '../base/bytes.ts';
import type { PeerId } from '../base/brand.ts';
import { equalEndpoints, equalPrefix, type IpPrefix } from '../base/ip.ts';
import type { NetworkChange, NetworkView } from '../control/network-view.ts';
import { PublicKey } from '../keys/keys.ts';
import type { DataplaneCommand } from '../ports/dataplane.ts';
import type { Rng } from '../ports/rng.ts';
import type { Instant } from '../time/instant.ts';
import type { NetNode, NodeId } from '../wire/netmap/types.ts';
import type { Mesh } from './mesh/mesh.ts';
import type { Message } from './messages.ts';
import { OverlayRoutes } from './overlay-routes.ts';
import type { PeerIds } from './peer-ids.ts';
import { PeerNames } from './peer-names.ts';
import { NodePeer } from './peer.ts';
import type { RepairLadder } from './repair-ladder.ts';

export interface TailnetPeersInit {
  readonly peers: Map<PeerId, NodePeer>;
  readonly ids: PeerIds;
  readonly ladder: RepairLadder;
  readonly mesh: Mesh;
  readonly rng: Rng;
  readonly acceptRoutes: boolean;
  readonly command: (command: DataplaneCommand) => void;
}

export class TailnetPeers {
  readonly #init: TailnetPeersInit;
  readonly #byNode = new Map<NodeId, NodePeer>();
  readonly #names = new PeerNames();
  readonly #routes = new OverlayRoutes();
  /** Nodes for which there was no id. */
  readonly #leftOut = new Set<NodeId>();

  constructor(init: TailnetPeersInit) {
    this.#init = init;
  }

  /** Peers that have no place: more than the packet thread takes. */
  get leftOut(): number {
    return this.#leftOut.size;
  }

  get routes(): OverlayRoutes {
    return this.#routes;
  }

  /** `expired`: ids of nodes whose key has ended. */
  apply(view: NetworkView, change: NetworkChange, expired: ReadonlySet<NodeId>, now: Instant): void {
    for (const id of change.peersRemoved) this.#remove(id, now);
    if (change.peersPut === 'all') {
      for (const id of this.#byNode.keys()) if (!view.peers.has(id)) this.#remove(id, now);
      for (const id of this.#leftOut) if (!view.peers.has(id)) this.#leftOut.delete(id);
      for (const [, node] of view.peers) this.#put(node, expired.has(node.id), now);
    } else {
      for (const id of change.peersPut) {
        const node = view.peers.get(id);
        if (node !== undefined) this.#put(node, expired.has(id), now);
      }
    }
    for (const id of this.#leftOut) {
      const node = view.peers.get(id);
      if (node === undefined) this.#leftOut.delete(id);
      else if (!this.#put(node, expired.has(id), now)) break;
    }
  }

  clear(now: Instant): void {
    for (const id of this.#byNode.keys()) this.#remove(id, now);
    this.#leftOut.clear();
  }

  /** False when there is no place for it. */
  #put(node: NetNode, expired: boolean, now: Instant): boolean {
    const known = this.#byNode.get(node.id);
    if (known === undefined) return this.#add(node, expired, now);
    const before = known.fromMap;
    if (before === undefined || (before.node === node && before.expired === expired)) return true;
    const newKey = !sameBytes(before.node.key, node.key);
    if (!before.expired && (newKey || expired)) {
      const result: Message = newKey ? { key: 'history.result.peer-new-key', peer: known.name } : { key: 'history.result.peer-expired', peer: known.name };
      this.#uninstall(known, result, now);
    }
    const { allowedIps } = known.config;
    known.fromMap = { node, expired };
    known.config = this.#configOf(node, known.config);
    known.revision++;
    const installed = !before.expired && !newKey && !expired;
    if (expired) return true;
    if (!installed || known.config.allowedIps !== allowedIps || before.node.jailed !== node.jailed || before.node.capabilities !== node.capabilities) this.#install(known, installed ? allowedIps : []);
    const sameWay = equalEndpoints(before.node.endpoints, node.endpoints) && before.node.homeRelay === node.homeRelay && sameBytes(before.node.discoKey, node.discoKey);
    if (!installed || !sameWay) this.#init.mesh.putPeer(known, now);
    return true;
  }

  #add(node: NetNode, expired: boolean, now: Instant): boolean {
    const id = this.#init.ids.take();
    if (id === undefined) {
      this.#leftOut.add(node.id);
      return false;
    }
    this.#leftOut.delete(node.id);
    const peer = new NodePeer(id, this.#configOf(node, undefined), this.#init.rng, now);
    peer.fromMap = { node, expired };
    this.#byNode.set(node.id, peer);
    this.#init.peers.set(id, peer);
    if (expired) return true;
    this.#install(peer, []);
    this.#init.mesh.putPeer(peer, now);
    return true;
  }

  #remove(id: NodeId, now: Instant): void {
    this.#leftOut.delete(id);
    const peer = this.#byNode.get(id);
    if (peer === undefined) return;
    if (peer.fromMap?.expired !== true) this.#uninstall(peer, { key: 'history.result.peer-removed', peer: peer.name }, now);
    this.#byNode.delete(id);
    this.#init.peers.delete(peer.id);
    this.#names.release(id);
    this.#init.ids.giveBack(peer.id);
  }

  /** Tells the packet thread what it is to know; sessions stay where the key did. `before`: prefixes that it had. */
  #install(peer: NodePeer, before: readonly IpPrefix[]): void {
    const { config, fromMap } = peer;
    this.#routes.add(config.allowedIps);
    this.#routes.remove(before);
    const capabilities = fromMap === undefined ? [] : [...fromMap.node.capabilities.keys()];
    this.#init.command({
      kind: 'put-peer',
      peer: {
        id: peer.id,
        publicKey: config.publicKey.bytes,
        allowedIps: config.allowedIps,
        persistentKeepaliveMs: 0,
        roaming: 'chosen',
        ...(fromMap?.node.jailed === true ? { jailed: true } : {}),
        ...(capabilities.length === 0 ? {} : { capabilities }),
      },
    });
  }

  #uninstall(peer: NodePeer, result: Message, now: Instant): void {
    this.#init.ladder.left(peer, result, now);
    this.#routes.remove(peer.config.allowedIps);
    this.#init.mesh.removePeer(peer.id, peer.config.publicKey.bytes, now);
    this.#init.command({ kind: 'remove-peer', peer: peer.id });
    this.#init.ids.removing(peer.id);
    peer.forget(now);
  }

  #configOf(node: NetNode, before: NodePeer['config'] | undefined): NodePeer['config'] {
    const allowedIps = this.#init.acceptRoutes ? node.allowedIps.filter((prefix) => prefix.bits > 0) : node.allowedIps.filter((prefix) => node.addresses.some((own) => equalPrefix(own, prefix)));
    return {
      name: this.#names.name(node),
      publicKey: before !== undefined && sameBytes(before.publicKey.bytes, node.key) ? before.publicKey : new PublicKey(node.key),
      allowedIps: before !== undefined && samePrefixes(before.allowedIps, allowedIps) ? before.allowedIps : allowedIps,
      persistentKeepaliveMs: 0,
    };
  }
}

function samePrefixes(a: readonly IpPrefix[], b: readonly IpPrefix[]): boolean {
  return a === b || (a.length === b.length && a.every((prefix, i) => equalPrefix(prefix, b[i]!)));
}
