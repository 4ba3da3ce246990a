/** The filter, row by row of its table, and against the slow model of tests/doubles/flow-packets.ts. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLOW, flowPacket, ruleAllows, SlowFilter, type FlowSpec, type ModelPeer, type ModelSetup } from '../../tests/doubles/flow-packets.ts';
import { arenaOver } from '../base/batch.ts';
import type { PeerId } from '../base/brand.ts';
import { parseIp, parsePrefix, type IpAddress } from '../base/ip.ts';
import type { FilterSetup } from '../ports/dataplane.ts';
import { createInnerHeader, readIpHeader } from '../wire/ip-packet.ts';
import type { FilterDestination, FilterRule, FilterSource } from '../wire/netmap/types.ts';
import { explain } from './explain.ts';
import { Filter, type FilterVerdict } from './filter.ts';
import { RETURN_FLOWS } from './return-cache.ts';

const ip = (text: string): IpAddress => parseIp(text)!;
const WE = ip('100.64.0.1');
const WE6 = ip('fd7a::1');
const THEY = ip('100.64.0.2');
const THEY6 = ip('fd7a::2');
const LOCAL = ['100.64.0.1/32', 'fd7a::1/128'].map((text) => parsePrefix(text)!);
const ANY = [
  { first: ip('0.0.0.0'), last: ip('255.255.255.255') },
  { first: ip('::'), last: ip('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff') },
];
const A = 0 as PeerId;
const JAILED = 1 as PeerId;
const USUAL = [6, 17, 1, 58];

const source = (text: string): FilterSource => {
  const [first, last] = text.split('-');
  return { kind: 'range', range: { first: ip(first!), last: ip(last ?? first!) } };
};
const to = (text: string, firstPort: number, lastPort = firstPort): FilterDestination => {
  const [first, last] = text.split('-');
  return { range: { first: ip(first!), last: ip(last ?? first!) }, firstPort, lastPort };
};
const rule = (sources: readonly FilterSource[], destinations: readonly FilterDestination[], protocols: readonly number[] = USUAL): FilterRule => ({ sources, destinations, protocols, text: 'a rule' });
const setup = (rules: readonly FilterRule[], over: Partial<ModelSetup> = {}): FilterSetup => ({ kind: 'rules', rules: [{ name: 'base', rules }], local: LOCAL, shieldsUp: false, ...over });

function filterOf(of: FilterSetup | undefined, peers: readonly (Partial<ModelPeer> & { readonly id: PeerId })[] = [{ id: A }, { id: JAILED, jailed: true }]): Filter {
  const filter = new Filter();
  if (of !== undefined) filter.set(of);
  for (const peer of peers) put(filter, peer);
  return filter;
}

function put(filter: Filter, peer: Partial<ModelPeer> & { readonly id: PeerId }): void {
  filter.putPeer({ publicKey: new Uint8Array(32), allowedIps: [], persistentKeepaliveMs: 0, roaming: 'chosen', ...peer });
}

function judge(filter: Filter, way: 'inbound' | 'outbound', packet: Uint8Array, peer: PeerId): FilterVerdict {
  const header = createInnerHeader();
  const arena = arenaOver(Uint8Array.from([...new Array<number>(7).fill(0xee), ...packet, ...new Array<number>(9).fill(0xee)]));
  expect(readIpHeader(arena, 7, packet.length, header)).toBe('ok');
  return filter[way](arena, 7, header, peer);
}

const inward = (filter: Filter, over: Partial<FlowSpec> = {}, peer: PeerId = A): FilterVerdict => judge(filter, 'inbound', flowPacket({ ...FLOW, from: THEY, to: WE, ...over }), peer);
const outward = (filter: Filter, over: Partial<FlowSpec> = {}, peer: PeerId = A): FilterVerdict => judge(filter, 'outbound', flowPacket({ ...FLOW, from: WE, to: THEY, ...over }), peer);
const v6 = { from: THEY6, to: WE6 };
const SYN = 2;
const ACK = 16;
const TCP22 = setup([rule([source('100.64.0.2'), source('fd7a::2')], [to('100.64.0.1', 22), to('fd7a::1', 22)])]);
const DENIED = 'filter: no rule allows it';

describe('a packet filter by default', () => {
  it('is off for a plain WireGuard network: everything passes', () => {
    const filter = filterOf(undefined);
    expect(filter.isOn).toBe(false);
    expect(inward(filter, { to: ip('8.8.8.8') })).toBe('pass');
    expect(outward(filter, { to: ip('224.0.0.1') })).toBe('pass');
  });

  it('blocks all while a control server has sent no rules', () => {
    const filter = filterOf({ kind: 'block-all' });
    expect(filter.isOn).toBe(true);
    for (const over of [{}, { tcpFlags: ACK }, { protocol: 1, icmpType: 0 }, { protocol: 99 }, { fragment: { offset: 1_480, more: false } }, v6]) expect(inward(filter, over)).toBe('filter: no rules received');
  });

  it('blocks new flows where the rules are none, and where a peer is not known', () => {
    expect(inward(filterOf(setup([])))).toBe(DENIED);
    expect(inward(filterOf(TCP22), {}, 7 as PeerId)).toBe(DENIED);
  });
});

describe('before protocols', () => {
  it('refuses multicast and link-local destinations, both ways, but the metadata address', () => {
    const everywhere = setup([rule(ANY.map((range) => ({ kind: 'range', range })), ANY.map((range) => ({ range, firstPort: 0, lastPort: 65_535 })))], { local: ['0.0.0.0/0', '::/0'].map((text) => parsePrefix(text)!) });
    const filter = filterOf(everywhere);
    for (const there of ['224.0.0.1', '239.255.255.255']) expect(inward(filter, { to: ip(there) })).toBe('filter: multicast destination');
    expect(inward(filter, { ...v6, to: ip('ff02::1') })).toBe('filter: multicast destination');
    expect(inward(filter, { to: ip('169.254.1.1') })).toBe('filter: link-local destination');
    for (const there of ['fe80::1', 'febf::1']) expect(inward(filter, { ...v6, to: ip(there) })).toBe('filter: link-local destination');
    for (const there of ['169.254.169.254', '223.255.255.255', '240.0.0.1', '169.253.1.1']) expect(inward(filter, { to: ip(there) })).toBe('pass');
    for (const there of ['fec0::1', 'fe7f::1']) expect(inward(filter, { ...v6, to: ip(there) })).toBe('pass');
    for (const there of ['224.0.0.251', '169.254.0.9']) expect(outward(filter, { to: ip(there) })).toBe('outbound: multicast or link-local destination');
  });

  it('takes only what is for this computer, whatever the rules say', () => {
    const wide = rule([source('100.64.0.2')], [to('100.64.0.0-100.64.0.255', 0, 65_535)]);
    const filter = filterOf(setup([wide], { local: [...LOCAL, parsePrefix('100.64.0.128/25')!] }));
    for (const there of ['100.64.0.1', '100.64.0.128', '100.64.0.255']) expect(inward(filter, { to: ip(there) })).toBe('pass');
    for (const there of ['100.64.0.0', '100.64.0.2', '100.64.0.127', '100.64.1.0', '8.8.8.8']) for (const tcpFlags of [SYN, ACK]) expect(inward(filter, { to: ip(there), tcpFlags })).toBe('filter: destination is not this computer');
    expect(inward(filter, { to: ip('100.64.0.2'), fragment: { offset: 1_480, more: false } })).toBe('filter: destination is not this computer');
    expect(inward(filter, { to: ip('100.64.0.2'), protocol: 99 })).toBe('filter: destination is not this computer');
  });

  it('lets later fragments pass, and judges the first as a whole packet', () => {
    const filter = filterOf(setup([]));
    for (const family of [{}, v6]) {
      expect(inward(filter, { ...family, fragment: { offset: 80, more: true } })).toBe('pass');
      expect(inward(filter, { ...family, fragment: { offset: 0, more: true } })).toBe(DENIED);
      expect(inward(filterOf(TCP22), { ...family, fragment: { offset: 0, more: true } })).toBe('pass');
    }
  });

  it('refuses a later fragment that could overwrite the header that was judged', () => {
    for (const offset of [8, 16, 72]) for (const family of [{}, v6]) expect(inward(filterOf(TCP22), { ...family, fragment: { offset, more: false } })).toBe('filter: fragment would overwrite headers');
  });

  it('refuses a transport header that is not whole', () => {
    const filter = filterOf(TCP22);
    for (const protocol of [1, 6, 17, 58, 132]) {
      const ends = { from: protocol === 58 ? THEY6 : THEY, to: protocol === 58 ? WE6 : WE };
      const whole = flowPacket({ ...FLOW, ...ends, protocol });
      const need = { 1: 28, 6: 40, 17: 28, 58: 44, 132: 32 }[protocol]!;
      for (let length = protocol === 58 ? 40 : 20; length < need; length++) {
        const cut = whole.slice(0, length);
        new DataView(cut.buffer).setUint16(protocol === 58 ? 4 : 2, protocol === 58 ? length - 40 : length);
        expect(judge(filter, 'inbound', cut, A)).toBe('filter: headers cut or out of order');
        expect(judge(filter, 'outbound', cut, A)).toBe('outbound: headers damaged');
      }
    }
  });

  it('walks extension headers of IPv6 to the protocol, within reason', () => {
    const filter = filterOf(TCP22);
    const walk = (...extensions: number[]): FilterVerdict => inward(filter, { ...v6, extensions });
    for (const good of [[0], [60], [0, 60], [0, 60, 60], [60, 60, 60, 60, 60, 60, 60, 60]]) expect(walk(...good)).toBe('pass');
    expect(inward(filter, { ...v6, extensions: [0, 60], destinationPort: 23 })).toBe(DENIED);
    expect(walk(43)).toBe('filter: routing header');
    expect(walk(0, 43)).toBe('filter: routing header');
    expect(walk(60, 0)).toBe('filter: headers cut or out of order');
    expect(walk(...new Array<number>(9).fill(60))).toBe('filter: headers cut or out of order');
    const long = flowPacket({ ...FLOW, ...v6, extensions: [60] });
    long[41] = 200;
    expect(judge(filter, 'inbound', long, A)).toBe('filter: headers cut or out of order');
  });

  it('skips options of IPv4 by the length of its header', () => {
    expect(inward(filterOf(TCP22), { extensions: [1, 1] })).toBe('pass');
    expect(inward(filterOf(TCP22), { extensions: [1, 1], destinationPort: 23 })).toBe(DENIED);
  });
});

describe('by protocol', () => {
  it('TCP: what begins no connection always passes; a new one needs a rule for source, destination, port and protocol', () => {
    for (const family of [{}, v6]) {
      for (const tcpFlags of [ACK, SYN | ACK, 4, 1, 0, 0x10 | 0x08]) expect(inward(filterOf(setup([])), { ...family, tcpFlags })).toBe('pass');
      expect(inward(filterOf(TCP22), { ...family, tcpFlags: SYN })).toBe('pass');
      for (const odd of [SYN | 1, SYN | 0xc0]) expect(inward(filterOf(setup([])), { ...family, tcpFlags: odd })).toBe(DENIED);
      expect(inward(filterOf(TCP22), { ...family, destinationPort: 21 })).toBe(DENIED);
      expect(inward(filterOf(TCP22), { ...family, destinationPort: 23 })).toBe(DENIED);
      expect(inward(filterOf(TCP22), { ...family, from: family === v6 ? ip('fd7a::3') : ip('100.64.0.3') })).toBe(DENIED);
    }
    expect(inward(filterOf(setup([rule([source('100.64.0.2')], [to('100.64.0.1', 22)], [17])])))).toBe(DENIED);
  });

  it('UDP and SCTP: an answer passes, once we have sent; else a rule is needed', () => {
    for (const protocol of [17, 132]) {
      const filter = filterOf(TCP22);
      const answer = { protocol, sourcePort: 53, destinationPort: 5_000 };
      expect(inward(filter, answer)).toBe(DENIED);
      expect(outward(filter, { protocol, sourcePort: 5_000, destinationPort: 53 })).toBe('pass');
      expect(inward(filter, answer)).toBe('pass');
      for (const other of [{ sourcePort: 54 }, { destinationPort: 5_001 }, { from: ip('100.64.0.3') }, { protocol: protocol === 17 ? 132 : 17 }]) expect(inward(filter, { ...answer, ...other })).toBe(DENIED);
    }
    expect(inward(filterOf(TCP22), { protocol: 17 })).toBe('pass');
    expect(inward(filterOf(TCP22), { protocol: 132 })).toBe(DENIED);
    expect(inward(filterOf(setup([rule([source('100.64.0.2')], [to('100.64.0.1', 22)], [132])])), { protocol: 132 })).toBe('pass');
  });

  it('ICMP: echo replies and errors always; other kinds where any rule joins the addresses, of any port and protocol', () => {
    const joined = filterOf(setup([rule([source('100.64.0.2'), source('fd7a::2')], [to('100.64.0.1', 9), to('fd7a::1', 9)], [132])]));
    const apart = filterOf(setup([rule([source('100.64.0.3'), source('fd7a::3')], [to('100.64.0.1', 0, 65_535), to('fd7a::1', 0, 65_535)])]));
    for (const icmpType of [0, 3, 11, 12]) expect(inward(apart, { protocol: 1, icmpType })).toBe('pass');
    for (const icmpType of [1, 2, 3, 4, 129]) expect(inward(apart, { ...v6, protocol: 58, icmpType })).toBe('pass');
    for (const icmpType of [8, 5, 13, 17]) {
      expect(inward(apart, { protocol: 1, icmpType })).toBe(DENIED);
      expect(inward(joined, { protocol: 1, icmpType })).toBe('pass');
    }
    for (const icmpType of [128, 133, 137, 0]) {
      expect(inward(apart, { ...v6, protocol: 58, icmpType })).toBe(DENIED);
      expect(inward(joined, { ...v6, protocol: 58, icmpType })).toBe('pass');
    }
  });

  it('ICMP of the other family is no ICMP: it needs a rule that names it with all ports', () => {
    expect(inward(filterOf(setup([])), { protocol: 58, icmpType: 129 })).toBe(DENIED);
    expect(inward(filterOf(TCP22), { ...v6, protocol: 1, icmpType: 0 })).toBe(DENIED);
  });

  it('TSMP ends here, whatever the rules say', () => {
    for (const filter of [filterOf(setup([])), filterOf(setup([], { shieldsUp: true }))]) {
      expect(inward(filter, { protocol: 99 })).toBe('tsmp');
      expect(inward(filter, { ...v6, protocol: 99 }, JAILED)).toBe('tsmp');
    }
  });

  it('others: a rule that names the protocol, with all ports', () => {
    const named = (protocols: number[], last: number): FilterVerdict => inward(filterOf(setup([rule([source('100.64.0.2')], [to('100.64.0.1', 0, last)], protocols)])), { protocol: 47 });
    expect(named([47], 65_535)).toBe('pass');
    expect(named([47], 65_534)).toBe(DENIED);
    expect(named(USUAL, 65_535)).toBe(DENIED);
  });
});

describe('who sends', () => {
  const byCapability = setup([rule([{ kind: 'capability', name: 'example.com/cap/ssh' }], [to('100.64.0.1', 22)])]);

  it('a capability of the sender counts as its source, now and when the rules or the peer change', () => {
    const filter = filterOf(byCapability, [{ id: A, capabilities: ['other', 'example.com/cap/ssh'] }, { id: 2 as PeerId, capabilities: ['other'] }]);
    expect(inward(filter)).toBe('pass');
    expect(inward(filter, {}, 2 as PeerId)).toBe(DENIED);
    put(filter, { id: 2 as PeerId, capabilities: ['example.com/cap/ssh'] });
    put(filter, { id: A, capabilities: [] });
    expect([inward(filter), inward(filter, {}, 2 as PeerId)]).toEqual([DENIED, 'pass']);
    filter.set(TCP22);
    filter.set(byCapability);
    expect([inward(filter), inward(filter, {}, 2 as PeerId)]).toEqual([DENIED, 'pass']);
    filter.removePeer(2 as PeerId);
    expect(inward(filter, {}, 2 as PeerId)).toBe(DENIED);
  });

  it('a jailed peer may only answer, and its answers are remembered apart', () => {
    const filter = filterOf(TCP22);
    expect(inward(filter, {}, JAILED)).toBe('filter: sender may only answer');
    expect(inward(filter, { protocol: 1 }, JAILED)).toBe('filter: sender may only answer');
    expect(inward(filter, { tcpFlags: ACK }, JAILED)).toBe('pass');
    outward(filter, { protocol: 17, sourcePort: 5_000, destinationPort: 53 }, JAILED);
    const answer = { protocol: 17, sourcePort: 53, destinationPort: 5_000 };
    expect([inward(filter, answer), inward(filter, answer, JAILED)]).toEqual([DENIED, 'pass']);
    put(filter, { id: JAILED, jailed: false });
    expect(inward(filter, {}, JAILED)).toBe('pass');
  });
});

describe('shields up', () => {
  const UP = { ...TCP22, shieldsUp: true } as FilterSetup;
  const ask = { protocol: 17, sourcePort: 5_000, destinationPort: 53 };
  const answer = { protocol: 17, sourcePort: 53, destinationPort: 5_000 };

  it('lets nothing in but answers', () => {
    const filter = filterOf(UP);
    for (const over of [{}, { protocol: 17 }, { protocol: 1 }, { protocol: 47 }]) expect(inward(filter, over)).toBe('filter: shields up');
    expect(inward(filter, { tcpFlags: SYN | ACK })).toBe('pass');
    outward(filter, ask);
    expect(inward(filter, answer)).toBe('pass');
  });

  it('ends the flows of before when they go up, and none when they go down or rules change', () => {
    const filter = filterOf(TCP22);
    outward(filter, ask);
    filter.set(UP);
    expect(inward(filter, answer)).toBe('filter: shields up');
    outward(filter, ask);
    filter.set({ ...UP });
    expect(inward(filter, answer)).toBe('pass');
    filter.set(setup([]));
    expect(inward(filter, answer)).toBe('pass');
    expect(inward(filter)).toBe(DENIED);
  });
});

describe('the return cache', () => {
  const numbered = (n: number): Partial<FlowSpec> => ({ protocol: 17, sourcePort: 1_024 + n, destinationPort: 53 });
  const back = (n: number): Partial<FlowSpec> => ({ protocol: 17, sourcePort: 53, destinationPort: 1_024 + n });

  it('keeps the newest flows by use, either way', () => {
    const filter = filterOf(setup([]));
    for (let n = 0; n < RETURN_FLOWS; n++) outward(filter, numbered(n));
    outward(filter, numbered(0));
    inward(filter, back(1));
    outward(filter, numbered(600));
    outward(filter, numbered(601));
    const alive = Array.from({ length: 6 }, (_, n) => inward(filter, back(n)));
    expect(alive).toEqual(['pass', 'pass', DENIED, DENIED, 'pass', 'pass']);
  });

  it('survives a filter change, and not the end of the network', () => {
    const filter = filterOf(setup([]));
    outward(filter, numbered(1));
    filter.set(TCP22);
    expect(inward(filter, back(1))).toBe('pass');
    filter.set({ kind: 'block-all' });
    filter.set(TCP22);
    expect(inward(filter, back(1))).toBe(DENIED);
  });
});

// ---- against the model

const POOL4 = ['100.64.0.1', '100.64.0.2', '100.64.0.3', '100.64.0.200', '10.0.0.0', '10.0.0.255', '10.255.255.255', '0.0.0.0', '255.255.255.255', '169.254.169.254', '169.254.3.4', '224.0.0.1'].map(ip);
const POOL6 = ['fd7a::1', 'fd7a::2', 'fd7a::ffff:ffff', 'fd7a::1:0:0', 'fd7b::', '::', '::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fe80::1', 'ff02::1', '1::'].map(ip);
const near = (pool: readonly IpAddress[]): fc.Arbitrary<IpAddress> => fc.tuple(fc.constantFrom(...pool), fc.constantFrom(0, 0, 0, 1, -1)).map(([a, by]) => ({ ...a, w3: (a.w3 + by) >>> 0 }));
const addressOf = (family: 4 | 6): fc.Arbitrary<IpAddress> => near(family === 4 ? POOL4 : POOL6);
const familyOf = fc.constantFrom(4 as const, 6 as const);
const words = (a: IpAddress): number[] => [a.w0, a.w1, a.w2, a.w3];
const inOrder = (a: IpAddress, b: IpAddress): boolean => (words(a).map((w, i) => w - words(b)[i]!).find((difference) => difference !== 0) ?? 0) <= 0;
const anyRange = familyOf.chain((family) => fc.tuple(addressOf(family), addressOf(family))).map(([a, b]) => (inOrder(a, b) ? { first: a, last: b } : { first: b, last: a }));
const CAPABILITIES = ['a', 'b', 'c'];
const anySource: fc.Arbitrary<FilterSource> = fc.oneof({ weight: 4, arbitrary: anyRange.map((range) => ({ kind: 'range' as const, range })) }, { weight: 1, arbitrary: fc.constantFrom(...CAPABILITIES).map((name) => ({ kind: 'capability' as const, name })) });
const PORTS = [0, 1, 22, 23, 53, 443, 65_534, 65_535];
const somePort = fc.constantFrom(...PORTS);
const anyDestination: fc.Arbitrary<FilterDestination> = fc.tuple(anyRange, fc.oneof(fc.constant([0, 65_535]), fc.tuple(somePort, somePort))).map(([range, [firstPort, lastPort]]) => ({ range, firstPort: firstPort!, lastPort: lastPort! }));
const PROTOCOLS = [6, 17, 1, 58, 132, 99, 47, 4, 255];
const anyRule: fc.Arbitrary<FilterRule> = fc.record({
  sources: fc.array(anySource, { maxLength: 4 }),
  destinations: fc.array(anyDestination, { maxLength: 4 }),
  protocols: fc.oneof(fc.constant(USUAL), fc.uniqueArray(fc.constantFrom(...PROTOCOLS), { minLength: 1, maxLength: 3 })),
  text: fc.constant('a rule'),
});
const anySetup: fc.Arbitrary<ModelSetup> = fc.record({
  rules: fc.array(fc.array(anyRule, { maxLength: 4 }).map((rules) => ({ name: 'x', rules })), { maxLength: 3 }),
  local: fc.uniqueArray(fc.constantFrom('100.64.0.1/32', 'fd7a::1/128', '10.0.0.0/8', '10.0.0.0/24', 'fd7a::/32', '0.0.0.0/0', '::/0', '100.64.0.3/32'), { minLength: 1, maxLength: 4 }).map((texts) => texts.map((text) => parsePrefix(text)!)),
  shieldsUp: fc.constantFrom(false, false, false, true),
});
const anyFlow: fc.Arbitrary<FlowSpec> = familyOf.chain((family) =>
  fc.record({
    from: addressOf(family),
    to: addressOf(family),
    protocol: fc.constantFrom(...PROTOCOLS, 6, 17, family === 4 ? 1 : 58),
    sourcePort: somePort,
    destinationPort: somePort,
    tcpFlags: fc.constantFrom(SYN, SYN, ACK, SYN | ACK, 4, 0xff, 0),
    icmpType: fc.constantFrom(8, 0, 128, 129, 3, 1, 5, 137),
    fragment: fc.oneof({ weight: 5, arbitrary: fc.constant({ offset: 0, more: false }) }, { weight: 1, arbitrary: fc.record({ offset: fc.constantFrom(0, 8, 72, 80, 1_480, 65_528), more: fc.boolean() }) }),
    extensions: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(fc.constantFrom(0, 60, 60, 43), { maxLength: 4 }) }),
  }),
);
const PEERS: readonly (ModelPeer & { readonly id: PeerId })[] = [
  { id: 0 as PeerId, jailed: false, capabilities: [] },
  { id: 1 as PeerId, jailed: false, capabilities: ['a'] },
  { id: 2 as PeerId, jailed: false, capabilities: ['b', 'c', 'zz'] },
  { id: 3 as PeerId, jailed: true, capabilities: ['a', 'b', 'c'] },
];
const shape = (verdict: FilterVerdict): 'pass' | 'tsmp' | 'refused' => (verdict === 'pass' || verdict === 'tsmp' ? verdict : 'refused');
type Step = { readonly kind: 'in' | 'out' | 'answer'; readonly flow: FlowSpec; readonly peer: number } | { readonly kind: 'change'; readonly setup: ModelSetup };
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom('in' as const, 'in' as const, 'out' as const, 'answer' as const), flow: anyFlow, peer: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), setup: anySetup }) },
);

describe('against a slow, obvious model', () => {
  it('decides the same for any rules, any packets, any peers and any history', () => {
    fc.assert(
      fc.property(anySetup, fc.array(anyStep, { maxLength: 60 }), (first, steps) => {
        const filter = filterOf({ kind: 'rules', ...first }, PEERS);
        const model = new SlowFilter(first);
        let sent: FlowSpec | undefined;
        for (const step of steps) {
          if (step.kind === 'change') {
            filter.set({ kind: 'rules', ...step.setup });
            model.change(step.setup);
            continue;
          }
          const peer = PEERS[step.peer]!;
          if (step.kind === 'out') {
            sent = step.flow;
            expect(shape(judge(filter, 'outbound', flowPacket(step.flow), peer.id)) === 'pass').toBe(model.outbound(step.flow, peer));
            continue;
          }
          const flow = step.kind === 'answer' && sent !== undefined ? { ...sent, from: sent.to, to: sent.from, sourcePort: sent.destinationPort, destinationPort: sent.sourcePort } : step.flow;
          expect(shape(judge(filter, 'inbound', flowPacket(flow), peer.id))).toBe(model.inbound(flow, peer));
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('remembers the same flows when more are sent than fit', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(700)), { minLength: 900, maxLength: 1_600 }), (uses) => {
        const none: ModelSetup = { rules: [], local: LOCAL, shieldsUp: false };
        const filter = filterOf({ kind: 'rules', ...none }, PEERS);
        const model = new SlowFilter(none);
        for (const [out, n] of uses) {
          const flow = { ...FLOW, protocol: 17, from: out ? WE : THEY, to: out ? THEY : WE, sourcePort: out ? n : 53, destinationPort: out ? 53 : n };
          if (out) expect(judge(filter, 'outbound', flowPacket(flow), A) === 'pass').toBe(model.outbound(flow, PEERS[0]!));
          else expect(shape(judge(filter, 'inbound', flowPacket(flow), A))).toBe(model.inbound(flow, PEERS[0]!));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('explains what it does: a new flow passes where a rule is named, and that rule allows it', () => {
    fc.assert(
      fc.property(anySetup, anyFlow, fc.nat(3), (of, drawn, who) => {
        const flow = { ...drawn, tcpFlags: SYN, icmpType: drawn.from.family === 4 ? 8 : 128, fragment: { offset: 0, more: false }, extensions: [] };
        const peer = PEERS[who]!;
        const why = explain({ kind: 'rules', ...of }, { from: flow.from, to: flow.to, protocol: flow.protocol, port: flow.destinationPort, jailed: peer.jailed, capabilities: peer.capabilities });
        const verdict = judge(filterOf({ kind: 'rules', ...of }, PEERS), 'inbound', flowPacket(flow), peer.id);
        if (verdict === 'filter: multicast destination' || verdict === 'filter: link-local destination') return;
        expect(why.kind !== 'denied').toBe(verdict === 'pass' || verdict === 'tsmp');
        if (why.kind === 'allowed') expect(ruleAllows(why.rule, flow, peer)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes any bytes at all without a throw, both ways', () => {
    const filter = filterOf({ ...TCP22, local: ['0.0.0.0/0', '::/0'].map((text) => parsePrefix(text)!) } as FilterSetup);
    const header = createInnerHeader();
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc.tuple(anyFlow, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }), fc.nat(100)).map(([flow, changes, cut]) => {
        const packet = flowPacket(flow).slice(0, 20 + cut);
        for (const [at, value] of changes) if (at < packet.length) packet[at] = value;
        if (packet[0]! >>> 4 === 4) new DataView(packet.buffer).setUint16(2, packet.length);
        else if (packet.length >= 40) new DataView(packet.buffer).setUint16(4, packet.length - 40);
        return packet;
      }),
    );
    fc.assert(
      fc.property(hostile, (packet) => {
        const arena = arenaOver(packet);
        if (readIpHeader(arena, 0, packet.length, header) !== 'ok') return;
        expect(typeof filter.inbound(arena, 0, header, A)).toBe('string');
        expect(typeof filter.outbound(arena, 0, header, A)).toBe('string');
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('explain', () => {
  const flow = { from: THEY, to: WE, protocol: 6, port: 22, jailed: false, capabilities: [] };
  it('names the reason, or the rule', () => {
    expect(explain({ kind: 'off' }, flow)).toEqual({ kind: 'passes', because: 'filter-off' });
    expect(explain({ kind: 'block-all' }, flow)).toEqual({ kind: 'denied', because: 'no-rules-received' });
    expect(explain(TCP22, flow)).toMatchObject({ kind: 'allowed', rule: { text: 'a rule' } });
    expect(explain(TCP22, { ...flow, port: 23 })).toEqual({ kind: 'denied', because: 'no-rule' });
    expect(explain(TCP22, { ...flow, jailed: true })).toEqual({ kind: 'denied', because: 'jailed' });
    expect(explain(TCP22, { ...flow, to: THEY })).toEqual({ kind: 'denied', because: 'not-this-computer' });
    expect(explain({ ...TCP22, shieldsUp: true } as FilterSetup, flow)).toEqual({ kind: 'denied', because: 'shields-up' });
    expect(explain(TCP22, { ...flow, protocol: 99 })).toEqual({ kind: 'passes', because: 'between-nodes' });
  });
});
