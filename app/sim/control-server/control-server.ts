/**
 * A small, faithful control server as a pure machine: registers nodes, keeps their addresses, streams maps and deltas in
 * headscale's shape and with its write rules. For the simulator and the sandbox; it is no product: no users' passwords, no
 * routes, no SSH. Time comes in; randomness is injected. Its administrator's verbs are plain methods; what they change
 * goes out in the next batch.
 */
import { formatEndpoint, formatIp, ipv4, ipv6, parseEndpoint, type IpEndpoint } from '../../base/ip.ts';
import { parseKey } from '../../keys/text-forms.ts';
import type { Rng } from '../../ports/rng.ts';
import { earlier, type Deadline, type Machine } from '../../time/deadline.ts';
import { after, minutes, seconds, wallTime, type Duration, type Instant, type WallTime } from '../../time/instant.ts';
import { formatRfc3339, parseRfc3339 } from '../../time/rfc3339.ts';
import { encodeDns, encodeFilterRule, encodeNode, encodePatch, encodeRegisterAnswer, encodeRelayMap, encodeUser } from '../../wire/netmap/encode.ts';
import { isObject, type JsonObject } from '../../wire/netmap/fields.ts';
import type { DnsConfig, NodeId, RelayMap } from '../../wire/netmap/types.ts';
import { hostnameOf, isExpired, netNodeOf, osOf, patchOf, wholeSecond, type ServerNode } from './node-record.ts';
import { ALLOW_ALL, filterOf, sees } from './policy.ts';
import { parseObject, sameBytes, textIn } from './request-body.ts';
import type { AclRule, ListedNode, PreAuthKeyOptions, ServerInput, ServerOutput } from './types.ts';

/** Headscale's numbers. */
const BATCH: Duration = 800;
const KEEP_ALIVE = { least: seconds(50), spread: seconds(9) } as const;
const PENDING_FOR: Duration = minutes(15);
const OFFLINE_AFTER: Duration = seconds(10);
const EPHEMERAL_AFTER: Duration = seconds(120);
const PENDING_MOST = 1_024;
const BODY_MOST = 1_048_576;
const NOT_THERE = new Set(['/machine/set-dns', '/machine/id-token', '/machine/audit-log', '/machine/feature/query', '/machine/update-health', '/machine/whoami']);

export interface ControlServerInit {
  readonly rng: Rng;
  /** Where people sign in: `https://hs.example.org`. */
  readonly url: string;
  /** Wall time minus Instant. */
  readonly wallOffset: Duration;
  readonly domain?: string;
  readonly relays?: RelayMap;
  /** Requests answered in a second; those above get 429. Absent: no limit. */
  readonly requestsPerSecond?: number;
}

interface Stream {
  readonly connection: number;
  readonly id: number;
  readonly node: NodeId;
  readonly known: Set<NodeId>;
  keepAliveAt: Instant;
}

interface Pending {
  readonly authId: string;
  readonly machineKey: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly hostinfo: JsonObject | null;
  readonly ephemeral: boolean;
  readonly until: Instant;
  waiting: { readonly connection: number; readonly id: number }[];
}

const streamKey = (of: { readonly connection: number; readonly id: number }): string => `${of.connection}/${of.id}`;

interface AuthKey extends PreAuthKeyOptions {
  used: boolean;
}

/** What changed of a node since the last batch. */
type Dirty = 'patch' | 'whole' | 'gone';

export class ControlServer implements Machine<ServerInput, ServerOutput> {
  readonly #init: ControlServerInit;
  readonly #domain: string;
  readonly #outputs: ServerOutput[] = [];
  readonly #nodes = new Map<NodeId, ServerNode>();
  readonly #users = new Map<string, number>();
  readonly #authKeys = new Map<string, AuthKey>();
  readonly #pending = new Map<string, Pending>();
  readonly #streams = new Map<string, Stream>();
  readonly #dirty = new Map<NodeId, Dirty>();
  /** Nodes whose last stream ended then. */
  readonly #leftAt = new Map<NodeId, Instant>();
  #policy: readonly AclRule[] = ALLOW_ALL;
  #policyDirty = false;
  #relays: RelayMap;
  #relaysDirty = false;
  #batchAt: Instant | undefined;
  #nextNode = 1;
  #nextAddress = 1;
  #second = -1;
  #inSecond = 0;
  /** Tells every request to come back: seconds, or undefined for none. */
  busyFor: number | undefined;
  /** By path, since the server was made. */
  readonly requests = new Map<string, number>();

  constructor(init: ControlServerInit) {
    this.#init = init;
    this.#domain = init.domain ?? 'tail.example.org';
    this.#relays = init.relays ?? { regions: new Map(), scores: new Map(), omitDefaultRegions: true };
  }

  // ---- the administrator

  createPreAuthKey(options: PreAuthKeyOptions): string {
    const text = `hskey-auth-${this.#hex(6)}-${this.#hex(32)}`;
    this.#authKeys.set(text, { ...options, used: false });
    return text;
  }

  /** Addresses at which someone is waited for. */
  pendingUrls(): string[] {
    return [...this.#pending.keys()].map((authId) => this.#urlOf(authId));
  }

  /** False: nobody waits there. */
  approve(url: string, user: string, now: Instant): boolean {
    const pending = this.#pending.get(url.slice(url.lastIndexOf('/') + 1));
    if (pending === undefined) return false;
    this.#pending.delete(pending.authId);
    // Whoever waits learns of its new key before the stream of the old one ends.
    for (const { connection, id } of pending.waiting) this.#answer(connection, id, { machineAuthorized: true });
    this.#admit(pending, user, [], now);
    return true;
  }

  nodes(now: Instant): ListedNode[] {
    return [...this.#nodes.values()].map((node) => ({
      id: node.id,
      name: node.name,
      hostname: hostnameOf(node),
      os: osOf(node),
      user: node.user,
      tags: node.tags,
      addresses: node.addresses.map(({ address }) => formatIp(address)),
      endpoints: node.endpoints.map(formatEndpoint),
      online: node.online,
      expired: isExpired(node, this.#wall(now)),
      machineKey: node.machineKey,
      nodeKey: node.nodeKey,
      discoKey: node.discoKey,
    }));
  }

  nodeByKey(nodeKey: Uint8Array): NodeId | undefined {
    return this.#byKey(nodeKey)?.id;
  }

  /** A node that nobody runs: for maps with more in them than clients. */
  addNode(hostname: string, user: string, now: Instant): NodeId {
    const node = this.#admit({ machineKey: this.#bytes(32), nodeKey: this.#bytes(32), hostinfo: { Hostname: hostname, OS: 'linux' }, ephemeral: false }, user, [], now);
    node.discoKey = this.#bytes(32);
    node.endpoints = [{ address: ipv4(0xc6336400 + (node.id & 0xff)), port: 41_641 }];
    return node.id;
  }

  renameNode(id: NodeId, name: string, now: Instant): void {
    this.#change(id, 'whole', now, (node) => void (node.name = this.#freeName(name, id)));
  }

  tagNode(id: NodeId, tags: readonly string[], now: Instant): void {
    this.#change(id, 'whole', now, (node) => {
      node.tags = tags;
      node.keyExpiry = undefined;
    });
    this.#policyDirty = true;
  }

  /** `in` ms; negative: at once. */
  expireNode(id: NodeId, inMs: Duration | undefined, now: Instant): void {
    this.#change(id, 'whole', now, (node) => void (node.keyExpiry = inMs === undefined ? undefined : wholeSecond(this.#wall(now) + inMs)));
  }

  moveNode(id: NodeId, endpoints: readonly IpEndpoint[], now: Instant): void {
    this.#change(id, 'patch', now, (node) => void (node.endpoints = endpoints));
  }

  setOnline(id: NodeId, online: boolean, now: Instant): void {
    this.#change(id, 'patch', now, (node) => {
      node.online = online;
      node.lastSeen = wholeSecond(this.#wall(now));
    });
  }

  deleteNode(id: NodeId, now: Instant): void {
    if (!this.#nodes.delete(id)) return;
    this.#leftAt.delete(id);
    for (const stream of this.#streams.values()) if (stream.node === id) this.#endStream(stream);
    this.#touch(id, 'gone', now);
  }

  setPolicy(policy: readonly AclRule[], now: Instant): void {
    this.#policy = policy;
    this.#policyDirty = true;
    this.#batchAt ??= after(now, BATCH);
  }

  setRelays(relays: RelayMap, now: Instant): void {
    this.#relays = relays;
    this.#relaysDirty = true;
    this.#batchAt ??= after(now, BATCH);
  }

  /** The process ended and began again: the database stays, nothing else. */
  restart(now: Instant): void {
    for (const stream of this.#streams.values()) this.#left(stream, now);
    this.#streams.clear();
    this.#pending.clear();
    this.#outputs.length = 0;
    this.#dirty.clear();
    this.#policyDirty = false;
    this.#relaysDirty = false;
    this.#batchAt = undefined;
  }

  /** Ends the streams of this node in good order, as a server does that lost its place. */
  endStreams(id: NodeId, now: Instant): void {
    for (const stream of this.#streams.values()) {
      if (stream.node !== id) continue;
      this.#endStream(stream);
      this.#left(stream, now);
    }
  }

  /** The whole map of a node, as its next stream would begin. */
  wholeMap(id: NodeId, now: Instant): string | undefined {
    const node = this.#nodes.get(id);
    return node === undefined ? undefined : JSON.stringify(this.#firstMap(node, now));
  }

  // ---- the machine

  handle(input: ServerInput, now: Instant): void {
    switch (input.kind) {
      case 'request':
        this.#request(input, now);
        return;
      case 'cancelled':
        this.#forget(now, (of) => of.connection === input.connection && of.id === input.id);
        return;
      case 'closed':
        this.#forget(now, (of) => of.connection === input.connection);
        return;
      default:
        return input satisfies never;
    }
  }

  poll(): ServerOutput | undefined {
    return this.#outputs.shift();
  }

  nextDeadline(): Deadline | undefined {
    let next: Deadline | undefined = this.#batchAt === undefined ? undefined : { at: this.#batchAt, why: 'server: batch' };
    for (const stream of this.#streams.values()) next = earlier(next, { at: stream.keepAliveAt, why: 'server: keep-alive' });
    for (const [id, at] of this.#leftAt) next = earlier(next, { at: after(at, this.#nodes.get(id)?.online === true ? OFFLINE_AFTER : EPHEMERAL_AFTER), why: 'server: node left' });
    return next;
  }

  expire(now: Instant): void {
    for (const [id, at] of this.#leftAt) {
      const node = this.#nodes.get(id);
      if (node === undefined) continue;
      if (node.online && now >= after(at, OFFLINE_AFTER)) {
        this.#change(id, 'patch', now, () => {
          node.online = false;
          node.lastSeen = wholeSecond(this.#wall(now));
        });
        if (!node.ephemeral) this.#leftAt.delete(id);
      } else if (node.ephemeral && now >= after(at, EPHEMERAL_AFTER)) {
        this.deleteNode(id, now);
      }
    }
    if (this.#batchAt !== undefined && this.#batchAt <= now) this.#sendBatch(now);
    for (const stream of this.#streams.values()) if (stream.keepAliveAt <= now) this.#send(stream, { KeepAlive: true, ControlTime: formatRfc3339(this.#wall(now)) }, now);
  }

  #request(input: Extract<ServerInput, { kind: 'request' }>, now: Instant): void {
    const { connection, id, path } = input;
    this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
    if (this.busyFor !== undefined || this.#overLimit(now)) {
      this.#respond(connection, id, 429, 'too many requests', this.busyFor ?? 1 + Math.floor(this.#init.rng.fraction() * 10));
      return;
    }
    const body = input.body.length > BODY_MOST ? undefined : parseObject(input.body);
    if (path !== '/machine/register' && path !== '/machine/map') this.#respond(connection, id, NOT_THERE.has(path) ? 501 : 404, 'not found');
    else if (body === undefined) this.#respond(connection, id, 400, 'bad request');
    else if (path === '/machine/map') this.#map(connection, id, input.machineKey, body, now);
    else this.#register(connection, id, input.machineKey, body, now);
  }

  #register(connection: number, id: number, machineKey: Uint8Array, body: JsonObject, now: Instant): void {
    const nodeKey = parseKey('node', textIn(body, 'NodeKey'));
    if (nodeKey === undefined) {
      this.#respond(connection, id, 400, 'bad node key');
      return;
    }
    const expiry = parseRfc3339(textIn(body, 'Expiry'));
    const node = this.#byKey(nodeKey);
    const authText = textIn(isObject(body['Auth']) ? body['Auth'] : {}, 'AuthKey');
    if (node !== undefined && !sameBytes(node.machineKey, machineKey)) this.#answer(connection, id, { error: 'node key belongs to another machine' });
    else if (expiry !== undefined) this.#signOut(connection, id, node, expiry, now);
    else if (authText !== '') this.#registerByKey(connection, id, machineKey, nodeKey, node, authText, body, now);
    else if (node !== undefined) this.#answer(connection, id, isExpired(node, this.#wall(now)) ? { nodeKeyExpired: true } : { machineAuthorized: true });
    else this.#ask(connection, id, machineKey, nodeKey, body, now);
  }

  #signOut(connection: number, id: number, node: ServerNode | undefined, expiry: WallTime, now: Instant): void {
    if (node === undefined || expiry > this.#wall(now)) {
      this.#answer(connection, id, { error: node === undefined ? 'node not found' : 'extending key is not allowed' });
      return;
    }
    if (node.ephemeral) this.deleteNode(node.id, now);
    else this.expireNode(node.id, -1_000, now);
    this.#answer(connection, id, { nodeKeyExpired: true });
  }

  #registerByKey(connection: number, id: number, machineKey: Uint8Array, nodeKey: Uint8Array, node: ServerNode | undefined, text: string, body: JsonObject, now: Instant): void {
    const again = node !== undefined && !isExpired(node, this.#wall(now));
    if (again) {
      this.#answer(connection, id, { machineAuthorized: true });
      return;
    }
    const hostinfo = isObject(body['Hostinfo']) ? body['Hostinfo'] : null;
    const key = this.#authKeys.get(text);
    const refused =
      key === undefined ? 'authkey not found' : key.expiresAt !== undefined && key.expiresAt <= this.#wall(now) ? 'authkey expired' : key.used && key.reusable !== true ? 'authkey already used' : hostinfo?.['RequestTags'] === undefined ? undefined : 'requested tags are not allowed with an authkey';
    if (key === undefined || refused !== undefined) {
      this.#answer(connection, id, { error: refused ?? '' });
      return;
    }
    key.used = true;
    this.#admit({ machineKey, nodeKey, hostinfo, ephemeral: key.ephemeral === true || body['Ephemeral'] === true }, key.user, key.tags ?? [], now);
    this.#answer(connection, id, { machineAuthorized: true });
  }

  /** A person has to approve: hands out an address, or waits at one. */
  #ask(connection: number, id: number, machineKey: Uint8Array, nodeKey: Uint8Array, body: JsonObject, now: Instant): void {
    for (const [authId, pending] of this.#pending) if (pending.until <= now) this.#pending.delete(authId);
    const followup = textIn(body, 'Followup');
    const waitingAt = this.#pending.get(followup.slice(followup.lastIndexOf('/') + 1));
    if (followup !== '' && waitingAt !== undefined) {
      waitingAt.waiting.push({ connection, id });
      return;
    }
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size < PENDING_MOST) break;
      this.#pending.delete(oldest);
    }
    const authId = `hskey-authreq-${this.#hex(12)}`;
    this.#pending.set(authId, { authId, machineKey, nodeKey, hostinfo: isObject(body['Hostinfo']) ? body['Hostinfo'] : null, ephemeral: body['Ephemeral'] === true, until: after(now, PENDING_FOR), waiting: [] });
    this.#answer(connection, id, { authUrl: this.#urlOf(authId) });
  }

  /** Makes a node, or gives the one of the same machine and user its new key. */
  #admit(from: Pick<Pending, 'machineKey' | 'nodeKey' | 'hostinfo' | 'ephemeral'>, user: string, tags: readonly string[], now: Instant): ServerNode {
    const known = [...this.#nodes.values()].find((node) => node.user === user && sameBytes(node.machineKey, from.machineKey));
    if (known !== undefined) {
      for (const stream of this.#streams.values()) if (stream.node === known.id && !sameBytes(known.nodeKey, from.nodeKey)) this.#endStream(stream);
      known.nodeKey = from.nodeKey;
      known.keyExpiry = undefined;
      if (from.hostinfo !== null) known.hostinfo = from.hostinfo;
      this.#touch(known.id, 'whole', now);
      return known;
    }
    const id = this.#nextNode++;
    const n = this.#nextAddress++;
    const node: ServerNode = {
      id,
      machineKey: from.machineKey,
      nodeKey: from.nodeKey,
      discoKey: undefined,
      user,
      userId: this.#userId(user),
      name: this.#freeName(textIn(from.hostinfo ?? {}, 'Hostname'), id),
      hostinfo: from.hostinfo,
      netinfo: undefined,
      tags,
      addresses: [{ address: ipv4(0x64400000 + n), bits: 32 }, { address: ipv6(0xfd7a115c, 0xa1e00000, 0, n), bits: 128 }],
      endpoints: [],
      keyExpiry: undefined,
      ephemeral: from.ephemeral,
      streams: 0,
      online: false,
      lastSeen: wholeSecond(this.#wall(now)),
    };
    this.#nodes.set(id, node);
    this.#touch(id, 'whole', now);
    return node;
  }

  #map(connection: number, id: number, machineKey: Uint8Array, body: JsonObject, now: Instant): void {
    const nodeKey = parseKey('node', textIn(body, 'NodeKey'));
    const node = nodeKey === undefined ? undefined : this.#byKey(nodeKey);
    if (node === undefined || !sameBytes(node.machineKey, machineKey)) {
      this.#respond(connection, id, 404, 'node not found');
      return;
    }
    this.#write(node, body, now);
    if (body['Stream'] !== true) {
      this.#respond(connection, id, 200, '');
      return;
    }
    const known = new Set([...this.#visible(node)].map((peer) => peer.id));
    const stream: Stream = { connection, id, node: node.id, known, keepAliveAt: now };
    this.#streams.set(streamKey(stream), stream);
    node.streams++;
    this.#leftAt.delete(node.id);
    if (!node.online) this.#change(node.id, 'patch', now, () => void (node.online = true));
    this.#outputs.push({ kind: 'stream', connection, id });
    this.#send(stream, this.#firstMap(node, now), now);
  }

  /** Headscale's rules: what is left out of a request is lost, but for endpoints and NetInfo. */
  #write(node: ServerNode, body: JsonObject, now: Instant): void {
    const before = JSON.stringify([encodeNode(netNodeOf(node, this.#domain, this.#wall(now)))]);
    const disco = parseKey('disco', textIn(body, 'DiscoKey'));
    node.discoKey = disco === undefined || disco.every((byte) => byte === 0) ? undefined : disco;
    const hostinfo = isObject(body['Hostinfo']) ? body['Hostinfo'] : null;
    node.hostinfo = hostinfo;
    if (isObject(hostinfo?.['NetInfo'])) node.netinfo = hostinfo['NetInfo'];
    const endpoints = body['Endpoints'];
    if (Array.isArray(endpoints)) node.endpoints = endpoints.flatMap((text: unknown) => (typeof text === 'string' ? (parseEndpoint(text) ?? []) : []));
    if (JSON.stringify([encodeNode(netNodeOf(node, this.#domain, this.#wall(now)))]) !== before) this.#touch(node.id, 'whole', now);
  }

  #firstMap(node: ServerNode, now: Instant): JsonObject {
    const peers = [...this.#visible(node)].map((peer) => this.#encoded(peer, now));
    return {
      Node: this.#encoded(node, now),
      DERPMap: encodeRelayMap(this.#relays),
      DNSConfig: encodeDns(this.#dns()),
      Domain: this.#domain,
      PacketFilters: { base: filterOf(this.#policy, node, this.#nodes.values()).map(encodeFilterRule) },
      ...(peers.length > 0 && { Peers: peers }),
      UserProfiles: [...this.#users].map(([name, id]) => encodeUser({ id, loginName: name, displayName: name })),
      ControlTime: formatRfc3339(this.#wall(now)),
    };
  }

  #sendBatch(now: Instant): void {
    this.#batchAt = undefined;
    for (const stream of this.#streams.values()) {
      const message = this.#delta(stream, now);
      if (message !== undefined) this.#send(stream, message, now);
    }
    this.#dirty.clear();
    this.#policyDirty = false;
    this.#relaysDirty = false;
  }

  #delta(stream: Stream, now: Instant): JsonObject | undefined {
    const node = this.#nodes.get(stream.node);
    if (node === undefined) return undefined;
    const changed: JsonObject[] = [];
    const patches: JsonObject[] = [];
    const removed: NodeId[] = [];
    const look = this.#policyDirty ? new Map([...this.#nodes.keys(), ...stream.known].map((id): [NodeId, Dirty] => [id, 'whole'])) : this.#dirty;
    for (const [id, how] of look) {
      if (id === node.id) continue;
      const peer = this.#nodes.get(id);
      const visible = peer !== undefined && sees(this.#policy, node, peer);
      if (peer === undefined || !visible) {
        if (stream.known.delete(id)) removed.push(id);
      } else if (how === 'patch' && stream.known.has(id)) {
        patches.push(encodePatch(patchOf(peer)));
      } else {
        stream.known.add(id);
        changed.push(this.#encoded(peer, now));
      }
    }
    // A filter names addresses of others: it follows whenever a node came, went or changed its tags.
    const filter = this.#policyDirty || [...this.#dirty.values()].some((how) => how !== 'patch');
    const message: JsonObject = {
      ...(this.#dirty.has(node.id) && { Node: this.#encoded(node, now) }),
      ...(this.#relaysDirty && { DERPMap: encodeRelayMap(this.#relays) }),
      ...(filter && { PacketFilters: { base: filterOf(this.#policy, node, this.#nodes.values()).map(encodeFilterRule) } }),
      ...(removed.length > 0 && { PeersRemoved: removed }),
      ...(changed.length > 0 && { PeersChanged: changed, UserProfiles: [...this.#users].map(([name, id]) => encodeUser({ id, loginName: name, displayName: name })) }),
      ...(patches.length > 0 && { PeersChangedPatch: patches }),
    };
    return Object.keys(message).length === 0 ? undefined : { ...message, ControlTime: formatRfc3339(this.#wall(now)) };
  }

  *#visible(node: ServerNode): Iterable<ServerNode> {
    for (const peer of this.#nodes.values()) if (peer !== node && sees(this.#policy, node, peer)) yield peer;
  }

  #encoded(node: ServerNode, now: Instant): JsonObject {
    return encodeNode(netNodeOf(node, this.#domain, this.#wall(now)));
  }

  #dns(): DnsConfig {
    return { resolvers: [], routes: new Map([[this.#domain, []]]), fallbackResolvers: [], domains: [this.#domain], magicDns: true, extraRecords: [], certDomains: [] };
  }

  #send(stream: Stream, message: JsonObject, now: Instant): void {
    stream.keepAliveAt = after(now, KEEP_ALIVE.least + KEEP_ALIVE.spread * this.#init.rng.fraction());
    this.#outputs.push({ kind: 'message', connection: stream.connection, id: stream.id, text: JSON.stringify(message) });
  }

  #endStream(stream: Stream): void {
    this.#streams.delete(streamKey(stream));
    this.#outputs.push({ kind: 'end', connection: stream.connection, id: stream.id });
    const node = this.#nodes.get(stream.node);
    if (node !== undefined) node.streams--;
  }

  #left(stream: Stream, now: Instant): void {
    const node = this.#nodes.get(stream.node);
    if (node !== undefined && node.streams <= 0) this.#leftAt.set(node.id, now);
  }

  #forget(now: Instant, which: (of: { readonly connection: number; readonly id: number }) => boolean): void {
    for (const [key, stream] of this.#streams) {
      if (!which(stream)) continue;
      this.#streams.delete(key);
      const node = this.#nodes.get(stream.node);
      if (node !== undefined) node.streams--;
      this.#left(stream, now);
    }
    for (const pending of this.#pending.values()) pending.waiting = pending.waiting.filter((one) => !which(one));
  }

  #change(id: NodeId, how: Dirty, now: Instant, change: (node: ServerNode) => void): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    change(node);
    this.#touch(id, how, now);
  }

  #touch(id: NodeId, how: Dirty, now: Instant): void {
    if (how !== 'patch' || !this.#dirty.has(id)) this.#dirty.set(id, how);
    this.#batchAt ??= after(now, BATCH);
  }

  #answer(connection: number, id: number, what: { readonly error?: string; readonly authUrl?: string; readonly nodeKeyExpired?: boolean; readonly machineAuthorized?: boolean }): void {
    this.#respond(connection, id, 200, JSON.stringify(encodeRegisterAnswer({ error: '', authUrl: '', nodeKeyExpired: false, machineAuthorized: false, loginName: '', displayName: '', ...what })));
  }

  #respond(connection: number, id: number, status: number, body: string, retryAfterSeconds?: number): void {
    this.#outputs.push({ kind: 'response', connection, id, status, retryAfterSeconds, body });
  }

  #overLimit(now: Instant): boolean {
    const second = Math.floor(now / 1_000);
    this.#inSecond = second === this.#second ? this.#inSecond + 1 : 1;
    this.#second = second;
    return this.#init.requestsPerSecond !== undefined && this.#inSecond > this.#init.requestsPerSecond;
  }

  #byKey(nodeKey: Uint8Array): ServerNode | undefined {
    for (const node of this.#nodes.values()) if (sameBytes(node.nodeKey, nodeKey)) return node;
    return undefined;
  }

  #freeName(wanted: string, id: NodeId): string {
    const base = wanted.toLowerCase().replace(/[^a-z0-9-]+/g, '-') || 'node';
    const taken = new Set([...this.#nodes.values()].filter((node) => node.id !== id).map((node) => node.name));
    let name = base;
    for (let n = 1; taken.has(name); n++) name = `${base}-${n}`;
    return name;
  }

  #userId(name: string): number {
    const id = this.#users.get(name) ?? this.#users.size + 1;
    this.#users.set(name, id);
    return id;
  }

  #urlOf(authId: string): string {
    return `${this.#init.url}/register/${authId}`;
  }

  #wall(now: Instant): WallTime {
    return wallTime(now + this.#init.wallOffset);
  }

  #bytes(count: number): Uint8Array {
    const out = new Uint8Array(count);
    this.#init.rng.fill(out);
    return out;
  }

  #hex(count: number): string {
    return [...this.#bytes(count)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}
