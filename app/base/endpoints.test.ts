/** The endpoint table against a slow model: what is pinned stays, what is returned is what was interned. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_ENDPOINT, type EndpointId, type PeerId } from './brand.ts';
import { EndpointTable } from './endpoints.ts';
import { ipv4, ipv6, type IpEndpoint } from './ip.ts';

const endpoint: fc.Arbitrary<IpEndpoint> = fc.record({ address: fc.oneof(fc.nat(3).map(ipv4), fc.nat(3).map((n) => ipv6(0, 0, 0, n))), port: fc.integer({ min: 1, max: 3 }) });
const action = fc.record({ kind: fc.constantFrom('intern', 'pin', 'unpin'), endpoint });

describe('EndpointTable', () => {
  it('keeps what is pinned, returns what was interned, and refuses only when every slot is pinned', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const table = new EndpointTable(4);
        const pinned = new Map<EndpointId, { endpoint: IpEndpoint; pins: number }>();
        for (const a of actions) {
          const id = table.internEndpoint(a.endpoint);
          const held = [...pinned].find(([, p]) => p.endpoint.port === a.endpoint.port && JSON.stringify(p.endpoint) === JSON.stringify(a.endpoint));
          if (held !== undefined) expect(id).toBe(held[0]);
          if (id === NO_ENDPOINT) {
            expect(pinned.size).toBe(4);
            continue;
          }
          expect(table.get(id)).toEqual(a.endpoint);
          expect(table.internEndpoint(a.endpoint)).toBe(id);
          if (a.kind === 'pin') {
            table.pin(id);
            pinned.set(id, { endpoint: a.endpoint, pins: (pinned.get(id)?.pins ?? 0) + 1 });
          } else if (a.kind === 'unpin' && pinned.has(id)) {
            table.unpin(id);
            const p = pinned.get(id)!;
            if (--p.pins === 0) pinned.delete(id);
          }
          for (const [pinnedId, p] of pinned) expect(table.get(pinnedId)).toEqual(p.endpoint);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('survives a flood of strangers without losing a pinned peer', () => {
    const table = new EndpointTable(64);
    const peer = table.internEndpoint({ address: ipv4(0x0a000001), port: 51_820 });
    table.pin(peer);
    for (let i = 0; i < 100_000; i++) table.intern(4, 0, 0, 0, Math.imul(i, 0x9e3779b1) >>> 0, 1 + (i % 60_000));
    expect(table.internEndpoint({ address: ipv4(0x0a000001), port: 51_820 })).toBe(peer);
    expect(table.format(peer)).toBe('10.0.0.1:51820');
  });

  it('gives the same object for an endpoint while its slot is not reused', () => {
    const table = new EndpointTable(2);
    const id = table.internEndpoint({ address: ipv4(1), port: 1 });
    expect(table.get(id)).toBe(table.get(id));
  });

  it('has nothing for no endpoint and takes no unpin too many', () => {
    const table = new EndpointTable(2);
    expect(table.get(NO_ENDPOINT)).toBeUndefined();
    table.pin(NO_ENDPOINT);
    table.unpin(NO_ENDPOINT);
    const id = table.internEndpoint({ address: ipv4(1), port: 1 });
    expect(() => table.unpin(id)).toThrow(/more often/);
  });

  it('keeps a way through a relay apart from every address, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.nat(70_000), fc.nat(10_240), endpoint, (region, peer, address) => {
        const table = new EndpointTable(8);
        const relay = table.internRelay(region, peer as PeerId);
        const same = table.intern(6, region, peer, 0, 0, 0);
        const direct = table.internEndpoint(address);
        expect(new Set([relay, same, direct]).size).toBe(3);
        expect(table.internRelay(region, peer as PeerId)).toBe(relay);
        expect([table.isRelay(relay), table.isRelay(direct), table.isRelay(NO_ENDPOINT)]).toEqual([true, false, false]);
        expect([table.relayOf(relay), table.relayOf(direct)]).toEqual([{ region, peer }, undefined]);
        expect([table.get(relay), table.get(direct)]).toEqual([undefined, address]);
        expect([table.via(relay), table.via(direct), table.via(NO_ENDPOINT)]).toEqual([{ kind: 'relay', region }, { kind: 'direct', endpoint: address }, undefined]);
      }),
    );
  });

  it('lets a relay way be driven out by strangers, and not when it is pinned', () => {
    const table = new EndpointTable(8);
    const [kept, lost] = [table.internRelay(1, 1 as PeerId), table.internRelay(1, 2 as PeerId)];
    table.pin(kept);
    for (let i = 0; i < 100; i++) table.intern(4, 0, 0, 0, i, 1);
    expect([table.isRelay(kept), table.isRelay(lost)]).toEqual([true, false]);
    expect(table.internRelay(1, 1 as PeerId)).toBe(kept);
  });
});
