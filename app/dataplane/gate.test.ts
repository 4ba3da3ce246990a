/** The filter's place in the packet path, and TSMP: sealed packets of a real peer in, what reaches the system and what is answered out. */
import { describe, expect, it } from 'vitest';
import { FLOW, flowPacket, type FlowSpec } from '../../tests/doubles/flow-packets.ts';
import { commandsOf, configOf, createIdentity } from '../../tests/doubles/test-net.ts';
import { arenaOver, createBatch, pushPacket } from '../base/batch.ts';
import type { PeerId } from '../base/brand.ts';
import { EndpointTable } from '../base/endpoints.ts';
import { ipv4, type IpAddress } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { Counters } from '../ports/counters.ts';
import type { DataplaneFact, FilterSetup } from '../ports/dataplane.ts';
import { instant, wallTime } from '../time/instant.ts';
import { decodeEcho, encodeEcho } from '../wire/icmp-echo.ts';
import { createInnerHeader, readIpHeader } from '../wire/ip-packet.ts';
import type { FilterRule } from '../wire/netmap/types.ts';
import { decodeTsmp, encodeTsmpPacket, PROTOCOL_TSMP, type TsmpMessage } from '../wire/tsmp.ts';
import { Dataplane, inPlace } from './dataplane.ts';
import { ANSWERS_PER_SECOND } from './gate.ts';

const crypto = createSodiumCrypto();
const PORTS = [1_000, 2_000] as const;
const IDENTITIES = [createIdentity(crypto, 1), createIdentity(crypto, 2)] as const;
const [WE, THEY] = IDENTITIES.map((identity) => identity.addresses[0]) as [IpAddress, IpAddress];
const [WE6, THEY6] = IDENTITIES.map((identity) => identity.addresses[1]) as [IpAddress, IpAddress];
const PEER = 0 as PeerId;
const LOCAL = IDENTITIES[0].allowedIps;
const ANYWHERE = { first: ipv4(0), last: ipv4(0xffffffff) };
const everything: FilterRule = { sources: [{ kind: 'range', range: ANYWHERE }], destinations: [{ range: ANYWHERE, firstPort: 0, lastPort: 65_535 }], protocols: [6, 17, 1, 58], text: 'all' };
const rules = (over: Partial<Extract<FilterSetup, { kind: 'rules' }>> = {}): FilterSetup => ({ kind: 'rules', rules: [{ name: 'base', rules: [] }], shieldsUp: false, local: LOCAL, ...over });

/** Two packet paths with a session; the far one has no filter. Everything arrives at once. */
class Pair {
  readonly counters = [new Counters(2), new Counters(2)] as const;
  readonly endpoints = [new EndpointTable(8), new EndpointTable(8)] as const;
  readonly planes = [0, 1].map((i) => new Dataplane({ crypto, rng: createSeededRng(i + 1), endpoints: this.endpoints[i]!, counters: this.counters[i]! }));
  readonly facts: DataplaneFact[] = [];
  /** What left the tunnel, at us and at them. */
  readonly out: readonly [Uint8Array[], Uint8Array[]] = [[], []];
  now = instant(1_000);

  constructor(filter: FilterSetup | undefined, jailed = false) {
    this.planes.forEach((plane, i) => {
      plane.handle({ kind: 'wall-clock', at: instant(0), wall: wallTime(1.7e12) }, this.now);
      for (const command of commandsOf(configOf(IDENTITIES[i]!, [{ identity: IDENTITIES[1 - i]!, port: PORTS[1 - i]! }]))) {
        if (command.kind === 'put-peer') plane.handle({ ...command, peer: { ...command.peer, jailed: jailed && i === 0 } }, this.now);
        else if (command.kind !== 'rebind') plane.handle(command, this.now);
      }
    });
    this.settle();
    this.#move(0, flowPacket({ ...FLOW, from: WE, to: THEY, tcpFlags: 16 }));
    this.#move(1, flowPacket({ ...FLOW, from: THEY, to: WE, tcpFlags: 16 }));
    this.out.forEach((list) => list.splice(0));
    this.facts.splice(0);
    if (filter !== undefined) this.planes[0]!.handle({ kind: 'set-filter', filter }, this.now);
  }

  /** They send this; what of it comes out here. */
  take(packet: Uint8Array): boolean {
    const before = this.out[0].length;
    this.#move(1, packet);
    return this.out[0].length > before;
  }

  flow(over: Partial<FlowSpec> = {}): boolean {
    return this.take(flowPacket({ ...FLOW, from: THEY, to: WE, ...over }));
  }

  send(over: Partial<FlowSpec>): void {
    this.#move(0, flowPacket({ ...FLOW, from: WE, to: THEY, ...over }));
  }

  tsmp(message: TsmpMessage, from = THEY, to = WE): boolean {
    return this.take(encodeTsmpPacket(from, to, message));
  }

  /** The TSMP messages that reached them. */
  answers(): unknown[] {
    return this.out[1].map((packet) => {
      const header = createInnerHeader();
      expect(readIpHeader(arenaOver(packet), 0, packet.length, header)).toBe('ok');
      expect(header.protocol).toBe(PROTOCOL_TSMP);
      expect([header.s3, header.d3]).toEqual(header.family === 4 ? [WE.w3, THEY.w3] : [WE6.w3, THEY6.w3]);
      return decodeTsmp(arenaOver(packet), header.headerLength, header.length - header.headerLength);
    });
  }

  #move(from: 0 | 1, packet: Uint8Array): void {
    const batch = createBatch(1);
    pushPacket(batch, packet, -1);
    this.planes[from]!.outbound(batch, this.now, {
      place: inPlace,
      datagram: (arena, offset, length) => this.#arrive(from, arena.bytes.slice(offset, offset + length)),
      relayed: () => expect.unreachable('nobody has a relay'),
    });
    this.settle();
  }

  #arrive(from: 0 | 1, datagram: Uint8Array): void {
    const to = (1 - from) as 0 | 1;
    const batch = createBatch(1);
    pushPacket(batch, datagram, this.endpoints[to].internEndpoint({ address: ipv4(0x7f000001), port: PORTS[from] }));
    this.planes[to]!.inbound(batch, this.now, { packet: (arena, offset, length) => void this.out[to].push(arena.bytes.slice(offset, offset + length)) });
  }

  settle(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const from of [0, 1] as const) {
        for (let o = this.planes[from]!.poll(); o !== undefined; o = this.planes[from]!.poll()) {
          busy = true;
          if (o.kind === 'transmit') this.#arrive(from, o.bytes.slice());
          else if (from === 0 && o.kind === 'fact') this.facts.push(o.fact);
        }
      }
    }
  }
}

function readLength(packet: Uint8Array): { readonly length: number } {
  const header = createInnerHeader();
  readIpHeader(arenaOver(packet), 0, packet.length, header);
  return { length: header.length };
}

describe('the filter in the packet path', () => {
  it('is not there for a plain network, where even protocol 99 is just a protocol', () => {
    const pair = new Pair(undefined);
    expect([pair.flow(), pair.flow({ protocol: 99 }), pair.flow({ protocol: 17 })]).toEqual([true, true, true]);
    expect(pair.counters[0].refusals()).toEqual({});
  });

  it('blocks all until rules come, and counts it', () => {
    const pair = new Pair({ kind: 'block-all' });
    expect([pair.flow(), pair.flow({ tcpFlags: 16 }), pair.flow({ protocol: 17 })]).toEqual([false, false, false]);
    expect(pair.counters[0].refusals()).toEqual({ 'filter: no rules received': 3 });
    expect(pair.answers()).toEqual([]);
    pair.planes[0]!.handle({ kind: 'set-filter', filter: rules({ rules: [{ name: 'x', rules: [everything] }] }) }, pair.now);
    expect(pair.flow()).toBe(true);
  });

  it('asks for the source before it asks the filter', () => {
    const pair = new Pair(rules({ rules: [{ name: 'x', rules: [everything] }] }));
    expect(pair.flow({ from: ipv4(0x08080808) })).toBe(false);
    expect(pair.flow({ from: ipv4(0x08080808), protocol: 99 })).toBe(false);
    expect(pair.counters[0].refusals()).toEqual({ 'inner: source not allowed': 2 });
    expect(pair.flow()).toBe(true);
  });

  it('lets answers in to what was sent, and to nothing else', () => {
    const pair = new Pair(rules());
    const answer = { protocol: 17, sourcePort: 53, destinationPort: 5_000 };
    expect(pair.flow(answer)).toBe(false);
    pair.send({ protocol: 17, sourcePort: 5_000, destinationPort: 53 });
    expect(pair.flow(answer)).toBe(true);
    expect(pair.counters[0].refusals()).toEqual({ 'filter: no rule allows it': 1 });
  });

  it('sends nothing damaged or to many, and counts it', () => {
    const pair = new Pair(rules());
    const before = pair.out[1].length;
    pair.send({ fragment: { offset: 8, more: false } });
    expect(pair.out[1]).toHaveLength(before);
    expect(pair.counters[0].refusals()).toEqual({ 'outbound: headers damaged': 1 });
  });

  it('knows a jailed peer from its put-peer', () => {
    const all = rules({ rules: [{ name: 'x', rules: [everything] }] });
    expect(new Pair(all).flow({ protocol: 17 })).toBe(true);
    const jailed = new Pair(all, true);
    expect([jailed.flow({ protocol: 17 }), jailed.flow({ tcpFlags: 16 })]).toEqual([false, true]);
    expect(jailed.counters[0].refusals()).toEqual({ 'filter: sender may only answer': 1 });
  });

  it("does not stop the answer to this node's own probe", () => {
    const pair = new Pair({ kind: 'block-all' });
    pair.planes[0]!.handle({ kind: 'probe', peer: PEER, to: THEY, token: 5 }, pair.now);
    pair.settle();
    const request = pair.out[1].pop()!;
    const { length } = readLength(request);
    const echo = decodeEcho(request.subarray(0, length), 4, 20, 1)!;
    expect(pair.take(encodeEcho(THEY, WE, { ...echo, kind: 'reply' }))).toBe(false);
    expect(pair.facts.map((fact) => fact.kind)).toEqual(['probe-answered']);
    expect(pair.counters[0].refusals()).toEqual({});
  });
});

describe('TSMP', () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

  it('answers a ping, of either family', () => {
    const pair = new Pair(rules());
    expect([pair.tsmp({ kind: 'ping', data }), pair.tsmp({ kind: 'ping', data }, THEY6, WE6)]).toEqual([false, false]);
    expect(pair.answers()).toEqual([{ kind: 'pong', data, apiPort: undefined }, { kind: 'pong', data, apiPort: undefined }]);
  });

  it('never reaches the system, whatever it is', () => {
    const pair = new Pair(rules({ rules: [{ name: 'x', rules: [{ ...everything, protocols: [PROTOCOL_TSMP] }] }] }));
    const messages: TsmpMessage[] = [{ kind: 'pong', data, apiPort: 1 }, { kind: 'disco-key', key: new Uint8Array(32) }, { kind: 'ping', data }];
    for (const message of messages) expect(pair.tsmp(message)).toBe(false);
    expect(pair.flow({ protocol: PROTOCOL_TSMP, icmpType: 0x7a })).toBe(false);
    expect(pair.counters[0].refusals()).toEqual({ 'tsmp: not understood': 1 });
  });

  it('tells the sender of a refused connection over IPv4 why, with the ports as it sees them', () => {
    const pair = new Pair(rules());
    pair.flow({ sourcePort: 4_321, destinationPort: 22 });
    expect(pair.answers()).toEqual([{ kind: 'reject', protocol: 6, reason: 'rules', sourcePort: 4_321, destinationPort: 22, maybeBroken: false }]);
    pair.planes[0]!.handle({ kind: 'set-filter', filter: rules({ shieldsUp: true }) }, pair.now);
    pair.flow({ sourcePort: 4_321, destinationPort: 22 });
    expect(pair.answers()[1]).toMatchObject({ kind: 'reject', reason: 'shields-up' });
  });

  it('says nothing of other refused packets: UDP, IPv6, fragments', () => {
    const pair = new Pair(rules());
    pair.flow({ protocol: 17 });
    pair.flow({ from: THEY6, to: WE6 });
    pair.flow({ fragment: { offset: 8, more: false } });
    expect(pair.answers()).toEqual([]);
    expect(Object.values(pair.counters[0].refusals()).reduce((a, b) => a + b)).toBe(3);
  });

  it('answers no more than its share of a flood a second', () => {
    const pair = new Pair(rules());
    for (let i = 0; i < ANSWERS_PER_SECOND + 20; i++) pair.flow();
    expect(pair.answers()).toHaveLength(ANSWERS_PER_SECOND);
    expect(pair.counters[0].refused('tsmp: more than are answered')).toBe(20);
    pair.now = instant(pair.now + 1_000);
    pair.flow();
    expect(pair.answers()).toHaveLength(ANSWERS_PER_SECOND + 1);
  });

  it('turns a refusal by a peer into a fact, one a second, and counts each', () => {
    const pair = new Pair(rules());
    const refusal = { kind: 'reject', protocol: 6, reason: 'host-firewall', sourcePort: 5_000, destinationPort: 22, maybeBroken: false } as const;
    for (let i = 0; i < 3; i++) pair.tsmp(refusal);
    expect(pair.facts).toEqual([{ kind: 'flow-refused', peer: PEER, at: pair.now, reason: 'host-firewall', protocol: 6, sourcePort: 5_000, destinationPort: 22 }]);
    pair.now = instant(pair.now + 1_000);
    pair.tsmp({ ...refusal, reason: 'rules' });
    expect(pair.facts).toHaveLength(2);
    expect(pair.counters[0].refusals()).toEqual({ 'refused by peer: its firewall': 3, 'refused by peer: its rules': 1 });
  });
});
