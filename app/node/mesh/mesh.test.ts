/** A node's ways to its peers, with doubles of the machines: who hears what, and what the packet thread is told. */
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../../base/brand.ts';
import { parseEndpoint, parseIp } from '../../base/ip.ts';
import { report } from '../../../tests/kit/fake-mesh.ts';
import { keyOf, netNode, region, TestTailnet } from '../../../tests/kit/test-tailnet.ts';
import type { Instant } from '../../time/instant.ts';

const PEER = 0 as PeerId;
const STUN = Uint8Array.of(1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12));
const DISCO = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac, ...new Uint8Array(80));
const WIREGUARD = Uint8Array.of(4, 0, 0, 0, ...new Uint8Array(28));
const somewhere = parseEndpoint('203.0.113.7:3478')!;

/** Makes the outputs of a machine come with the next input. */
function soon(test: TestTailnet): void {
  test.input({ kind: 'families', ipv4: true, ipv6: false });
}

describe('a peer of a map', () => {
  it('is told to the packet thread first, then to the path machine, which gives it its way', () => {
    const test = new TestTailnet();
    test.start();
    test.live();
    test.peers.set(2, netNode(2));
    test.said();
    test.map({ self: true, peersPut: 'all', filter: true });
    const said = test.said();
    expect(said.indexOf('put-peer 0')).toBeGreaterThanOrEqual(0);
    expect(said.indexOf('set-path 0')).toBeGreaterThan(said.indexOf('put-peer 0'));
  });

  it('moves only when the path machine says so', () => {
    const test = TestTailnet.joined(1);
    expect(test.commands.find((command) => command.kind === 'put-peer')).toMatchObject({ peer: { roaming: 'chosen' } });
    test.paths.outputs.push({ kind: 'path', peer: PEER, direct: undefined, relay: 900 });
    test.commands = [];
    soon(test);
    expect(test.commands).toContainEqual({ kind: 'set-path', peer: PEER, direct: undefined, relay: 900 });
  });

  it('is asked again when a way to it is found after it was asked in vain', () => {
    const test = TestTailnet.joined(0);
    test.put(2, { endpoints: [] });
    test.tell({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
    test.said();
    test.paths.outputs.push({ kind: 'path', peer: PEER, direct: undefined, relay: 900 });
    soon(test);
    expect(test.said()).toEqual(['set-path 0', 'initiate 0']);
  });

  it('is forgotten by the path machine before the packet thread forgets it', () => {
    const test = TestTailnet.joined(1);
    test.remove(2);
    expect(test.paths.inputs.at(-1)).toEqual({ kind: 'remove-peer', peer: PEER });
  });

  it('whose key changed is another one', () => {
    const test = TestTailnet.joined(1);
    test.put(2, { key: keyOf(99) });
    expect(test.paths.inputs.slice(-2)).toMatchObject([{ kind: 'remove-peer' }, { kind: 'put-peer', peer: { nodeKey: keyOf(99) } }]);
  });
});

describe('datagrams that are not WireGuard’s', () => {
  it('go to the machine that asked for them', () => {
    const test = TestTailnet.joined(1);
    test.tell({ kind: 'datagram', from: somewhere, bytes: STUN });
    test.tell({ kind: 'datagram', from: somewhere, bytes: DISCO });
    expect(test.netcheck.inputs.at(-1)).toEqual({ kind: 'datagram', from: somewhere, bytes: STUN });
    expect(test.paths.inputs.at(-1)).toEqual({ kind: 'datagram', from: somewhere, bytes: DISCO });
  });

  it('leave from the socket that WireGuard uses', () => {
    const test = TestTailnet.joined(1);
    test.commands = [];
    test.netcheck.outputs.push({ kind: 'send', to: somewhere, bytes: STUN });
    test.paths.outputs.push({ kind: 'send', to: somewhere, bytes: DISCO });
    soon(test);
    expect(test.commands).toEqual([
      { kind: 'send-datagram', to: somewhere, bytes: STUN },
      { kind: 'send-datagram', to: somewhere, bytes: DISCO },
    ]);
  });
});

describe('packets that a relay brings', () => {
  const arrive = (test: TestTailnet, source: Uint8Array, bytes: Uint8Array): void => {
    test.relays.arriving.push({ region: 900, source, bytes });
    test.input({ kind: 'relay-link', event: { kind: 'data', generation: 1, bytes: new Uint8Array(0) } });
  };

  it('go to the packet thread when they are WireGuard’s, and to the path machine when they are disco', () => {
    const test = TestTailnet.joined(1);
    arrive(test, keyOf(2), WIREGUARD);
    expect(test.relayed).toEqual([{ region: 900, peer: PEER, bytes: WIREGUARD }]);
    arrive(test, keyOf(2), DISCO);
    expect(test.paths.inputs.at(-1)).toEqual({ kind: 'relayed', region: 900, source: PEER, bytes: DISCO });
    expect(test.relayed).toHaveLength(1);
  });

  it('of a key that is no peer go nowhere, also after that peer was removed', () => {
    const test = TestTailnet.joined(1);
    const heard = test.paths.inputs.length;
    arrive(test, keyOf(77), WIREGUARD);
    arrive(test, keyOf(77), DISCO);
    expect(test.relayed).toEqual([]);
    expect(test.paths.inputs).toHaveLength(heard);
    arrive(test, keyOf(2), WIREGUARD);
    test.remove(2);
    arrive(test, keyOf(2), WIREGUARD);
    expect(test.relayed).toHaveLength(1);
  });

  it('are answered through the relay by the key of the peer', () => {
    const test = TestTailnet.joined(1);
    test.node.sendRelayed(900, PEER, WIREGUARD, test.now);
    expect(test.relays.sent).toEqual([{ region: 900, destination: keyOf(2), packet: WIREGUARD }]);
  });
});

describe('a new path', () => {
  it('is checked inside the tunnel, by that way only, and its answer goes to the path machine', () => {
    const test = TestTailnet.joined(1);
    test.commands = [];
    const via = { kind: 'direct', endpoint: somewhere } as const;
    test.paths.outputs.push({ kind: 'probe', peer: PEER, token: 4_711, via });
    soon(test);
    const probe = test.commands.find((command) => command.kind === 'probe');
    expect(probe).toMatchObject({ kind: 'probe', peer: PEER, form: 'tsmp', via });
    if (probe?.kind !== 'probe') return;
    test.tell({ kind: 'probe-answered', peer: PEER, token: probe.token, rttMs: 3, via });
    expect(test.paths.inputs.at(-1)).toEqual({ kind: 'probe-answered', token: 4_711 });
  });

  it('hears what the packet thread knows of the peer', () => {
    const test = TestTailnet.joined(1);
    const via = { kind: 'relay', region: 900 } as const;
    const key = new Uint8Array(32).fill(5);
    test.tell({ kind: 'active', peer: PEER });
    test.tell({ kind: 'arrival', peer: PEER, via });
    test.tell({ kind: 'disco-key', peer: PEER, key });
    test.tell({ kind: 'suspect', peer: PEER, since: test.now });
    expect(test.paths.inputs.slice(-4)).toEqual([
      { kind: 'active', peer: PEER },
      { kind: 'heard', peer: PEER, via },
      { kind: 'disco-key', peer: PEER, key },
      { kind: 'suspect', peer: PEER },
    ]);
  });
});

describe('where we are seen', () => {
  it('is asked for when the path machine needs it, and told to it and to the server, best first', () => {
    const test = TestTailnet.joined(1);
    const local = parseEndpoint('10.0.0.5:41641')!;
    test.relayMap = { regions: new Map([[900, region(900)]]), scores: new Map(), omitDefaultRegions: true };
    test.map({ relays: true });
    test.paths.outputs.push({ kind: 'need-endpoints' });
    soon(test);
    expect(test.netcheck.inputs.at(-1)).toEqual({ kind: 'check', form: 'endpoints' });
    test.input({ kind: 'local-endpoints', endpoints: [{ endpoint: local, type: 1 }] });
    const confirmedAt = (test.now - 5) as Instant;
    test.netcheck.outputs.push({ kind: 'endpoints', endpoints: [somewhere], confirmedAt });
    soon(test);
    expect(test.paths.inputs.findLast((input) => input.kind === 'own-endpoints')).toEqual({ kind: 'own-endpoints', endpoints: [somewhere, local], confirmedAt });
    expect(test.control.inputs.findLast((input) => input.kind === 'endpoints')).toEqual({ kind: 'endpoints', endpoints: [{ endpoint: somewhere, type: 2 }, { endpoint: local, type: 1 }] });
  });

  it('is measured anew when the socket took another port', () => {
    const test = TestTailnet.joined(1);
    test.tell({ kind: 'underlay', state: { kind: 'bound', port: 41_641 } });
    const before = test.paths.inputs.length;
    test.tell({ kind: 'underlay', state: { kind: 'bound', port: 41_642 } });
    expect(test.paths.inputs.slice(before)).toContainEqual({ kind: 'network', now: 'changed' });
    expect(test.netcheck.inputs).toContainEqual({ kind: 'families', ipv4: true, ipv6: false, localPort: 41_642 });
  });

  it('decides the home relay, which the relay machine and the server hear', () => {
    const test = TestTailnet.joined(1);
    test.netcheck.homeRelay = 900;
    test.netcheck.last = report({ mappingVariesByDestination: true, latency: new Map([[900, { v4: 12, v6: undefined, web: undefined }]]) });
    test.netcheck.outputs.push({ kind: 'report', report: test.netcheck.last }, { kind: 'home', region: 900 });
    soon(test);
    expect(test.relays.inputs).toContainEqual({ kind: 'home', region: 900 });
    expect(test.control.inputs.findLast((input) => input.kind === 'net-facts')).toMatchObject({ net: { homeRelay: 900, mappingVariesByDestination: true, relayLatency: new Map([['900-v4', 0.012]]) } });
    expect(test.paths.inputs.findLast((input) => input.kind === 'surroundings')).toMatchObject({ surroundings: { udpWorks: true, mappingVariesByDestination: true } });
  });

  it('keeps what an earlier check measured of relays that the newest did not ask, but not into another network', () => {
    const test = TestTailnet.joined(1);
    test.relayMap = { regions: new Map([900, 901].map((id) => [id, region(id)])), scores: new Map(), omitDefaultRegions: true };
    test.map({ relays: true });
    const shown = (): unknown => test.view().relays.map(({ code, latencyMs }) => [code, latencyMs]);
    const of = (v4: number) => ({ v4, v6: undefined, web: undefined });
    test.netcheck.outputs.push({ kind: 'report', report: report({ latency: new Map([[900, of(12)], [901, of(30)]]) }) });
    soon(test);
    test.netcheck.outputs.push({ kind: 'report', report: report({ form: 'endpoints', latency: new Map([[900, of(14)]]) }) });
    soon(test);
    expect(shown()).toEqual([['lab-900', 14], ['lab-901', 30]]);
    test.input({ kind: 'network', state: 'changed' });
    expect(shown()).toEqual([['lab-900', null], ['lab-901', null]]);
  });

  it('is told to whoever asked for a check, once', () => {
    const test = TestTailnet.joined(1);
    test.relayMap = { regions: new Map([[900, region(900)]]), scores: new Map(), omitDefaultRegions: true };
    test.map({ relays: true });
    test.input({ kind: 'netcheck', request: 5 });
    expect(test.netcheck.inputs.at(-1)).toEqual({ kind: 'check', form: 'full' });
    const full = report();
    test.netcheck.outputs.push({ kind: 'report', report: full }, { kind: 'report', report: full });
    soon(test);
    expect(test.effects.filter((effect) => effect.kind === 'netchecked')).toEqual([{ kind: 'netchecked', request: 5 }]);
  });
});

describe('a handshake without an answer', () => {
  it('makes the relay that it went through doubtful, after several attempts', () => {
    const test = TestTailnet.joined(0);
    test.put(2, { endpoints: [], homeRelay: 900 });
    test.tell({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
    expect(test.relays.inputs.some((input) => input.kind === 'doubt')).toBe(false);
    test.tell({ kind: 'handshake-sent', peer: PEER, attempt: 2 });
    expect(test.relays.inputs.at(-1)).toEqual({ kind: 'doubt', region: 900 });
  });
});

describe('a peer that does not answer', () => {
  it('is told with every way on which it was asked, relays by their names', () => {
    const test = TestTailnet.joined(0);
    test.relayMap = { regions: new Map([[900, region(900)]]), scores: new Map(), omitDefaultRegions: true };
    test.map({ relays: true });
    test.put(2, { endpoints: [somewhere], homeRelay: 900 });
    test.tell({ kind: 'handshake-sent', peer: PEER, attempt: 1 });
    expect(test.view().overall.causes.find(({ peer }) => peer !== null)?.message).toMatchObject({ key: 'cause.peer-never', endpoint: '203.0.113.7:3478 and relay lab-900' });
  });
});

describe('a relay that is away', () => {
  it('cuts off who has no other way to us, and the history names them', () => {
    const test = TestTailnet.joined(0);
    const endpoints = { direct: [somewhere], none: [] };
    for (const [id, kind, homeRelay] of [[2, 'direct', 900], [3, 'none', 900], [4, 'none', 901], [5, 'none', 900]] as const) test.put(id, { endpoints: endpoints[kind], homeRelay });
    // The last one never answered.
    for (const peer of [0, 1, 2] as PeerId[]) test.tell({ kind: 'session', peer, role: 'initiator', attempts: 1, rttMs: undefined, replaced: 'none' });
    const told = (region: number): readonly string[] | undefined => {
      test.relays.outputs.push({ kind: 'incident-began', id: region, region, cause: { kind: 'no-pong', afterMs: 5_000 }, since: test.now });
      soon(test);
      return test.view().history.at(-1)?.unreachable;
    };
    expect(told(900)).toEqual(['node-3']);
    test.netcheck.homeRelay = 900;
    expect(told(900)).toEqual(['node-3', 'node-4']);
    expect(told(902)).toEqual([]);
  });
});

describe('data without an answer', () => {
  it('makes both relays doubtful: the one that it went through, and ours, through which the answer comes', () => {
    const test = TestTailnet.joined(0);
    test.put(2, { endpoints: [], homeRelay: 900 });
    test.netcheck.homeRelay = 901;
    test.tell({ kind: 'suspect', peer: PEER, since: test.now });
    expect(test.relays.inputs.filter((input) => input.kind === 'doubt')).toEqual([
      { kind: 'doubt', region: 900 },
      { kind: 'doubt', region: 901 },
    ]);
  });
});

describe('a node that left its tailnet', () => {
  it('leaves its relays too', () => {
    const test = TestTailnet.joined(1);
    test.state({ phase: 'signed-out', since: test.now, serverKnows: true });
    expect(test.relays.inputs).toContainEqual({ kind: 'identity', nodeKey: undefined });
    expect(test.relays.inputs.findLast(({ kind }) => kind === 'map')).toMatchObject({ kind: 'map', map: { regions: new Map() } });
  });
});

describe('a peer whose program the server tells of anew', () => {
  const restarted = { kind: 'initiate', peer: PEER, because: 'restarted' } as const;
  const proved = (): TestTailnet => {
    const test = TestTailnet.joined(1);
    test.session(0);
    test.run(60_000);
    test.said();
    return test;
  };
  const last = (test: TestTailnet) => test.view().history.at(-1);

  it('is asked for a session, is not called connected meanwhile, and the history says why', () => {
    const test = proved();
    const before = test.view().history.length;
    test.paths.outputs.push(restarted);
    soon(test);
    expect(test.said()).toContain('initiate 0');
    expect(test.view().peers[0]?.health).toBe('checking');
    expect(last(test)).toMatchObject({ truth: 'path', cause: { key: 'history.cause.peer-restarted' }, action: { key: 'history.action.handshake' }, result: null });
    test.now = (test.now + 80) as Instant;
    test.session(0);
    expect(test.view().history).toHaveLength(before + 1);
    expect(last(test)).toMatchObject({ cause: { key: 'history.cause.peer-restarted' }, result: { key: 'history.result.new-session' }, durationMs: 80 });
  });

  it('is told once where it called by itself before the server said so', () => {
    const test = proved();
    test.tell({ kind: 'session', peer: PEER, role: 'responder', attempts: 0, rttMs: undefined, replaced: 'live' });
    expect(last(test)).toMatchObject({ cause: { key: 'history.cause.peer-restarted-handshake' } });
    const before = test.view().history.length;
    test.paths.outputs.push(restarted);
    soon(test);
    expect(test.view().history).toHaveLength(before);
  });

  it('is silent, and said to be, where nobody answers', () => {
    const test = proved();
    test.paths.outputs.push(restarted);
    soon(test);
    test.run(6_000);
    expect(test.view().peers[0]?.health).toBe('silent');
  });

  it('whose data does not pass one way is asked without such an entry', () => {
    const test = proved();
    const before = test.view().history.length;
    test.paths.outputs.push({ ...restarted, because: 'data-lost' });
    soon(test);
    expect(test.said()).toContain('initiate 0');
    expect(test.view().history).toHaveLength(before);
  });
});

describe('a new session', () => {
  it('tells the peer our disco key, before the server does', () => {
    const test = TestTailnet.joined(1);
    test.commands = [];
    test.session(0);
    expect(test.commands).toContainEqual({ kind: 'tell-disco-key', peer: PEER, to: parseIp('100.64.0.2'), key: new Uint8Array(32).fill(55) });
  });

  it('tells nothing to a peer that speaks WireGuard only', () => {
    const test = TestTailnet.joined(0);
    test.put(2, { wireGuardOnly: true });
    test.commands = [];
    test.session(0);
    expect(test.commands.some(({ kind }) => kind === 'tell-disco-key')).toBe(false);
  });
});
