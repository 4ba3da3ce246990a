/** Ways to a peer whose path is chosen: an address, a relay, both or neither; and what may not change them. */
import { describe, expect, it } from 'vitest';
import { endpoint, Station, Wires } from '../../tests/kit/wireguard-pair.ts';
import { arenaOver, HEADROOM, TAILROOM } from '../base/batch.ts';
import { after } from '../time/instant.ts';
import { NO_ENDPOINT, type EndpointId, type PeerId } from '../base/brand.ts';
import { INITIATION, MESSAGE_COOKIE, MESSAGE_INITIATION, MESSAGE_RESPONSE } from '../wire/wireguard.ts';
import { ACTIVE_AFTER, ARRIVAL_EVERY, RESEND_EVERY, UNDER_LOAD_PER_SECOND } from './constants.ts';

const P = 0 as PeerId;
const REGION = 7;
const CHOSEN = { a: { roaming: 'chosen' }, b: { roaming: 'chosen' } } as const;
const PACKET = new Uint8Array([0x45, 1, 2, 3]);

function path(wires: Wires, station: Station, direct: string | undefined, relay: number | undefined): void {
  station.wireguard.handle({ kind: 'set-path', peer: P, direct: direct === undefined ? undefined : endpoint(direct), relay }, wires.now);
  wires.collect();
}

/** What a relay hands over to this station: from the node of this id, by its word. */
function byRelay(wires: Wires, station: Station, bytes: Uint8Array, from = P, region = REGION): boolean {
  const arena = arenaOver(new Uint8Array(HEADROOM + bytes.length + TAILROOM));
  arena.bytes.set(bytes, HEADROOM);
  const taken = station.wireguard.receive(arena, HEADROOM, bytes.length, station.endpoints.internRelay(region, from), wires.now, { peer: P, offset: 0, length: 0 });
  wires.collect();
  return taken;
}

/** Hands on all that went to relays, until nothing more does. */
function relayAll(wires: Wires, a: Station, b: Station): void {
  for (let sent = wires.relayed.shift(); sent !== undefined; sent = wires.relayed.shift()) byRelay(wires, sent.from === a ? b : a, sent.bytes, P, sent.region);
}

/** A pair with a session, both through the relay only. */
function relayed(): { wires: Wires; a: Station; b: Station } {
  const made = Wires.pair(CHOSEN);
  for (const station of [made.a, made.b]) path(made.wires, station, undefined, REGION);
  made.wires.initiate(made.a, 0);
  relayAll(made.wires, made.a, made.b);
  return made;
}

const seal = ({ wires, a }: { wires: Wires; a: Station }): Uint8Array => {
  const arena = arenaOver(new Uint8Array(HEADROOM + PACKET.length + TAILROOM));
  arena.bytes.set(PACKET, HEADROOM);
  const length = a.wireguard.encap(P, arena, HEADROOM, PACKET.length, HEADROOM - 16, wires.now);
  wires.collect();
  return arena.bytes.slice(HEADROOM - 16, HEADROOM - 16 + length);
};

describe('a path through a relay', () => {
  it('carries the handshake both ways, and a session; nothing touches the network', () => {
    const { wires, a, b } = relayed();
    expect([a.factsOf('session').length, b.factsOf('session').length]).toEqual([1, 1]);
    expect(wires.log).toEqual([]);
    expect(a.wireguard.endpointOf(P)).toBe(NO_ENDPOINT);
    expect(byRelay(wires, b, seal({ wires, a }))).toBe(true);
  });

  it('answers a call through the relay and the node by which it came, though no path is known', () => {
    const { wires, a, b } = Wires.pair(CHOSEN);
    path(wires, a, undefined, REGION);
    path(wires, b, undefined, undefined);
    wires.initiate(a, 0);
    byRelay(wires, b, wires.relayed.shift()!.bytes, 5 as PeerId, 9);
    expect(wires.relayed).toMatchObject([{ from: b, region: 9, peer: 5 }]);
    expect(wires.relayed[0]!.bytes[0]).toBe(MESSAGE_RESPONSE);
    expect(wires.log).toEqual([]);
  });

  it('asks who floods it through a relay for a cookie, through that relay, bound to that node', () => {
    const { wires, a, b } = Wires.pair(CHOSEN);
    path(wires, a, undefined, REGION);
    path(wires, b, undefined, REGION);
    wires.initiate(a, 0);
    const call = wires.relayed.shift()!.bytes;
    for (let i = 0; i <= UNDER_LOAD_PER_SECOND; i++) byRelay(wires, b, call);
    const cookie = wires.relayed.findLast(({ from, bytes }) => from === b && bytes[0] === MESSAGE_COOKIE)!;
    expect(cookie).toMatchObject({ region: REGION, peer: 0 });
    a.wireguard.receive(arenaOver(cookie.bytes), 0, cookie.bytes.length, a.endpoints.internRelay(REGION, P), wires.now, { peer: P, offset: 0, length: 0 });
    wires.relayed.length = 0;
    wires.run(5_400);
    const proved = wires.relayed.find(({ from, bytes }) => from === a && bytes[0] === MESSAGE_INITIATION)!.bytes;
    expect(proved.subarray(INITIATION.mac2).some((byte) => byte !== 0)).toBe(true);
    // Loaded again: another node cannot use this cookie, its owner can.
    for (let i = 0; i <= UNDER_LOAD_PER_SECOND; i++) byRelay(wires, b, call);
    const answers = (): number => wires.relayed.filter(({ from, bytes }) => from === b && bytes[0] === MESSAGE_RESPONSE).length;
    const before = answers();
    byRelay(wires, b, proved, 3 as PeerId);
    expect(answers()).toBe(before);
    byRelay(wires, b, proved);
    expect(answers()).toBe(before + 1);
  });
});

describe('both ways', () => {
  it('carry each message of our own once each, the same bytes, and the second copy is dropped', () => {
    const { wires, a, b } = Wires.pair(CHOSEN);
    path(wires, a, b.address, REGION);
    wires.initiate(a, 0);
    expect(wires.log.map(({ bytes }) => bytes)).toEqual(wires.relayed.map(({ bytes }) => bytes));
    const copy = wires.relayed[0]!.bytes;
    wires.settle();
    byRelay(wires, b, copy);
    expect(b.refused('handshake: replayed timestamp')).toBe(1);
    const data = seal({ wires, a });
    expect(b.take(data, a.address, wires.now)).toBe(true);
    expect(byRelay(wires, b, data)).toBe(false);
    expect(b.refused('data: replayed')).toBe(1);
  });

  it('answer a call that came straight by the relay too: the straight way may lead in one direction only', () => {
    const { wires, a, b } = Wires.pair(CHOSEN);
    path(wires, a, b.address, REGION);
    path(wires, b, undefined, REGION);
    wires.carry = ({ from }) => from === a.address;
    wires.initiate(a, 0);
    wires.settle();
    relayAll(wires, a, b);
    expect([a.factsOf('session').length, b.factsOf('session').length]).toEqual([1, 1]);
  });
});

describe('a path that changes', () => {
  it('sends the call that waits for an answer by the new way at once, as it was made', () => {
    const { wires, a, b } = Wires.pair(CHOSEN);
    path(wires, a, '203.0.113.9:9', undefined);
    wires.initiate(a, 0);
    path(wires, a, '203.0.113.9:9', REGION);
    path(wires, a, b.address, REGION);
    expect(wires.relayed.map(({ bytes }) => bytes)).toEqual([wires.log[0]!.bytes]);
    expect(wires.log.map(({ to }) => to)).toEqual(['203.0.113.9:9', b.address]);
    expect(wires.log[1]!.bytes).toEqual(wires.log[0]!.bytes);
    expect(a.factsOf('handshake-sent')).toHaveLength(1);
  });

  it('or none: who asks for a session again has the call that waits sent again, as it was made, and not too often', () => {
    const { wires, a } = Wires.pair(CHOSEN);
    path(wires, a, undefined, REGION);
    wires.initiate(a, 0);
    const call = wires.relayed.shift()!.bytes;
    wires.initiate(a, 0);
    expect(wires.relayed).toEqual([]);
    wires.now = after(wires.now, RESEND_EVERY);
    wires.initiate(a, 0);
    wires.initiate(a, 0);
    expect(wires.relayed.map(({ bytes }) => bytes)).toEqual([call]);
  });

  it('begins a session that was asked for as soon as the first way is known', () => {
    const { wires, a } = Wires.pair(CHOSEN);
    path(wires, a, undefined, undefined);
    wires.initiate(a, 0);
    expect([wires.log.length, wires.relayed.length]).toEqual([0, 0]);
    path(wires, a, undefined, REGION);
    expect(wires.relayed).toHaveLength(1);
  });

  it('to none ends an attempt under way: another begins with the next way, and with nobody asking', () => {
    const { wires, a } = Wires.pair(CHOSEN);
    path(wires, a, undefined, REGION);
    wires.initiate(a, 0);
    path(wires, a, undefined, undefined);
    wires.relayed.length = 0;
    wires.run(60_000);
    expect([wires.relayed.length, a.factsOf('handshake-gave-up').length]).toEqual([0, 0]);
    path(wires, a, undefined, REGION);
    expect(wires.relayed.length).toBeGreaterThan(0);
    wires.run(6_000);
    expect(a.factsOf('handshake-sent').length).toBeGreaterThanOrEqual(3);
  });

  it('to none refuses data, and tells still that it is wanted', () => {
    const { wires, a } = relayed();
    path(wires, a, undefined, undefined);
    expect(seal({ wires, a })).toHaveLength(0);
    expect(a.refused('outbound: peer has no endpoint')).toBe(1);
    expect(a.factsOf('active')).toHaveLength(1);
  });

  it('lets go of the addresses it leaves, and of all when the peer goes', () => {
    const { wires, a } = relayed();
    for (let i = 1; i < 2_000; i++) path(wires, a, `203.0.${i >> 8}.${i & 255}:9`, undefined);
    a.wireguard.handle({ kind: 'remove-peer', peer: P }, wires.now);
    // Unpinned, every slot can be taken anew.
    const ids = new Set<EndpointId>();
    for (let i = 0; i < a.endpoints.capacity; i++) ids.add(a.endpoints.internEndpoint(endpoint(`198.51.100.${i}:5`)));
    expect([ids.size, ids.has(NO_ENDPOINT)]).toEqual([a.endpoints.capacity, false]);
  });
});

describe('nothing that arrives moves a chosen path', () => {
  it('whatever a relay says about who sent it', () => {
    const { wires, a, b } = relayed();
    const data = seal({ wires, a });
    expect(byRelay(wires, b, data, 4 as PeerId, 99)).toBe(true);
    expect([b.wireguard.waysOf(P)?.relay, b.wireguard.endpointOf(P)]).toEqual([REGION, NO_ENDPOINT]);
    expect(b.factsOf('endpoint')).toEqual([]);
  });

  it('and a relay does not move a peer that is followed', () => {
    const { wires, a, b } = Wires.connected();
    expect(byRelay(wires, b, seal({ wires, a }))).toBe(true);
    expect(b.endpoints.format(b.wireguard.endpointOf(P))).toBe(a.address);
    path(wires, b, '203.0.113.1:1', REGION);
    expect([b.endpoints.format(b.wireguard.endpointOf(P)), b.wireguard.waysOf(P)?.relay]).toEqual([a.address, undefined]);
    expect([...b.factsOf('arrival'), ...a.factsOf('active')]).toEqual([]);
  });

  it('and a peer that is followed from now on has no relay any more', () => {
    const { wires, a, b } = relayed();
    a.knows(0, b, wires.now, { roaming: 'follow' });
    expect(a.wireguard.waysOf(P)?.relay).toBeUndefined();
  });
});

describe('what is told', () => {
  it('data after a pause, once', () => {
    const { wires, a } = relayed();
    for (let i = 0; i < 50; i++) seal({ wires, a });
    expect(a.factsOf('active')).toHaveLength(1);
    wires.run(ACTIVE_AFTER - 1);
    seal({ wires, a });
    expect(a.factsOf('active')).toHaveLength(1);
    wires.run(ACTIVE_AFTER);
    seal({ wires, a });
    expect(a.factsOf('active')).toHaveLength(2);
  });

  it('not our own questions: they are no use of the peer', () => {
    const { wires, a } = relayed();
    a.wireguard.send(P, PACKET, undefined, wires.now);
    wires.collect();
    expect(a.factsOf('active')).toEqual([]);
  });

  it('the way on which it is heard, when it is another one, at most once a second', () => {
    const { wires, a, b } = relayed();
    const before = b.factsOf('arrival').length;
    wires.run(ARRIVAL_EVERY);
    for (let i = 0; i < 100; i++) {
      if (i % 2 === 0) b.take(seal({ wires, a }), a.address, wires.now);
      else byRelay(wires, b, seal({ wires, a }));
      wires.collect();
    }
    expect(b.factsOf('arrival')).toHaveLength(before + 1);
    expect(b.factsOf('arrival').at(-1)!.via).toEqual({ kind: 'direct', endpoint: endpoint(a.address) });
    wires.run(ARRIVAL_EVERY);
    byRelay(wires, b, seal({ wires, a }));
    expect(b.factsOf('arrival').at(-1)!.via).toEqual({ kind: 'relay', region: REGION });
  });

  it('no way by which something forged or replayed came', () => {
    const { wires, a, b } = relayed();
    wires.run(ARRIVAL_EVERY);
    const before = b.factsOf('arrival').length;
    const data = seal({ wires, a });
    byRelay(wires, b, data);
    b.take(data, '203.0.113.66:6', wires.now);
    data[20]! ^= 1;
    b.take(data, '203.0.113.66:6', wires.now);
    wires.collect();
    expect(b.factsOf('arrival')).toHaveLength(before);
  });
});

describe('a packet of our own for one way only', () => {
  it('goes there and nowhere else, also when it had to wait for a session', () => {
    const { wires, a, b } = Wires.pair(CHOSEN);
    path(wires, a, undefined, REGION);
    path(wires, b, undefined, REGION);
    a.wireguard.send(P, PACKET, { kind: 'direct', endpoint: endpoint(b.address) }, wires.now);
    wires.collect();
    relayAll(wires, a, b);
    expect(wires.log.map(({ to }) => to)).toEqual([b.address]);
    wires.settle();
    expect(b.received).toHaveLength(1);
  });

  it('does not stand for the message that tells the other side of the session', () => {
    const { wires, a, b } = Wires.pair(CHOSEN);
    path(wires, a, undefined, REGION);
    path(wires, b, undefined, REGION);
    wires.carry = () => false;
    a.wireguard.send(P, PACKET, { kind: 'direct', endpoint: endpoint(b.address) }, wires.now);
    wires.collect();
    relayAll(wires, a, b);
    expect(b.factsOf('session')).toHaveLength(1);
  });
});
