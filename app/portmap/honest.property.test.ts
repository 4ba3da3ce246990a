/**
 * Whatever happens to router, network and this computer: soon after the router answers again, what peers are told is what its table
 * has. The model is the table itself. Soon is a renewal: a router that restarts twice in seconds does not tell so by its epoch.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseIp } from '../base/ip.ts';
import { GATEWAY, PortMapBench } from '../../tests/kit/port-map-bench.ts';
import { instant, minutes, seconds } from '../time/instant.ts';

const STRANGER = { address: parseIp('198.51.100.9')!, port: 9 };
const SHAPES = [{ pcp: true, natPmp: true }, { pcp: true, natPmp: false }, { pcp: false, natPmp: true }] as const;
const ADDRESSES = ['203.0.113.5', '198.51.100.77', '203.0.113.6'].map((text) => parseIp(text)!);

const event = fc.oneof(
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 20, 300, 4_000, 70_000, 3_000_000, 8_000_000) }),
  fc.record({ kind: fc.constant('reboot' as const), address: fc.nat(2) }),
  fc.record({ kind: fc.constant('renumber' as const), address: fc.nat(2) }),
  fc.record({ kind: fc.constant('silent' as const), on: fc.boolean() }),
  fc.record({ kind: fc.constant('sleep' as const), ms: fc.constantFrom(1_000, 600_000, 9_000_000) }),
  fc.record({ kind: fc.constant('port' as const), port: fc.integer({ min: 40_000, max: 40_003 }) }),
  fc.constantFrom({ kind: 'check' } as const, { kind: 'network' } as const, { kind: 'restart' } as const),
);

it('what peers are told is what the router has, after a renewal at the latest', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SHAPES), fc.array(event, { maxLength: 25 }), (shape, events) => {
      const { bench, nat, server } = PortMapBench.at(shape);
      const answers = bench.router;
      for (const one of events) {
        switch (one.kind) {
          case 'wait':
            bench.run(one.ms);
            break;
          case 'reboot':
            nat.reboot(ADDRESSES[one.address]!);
            server.rebooted(bench.now);
            break;
          case 'renumber':
            nat.external = ADDRESSES[one.address]!;
            break;
          case 'silent':
            bench.router = one.on ? () => [] : answers;
            break;
          case 'sleep':
            bench.now = instant(bench.now + one.ms);
            bench.give({ kind: 'slept', forMs: one.ms });
            break;
          case 'port':
            bench.give({ kind: 'port', port: one.port });
            break;
          case 'check':
            bench.give({ kind: 'check', asked: false });
            break;
          case 'network':
            bench.give({ kind: 'network', now: 'changed' });
            break;
          case 'restart':
            bench.give({ kind: 'wanted', on: false });
            bench.give({ kind: 'wanted', on: true });
            break;
          default:
            one satisfies never;
        }
      }
      bench.router = answers;
      for (const wait of [minutes(31), minutes(46), seconds(30)]) {
        bench.give({ kind: 'check', asked: true });
        bench.run(wait);
      }
      const { external } = bench.machine;
      expect(external?.address).toEqual(nat.external);
      expect(nat.inbound(STRANGER, external!.port, bench.now)).toMatchObject({ address: GATEWAY.own });
    }),
    { numRuns: 400 },
  );
});
