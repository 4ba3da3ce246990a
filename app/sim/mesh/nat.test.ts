/** The NAT against a slow model that keeps the whole history, and against the definitions of RFC 4787. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalIp, ipv4, type IpEndpoint } from '../../base/ip.ts';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { instant } from '../../time/instant.ts';
import { DEPENDENCES, type Dependence } from './flow-memory.ts';
import { EASY_NAT, HARD_NAT, Nat, type NatShape } from './nat.ts';

const at = (address: number, port: number): IpEndpoint => ({ address: ipv4(address), port });
const OUTSIDE = ipv4(0xc6336401);
const EXPIRY = 1_000;

interface Sent {
  readonly inside: IpEndpoint;
  readonly to: IpEndpoint;
  readonly port: number;
  readonly at: number;
}

const same = (a: IpEndpoint, b: IpEndpoint): boolean => equalIp(a.address, b.address) && a.port === b.port;

/** Do these two ends count as one for this dependence? By the words of RFC 4787. */
function alike(dependence: Dependence, a: IpEndpoint, b: IpEndpoint): boolean {
  if (dependence === 'endpoint-independent') return true;
  return equalIp(a.address, b.address) && (dependence === 'address-dependent' || a.port === b.port);
}

/** Knows every packet that ever passed, and answers by searching through all of them. Without inbound refresh. */
class SlowNat {
  readonly sent: Sent[] = [];
  readonly #shape: NatShape;

  constructor(shape: NatShape) {
    this.#shape = shape;
  }

  /** The mapping that this packet must use; undefined: a new one. Its life is a chain of uses, each within the time of the one before. */
  port(inside: IpEndpoint, to: IpEndpoint, now: number): number | undefined {
    const last = this.sent.findLast((s) => same(s.inside, inside) && alike(this.#shape.mapping, s.to, to));
    return last !== undefined && now - last.at <= EXPIRY ? last.port : undefined;
  }

  liveOwner(port: number, now: number): IpEndpoint | undefined {
    const last = this.sent.findLast((s) => s.port === port);
    return last !== undefined && now - last.at <= EXPIRY ? last.inside : undefined;
  }

  passes(from: IpEndpoint, port: number, now: number): IpEndpoint | 'no mapping' | 'filtered' {
    const inside = this.liveOwner(port, now);
    if (inside === undefined) return 'no mapping';
    return this.sent.some((s) => same(s.inside, inside) && alike(this.#shape.filtering, s.to, from) && now - s.at <= EXPIRY) ? inside : 'filtered';
  }
}

const shapes = fc.record({
  mapping: fc.constantFrom(...DEPENDENCES),
  filtering: fc.constantFrom(...DEPENDENCES),
  ports: fc.constantFrom<NatShape['ports']>('preserving', 'sequential', 'random'),
});
const inside = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constantFrom(41_641, 5_000)).map(([host, port]) => at(0xc0a80100 + host, port));
const outside = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(3_478, 443)).map(([host, port]) => at(0x08080800 + host, port));
const act = fc.record({ kind: fc.constantFrom('out', 'in', 'wait'), inside, outside, pick: fc.nat(20), wait: fc.integer({ min: 0, max: 700 }) });

describe('a NAT', () => {
  it('maps and filters as a list of all packets says that it must, and never gives one port to two', () => {
    fc.assert(
      fc.property(shapes, fc.array(act, { maxLength: 60 }), fc.integer(), (kind, acts, seed) => {
        const shape: NatShape = { ...EASY_NAT, ...kind, expiryMs: EXPIRY, inboundRefresh: false };
        const nat = new Nat(shape, OUTSIDE, createSeededRng(seed));
        const slow = new SlowNat(shape);
        let now = 0;
        for (const a of acts) {
          if (a.kind === 'wait') now += a.wait;
          else if (a.kind === 'out') {
            const must = slow.port(a.inside, a.outside, now);
            const got = nat.outbound(a.inside, a.outside, instant(now));
            expect(got?.address).toEqual(OUTSIDE);
            const port = got?.port ?? 0;
            if (must === undefined) {
              expect(slow.liveOwner(port, now), 'a port that lives is given to nobody else').toBeUndefined();
              if (shape.ports === 'preserving' && slow.liveOwner(a.inside.port, now) === undefined) expect(port).toBe(a.inside.port);
            } else expect(port).toBe(must);
            slow.sent.push({ inside: a.inside, to: a.outside, port, at: now });
          } else {
            const port = slow.sent[a.pick % Math.max(1, slow.sent.length)]?.port ?? 7_777;
            expect(nat.inbound(a.outside, port, instant(now))).toEqual(slow.passes(a.outside, port, now));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('forgets a mapping when its time is over, and later by packets from outside where they refresh', () => {
    const [host, server] = [at(0xc0a80101, 41_641), at(0x08080808, 3_478)];
    for (const inboundRefresh of [false, true]) {
      const nat = new Nat({ ...EASY_NAT, expiryMs: 100, inboundRefresh }, OUTSIDE, createSeededRng(1));
      const { port } = nat.outbound(host, server, instant(0))!;
      expect(nat.inbound(server, port, instant(90))).toEqual(host);
      expect(nat.inbound(server, port, instant(180))).toEqual(inboundRefresh ? host : 'no mapping');
      expect(nat.inbound(server, port, instant(400))).toBe('no mapping');
    }
  });

  it('drops what needs a mapping more than it has room for, and has room again when old ones are over', () => {
    const nat = new Nat({ ...HARD_NAT, capacity: 3, expiryMs: 100 }, OUTSIDE, createSeededRng(1));
    const host = at(0xc0a80101, 41_641);
    const out = (to: number, now: number): IpEndpoint | undefined => nat.outbound(host, at(0x08080800 + to, 1), instant(now));
    expect([out(1, 0), out(2, 50), out(3, 50), out(4, 60)].map((e) => e !== undefined)).toEqual([true, true, true, false]);
    expect(out(4, 101)).toBeDefined();
    expect(nat.size).toBe(3);
  });

  it('forgets all in a reboot, and may have another address after it', () => {
    const [host, server] = [at(0xc0a80101, 41_641), at(0x08080808, 3_478)];
    const nat = new Nat(EASY_NAT, OUTSIDE, createSeededRng(1));
    const { port } = nat.outbound(host, server, instant(0))!;
    nat.reboot(ipv4(0xc6336402));
    expect(nat.inbound(server, port, instant(1))).toBe('no mapping');
    expect(nat.outbound(host, server, instant(1))?.address).toEqual(ipv4(0xc6336402));
  });

  it('lets anyone in at a port that a host asked for, until its lifetime is over', () => {
    const host = at(0xc0a80101, 41_641);
    const nat = new Nat(HARD_NAT, OUTSIDE, createSeededRng(1));
    expect(nat.mapPort(host, 41_641, 1_000, instant(0))).toEqual({ address: OUTSIDE, port: 41_641 });
    expect(nat.inbound(at(0x01020304, 9), 41_641, instant(1_000))).toEqual(host);
    expect(nat.mapPort(host, 41_641, 1_000, instant(900))?.port).toBe(41_641);
    expect(nat.inbound(at(0x01020304, 9), 41_641, instant(1_900))).toEqual(host);
    expect(nat.inbound(at(0x01020304, 9), 41_641, instant(1_901))).toBe('no mapping');
  });

  it('answers a guest of such a port by that port, and calls others by another', () => {
    const host = at(0xc0a80101, 41_641);
    const guest = at(0x01020304, 9);
    const nat = new Nat(HARD_NAT, OUTSIDE, createSeededRng(1));
    nat.mapPort(host, 41_641, 60_000, instant(0));
    expect(nat.outbound(host, guest, instant(1))?.port).not.toBe(41_641);
    expect(nat.inbound(guest, 41_641, instant(2))).toEqual(host);
    expect(nat.outbound(host, guest, instant(3))?.port).toBe(41_641);
    expect(nat.outbound(host, at(0x01020304, 10), instant(4))?.port).not.toBe(41_641);
    nat.reboot();
    expect(nat.outbound(host, guest, instant(5))?.port).not.toBe(41_641);
  });
});
