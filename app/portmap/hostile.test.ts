/** The port mapping machine at routers that refuse, lie or are not the router at all. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEndpoint, ipv4, parseIp, type IpAddress } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { GATEWAY, OUTSIDE, OWN_PORT, PortMapBench } from '../../tests/kit/port-map-bench.ts';
import { minutes, seconds } from '../time/instant.ts';
import { decodeNatPmpRequest, encodeNatPmpResponse, PORT_MAPPING_PORT, type NatPmpResponse } from '../wire/nat-pmp.ts';
import { decodePcpRequest, encodePcpResponse, PCP_RESULT, type PcpMapping } from '../wire/pcp.ts';
import { Epoch } from './epoch.ts';
import { isOutside } from './outside.ts';
import { PortMap } from './port-map.ts';

const HERE = `203.0.113.5:${OWN_PORT}`;

/** What a router says to MAP, beside the truth. */
interface Lie {
  readonly result?: number;
  readonly lifetimeS?: number;
  readonly mapping?: Partial<PcpMapping>;
}

/** Speaks PCP, and answers MAP as the test says. */
function liar(lie: (times: number) => Lie): PortMapBench {
  const bench = new PortMapBench();
  let times = 0;
  bench.router = (bytes) => {
    const request = decodePcpRequest(bytes);
    if (isReject(request)) return [];
    const epochS = Math.floor(bench.now / 1_000);
    if (request.kind === 'announce') return [encodePcpResponse({ kind: 'announce', result: 0, lifetimeS: 0, epochS })];
    const { result = 0, lifetimeS = 7_200, mapping } = lie(times++);
    return [encodePcpResponse({ kind: 'map', result, lifetimeS, epochS, mapping: { ...request.mapping, externalPort: OWN_PORT, externalAddress: OUTSIDE, ...mapping } })];
  };
  bench.begin();
  return bench;
}

/** Speaks NAT-PMP, with these words. */
function natPmp(words: (request: 'address' | 'map') => NatPmpResponse | undefined): PortMapBench {
  const bench = new PortMapBench();
  bench.router = (bytes) => {
    const request = decodeNatPmpRequest(bytes);
    const answer = isReject(request) ? undefined : words(request.kind);
    return answer === undefined ? [] : [encodeNatPmpResponse(answer)];
  };
  bench.begin();
  return bench;
}

describe('who may answer', () => {
  const nonceOf = (bench: PortMapBench): Uint8Array => {
    const request = decodePcpRequest(bench.sent.at(-1)!.bytes);
    if (isReject(request) || request.kind !== 'map') throw new Error('it asks for no mapping');
    return request.mapping.nonce;
  };
  const given = (nonce: Uint8Array, over: Partial<PcpMapping> = {}): Uint8Array =>
    encodePcpResponse({ kind: 'map', result: 0, lifetimeS: 7_200, epochS: 5, mapping: { nonce, protocol: 17, internalPort: OWN_PORT, externalPort: 7, externalAddress: OUTSIDE, ...over } });
  const asking = (): PortMapBench => {
    const bench = new PortMapBench();
    bench.begin();
    bench.hear(encodePcpResponse({ kind: 'announce', result: 0, lifetimeS: 0, epochS: 5 }));
    return bench;
  };

  it('is nobody without our nonce', () => {
    const bench = asking();
    bench.hear(given(new Uint8Array(12)));
    expect(bench.external).toBeUndefined();
    bench.hear(given(nonceOf(bench)));
    expect(bench.external).toBe('203.0.113.5:7');
  });

  it('is nobody without our nonce when it refuses', () => {
    const bench = asking();
    bench.hear(encodePcpResponse({ kind: 'map', result: PCP_RESULT.notAuthorized, lifetimeS: 1_800, epochS: 5, mapping: { nonce: new Uint8Array(12), protocol: 17, internalPort: OWN_PORT, externalPort: 0, externalAddress: ipv4(0) } }));
    expect(bench.machine.report()).toEqual({ kind: 'unknown' });
  });

  it('is nobody but the gateway, at its port', () => {
    const bench = asking();
    const answer = given(nonceOf(bench));
    bench.hear(answer, bench.lastSocket, { address: parseIp('192.168.1.66')!, port: PORT_MAPPING_PORT });
    bench.hear(answer, bench.lastSocket, { address: GATEWAY.address, port: 53 });
    expect(bench.external).toBeUndefined();
  });

  it('is nobody of an earlier attempt', () => {
    const bench = asking();
    const [socket, nonce] = [bench.lastSocket, nonceOf(bench)];
    bench.give({ kind: 'network', now: 'changed' });
    bench.hear(encodePcpResponse({ kind: 'announce', result: 0, lifetimeS: 0, epochS: 6 }));
    bench.hear(given(nonce), socket);
    expect(bench.external).toBeUndefined();
    bench.hear(given(nonce));
    expect(bench.external).toBe('203.0.113.5:7');
  });

  it('is nobody about another port of ours', () => {
    const bench = asking();
    bench.hear(given(nonceOf(bench), { internalPort: 22 }));
    expect(bench.external).toBeUndefined();
    const pmp = natPmp((of) => (of === 'address' ? { kind: 'address', epochS: 9, address: OUTSIDE } : { kind: 'map', epochS: 9, internalPort: 22, externalPort: 22, lifetimeS: 7_200 }));
    pmp.run(seconds(2));
    expect(pmp.external).toBeUndefined();
  });

  it('is nobody when nothing was asked', () => {
    const bench = asking();
    const nonce = nonceOf(bench);
    bench.hear(given(nonce));
    bench.hear(given(nonce, { externalPort: 666 }));
    bench.hear(encodePcpResponse({ kind: 'announce', result: 0, lifetimeS: 0, epochS: 0 }));
    expect(bench.external).toBe('203.0.113.5:7');
    expect(bench.mappings.length).toBe(1);
  });
});

describe('a router that lies', () => {
  it.each([
    ['no lifetime', { lifetimeS: 0 }],
    ['a second', { lifetimeS: 1 }],
    ['no port', { mapping: { externalPort: 0 } }],
    ['no address', { mapping: { externalAddress: ipv4(0) } }],
    ['an IPv6 address', { mapping: { externalAddress: parseIp('2001:db8::1')! } }],
    ['TCP', { mapping: { protocol: 6 } }],
  ] as const)('and gives %s has given nothing, and is asked again ever less often', (_, lie) => {
    const bench = liar(() => lie);
    bench.run(seconds(1));
    expect(bench.external).toBeUndefined();
    expect(bench.machine.report()).toEqual({ kind: 'refused', protocol: 'PCP', why: 'nonsense' });
    bench.run(minutes(24 * 60));
    expect(bench.sent.length).toBeLessThan(60 * 5);
    expect(bench.mappings).toEqual([]);
  });

  it('and promises more than a century is asked again within the hour and a quarter', () => {
    const bench = liar(() => ({ lifetimeS: 0xffffffff }));
    bench.run(seconds(1));
    const before = bench.sent.length;
    bench.run(minutes(76));
    expect(bench.sent.length).toBeGreaterThan(before);
    expect(bench.machine.report()).toMatchObject({ kind: 'mapped', protocol: 'PCP' });
  });

  it('and gives little at a time is asked no more than needed', () => {
    const bench = liar(() => ({ lifetimeS: 60 }));
    bench.run(minutes(60));
    expect(bench.external).toBe(HERE);
    expect(bench.sent.length).toBeLessThan(140);
  });

  it('and jumps from port to port is followed, once for each question', () => {
    const bench = liar((times) => ({ mapping: { externalPort: 1_000 + times } }));
    bench.run(minutes(60 * 6));
    expect(bench.mappings.length).toBeLessThan(8);
    expect(bench.mappings.at(-1)?.because).toBe('moved');
  });

  it('and tells of a restart with each answer is mapped again once for each check', () => {
    const bench = new PortMapBench();
    let epochS = 1_000_000;
    bench.router = (bytes) => {
      const request = decodePcpRequest(bytes);
      if (isReject(request)) return [];
      epochS = epochS === 0 ? 1_000_000 : 0;
      if (request.kind === 'announce') return [encodePcpResponse({ kind: 'announce', result: 0, lifetimeS: 0, epochS })];
      return [encodePcpResponse({ kind: 'map', result: 0, lifetimeS: 7_200, epochS, mapping: { ...request.mapping, externalAddress: OUTSIDE } })];
    };
    bench.begin();
    bench.run(seconds(1));
    const before = bench.sent.length;
    bench.run(seconds(10));
    bench.give({ kind: 'check', asked: false });
    bench.run(seconds(10));
    expect(bench.sent.length - before).toBeLessThanOrEqual(2);
  });

  it.each([
    ['10.1.2.3', 'behind-another-nat'],
    ['100.64.9.9', 'behind-another-nat'],
    ['172.31.0.1', 'behind-another-nat'],
    ['192.168.0.2', 'behind-another-nat'],
    ['169.254.1.1', 'behind-another-nat'],
    ['203.0.113.9', 'mapped'],
  ] as const)('or stands behind another NAT itself, at %s: that is said, and peers are told of no such address', (text, kind) => {
    for (const bench of [
      liar(() => ({ mapping: { externalAddress: parseIp(text)! } })),
      natPmp((of) => (of === 'address' ? { kind: 'address', epochS: 9, address: parseIp(text)! } : { kind: 'map', epochS: 9, internalPort: OWN_PORT, externalPort: OWN_PORT, lifetimeS: 7_200 })),
    ]) {
      bench.run(seconds(2));
      expect(bench.machine.report()).toMatchObject({ kind, external: { port: OWN_PORT } });
      expect(bench.external).toBe(kind === 'mapped' ? `${text}:${OWN_PORT}` : undefined);
    }
  });
});

describe('a router that refuses', () => {
  it.each([
    [PCP_RESULT.notAuthorized, 'not-allowed'],
    [PCP_RESULT.networkFailure, 'no-network'],
    [PCP_RESULT.noResources, 'no-room'],
    [PCP_RESULT.userExceededQuota, 'no-room'],
    [PCP_RESULT.addressMismatch, 'another-nat'],
    [PCP_RESULT.unsupportedOpcode, 'not-spoken'],
    [200, 'not-spoken'],
  ] as const)('with PCP result %i is understood as %s, and asked again after the time it names', (result, why) => {
    const bench = liar(() => ({ result, lifetimeS: 600 }));
    bench.run(seconds(1));
    expect(bench.machine.report()).toEqual({ kind: 'refused', protocol: 'PCP', why });
    const before = bench.sent.length;
    bench.run(minutes(9));
    expect(bench.sent.length).toBe(before);
    bench.run(minutes(2));
    expect(bench.sent.length).toBeGreaterThan(before);
  });

  it('for a thousand years is asked again within half an hour', () => {
    const bench = liar((times) => (times === 0 ? { result: PCP_RESULT.networkFailure, lifetimeS: 0xffffffff } : {}));
    bench.run(minutes(31));
    expect(bench.external).toBe(HERE);
  });

  it('by NAT-PMP is understood too, and whatever comes first of its two answers', () => {
    const map: NatPmpResponse = { kind: 'refused', of: 'map', epochS: 9, result: 2 };
    const refused = natPmp((of) => (of === 'address' ? { kind: 'address', epochS: 9, address: OUTSIDE } : map));
    refused.run(seconds(2));
    expect(refused.machine.report()).toEqual({ kind: 'refused', protocol: 'NAT-PMP', why: 'not-allowed' });
    const down = natPmp(() => ({ kind: 'refused', of: 'address', epochS: 9, result: 3 }));
    down.run(seconds(2));
    expect(down.machine.report()).toEqual({ kind: 'refused', protocol: 'NAT-PMP', why: 'no-network' });
  });

  it('to renew has taken the mapping back', () => {
    const bench = liar((times) => (times === 0 ? {} : { result: PCP_RESULT.notAuthorized }));
    bench.run(minutes(80));
    expect(bench.mappings).toEqual([{ to: HERE, because: 'given' }, { to: undefined, because: 'refused' }]);
  });

  it('and is asked by a person, is asked at once', () => {
    const bench = liar((times) => (times === 0 ? { result: PCP_RESULT.networkFailure } : {}));
    bench.run(seconds(5));
    bench.give({ kind: 'check', asked: false });
    bench.run(100);
    expect(bench.external).toBeUndefined();
    bench.give({ kind: 'check', asked: true });
    bench.run(100);
    expect(bench.external).toBe(HERE);
  });
});

describe('the epoch', () => {
  it('of an honest router never tells of a restart, with answers that are late and a clock that is a little off', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 7_200_000 }), late: fc.integer({ min: 0, max: 900 }) });
    fc.assert(
      fc.property(fc.constantFrom('PCP' as const, 'NAT-PMP' as const), fc.double({ min: 0.97, max: 1.03, noNaN: true }), fc.array(step, { maxLength: 20 }), (protocol, rate, steps) => {
        const epoch = new Epoch(protocol);
        let now = 0;
        for (const { wait, late } of steps) {
          now += wait;
          expect(epoch.note(1_000 + Math.floor((now * rate) / 1_000), (now + late) as never)).toBe(false);
        }
      }),
    );
  });

  it('of a router that restarted always does, when that was a while ago or it had run for long', () => {
    for (const protocol of ['PCP', 'NAT-PMP'] as const) {
      const epoch = new Epoch(protocol);
      expect(epoch.note(86_400, 0 as never)).toBe(false);
      expect(epoch.note(12, seconds(20) as never)).toBe(true);
      expect(epoch.note(32, seconds(40) as never)).toBe(false);
    }
  });
});

describe('whatever comes', () => {
  it('nothing throws, memory and questions stay bounded, and only an outside address is given out', () => {
    const address: fc.Arbitrary<IpAddress> = fc.constantFrom(GATEWAY.address, parseIp('192.168.1.66')!);
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.tuple(fc.constantFrom(0, 2), fc.constantFrom(128, 129), fc.uint8Array({ minLength: 6, maxLength: 70 })).map(([version, op, rest]) => Uint8Array.of(version, op, 0, 0, ...rest)),
    );
    const step = fc.oneof(
      fc.record({ kind: fc.constant('datagram' as const), bytes: noise, from: address, back: fc.integer({ min: 0, max: 2 }) }),
      fc.record({ kind: fc.constant('run' as const), ms: fc.constantFrom(1, 300, 5_000, 3_600_000) }),
      fc.constantFrom({ kind: 'network', now: 'changed' } as const, { kind: 'network', now: 'down' } as const, { kind: 'check', asked: true } as const, { kind: 'wanted', on: false } as const, { kind: 'wanted', on: true } as const, { kind: 'slept', forMs: 5 } as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new PortMapBench();
        bench.begin();
        for (const one of steps) {
          if (one.kind === 'run') bench.run(one.ms);
          else if (one.kind === 'datagram') bench.hear(one.bytes, bench.lastSocket - one.back, { address: one.from, port: PORT_MAPPING_PORT });
          else bench.give(one);
          expect(bench.machine.external === undefined || isOutside(bench.machine.external.address)).toBe(true);
        }
        expect(bench.sent.length).toBeLessThan(20 * (steps.length + 1));
      }),
      { numRuns: 300 },
    );
  });

  it('asks nobody but the gateway', () => {
    const bench = liar(() => ({}));
    bench.run(minutes(300));
    expect(new Set(bench.sent.map(({ to }) => formatEndpoint(to)))).toEqual(new Set([`192.168.1.1:${PORT_MAPPING_PORT}`]));
    expect(new PortMap({ rng: createSeededRng(1) }).nextDeadline()).toBeUndefined();
  });
});
