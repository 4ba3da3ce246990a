/** The port mapping machine at a router that keeps to the documents, and where there is none. */
import { describe, expect, it } from 'vitest';
import { formatEndpoint, parseIp } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { GATEWAY, OUTSIDE, OWN_PORT, PortMapBench } from '../../tests/kit/port-map-bench.ts';
import { instant, minutes, seconds } from '../time/instant.ts';
import { decodeNatPmpRequest } from '../wire/nat-pmp.ts';
import { decodePcpRequest } from '../wire/pcp.ts';

const BOTH = { pcp: true, natPmp: true };
const PCP = { pcp: true, natPmp: false };
const NAT_PMP = { pcp: false, natPmp: true };
const HERE = `203.0.113.5:${OWN_PORT}`;
const hours = (n: number): number => minutes(60 * n);

/** What was asked, in one word each. */
const asked = ({ sent }: PortMapBench): string[] =>
  sent.map(({ bytes }) => {
    const pcp = decodePcpRequest(bytes);
    if (!isReject(pcp)) return pcp.kind === 'announce' ? 'pcp' : pcp.lifetimeS === 0 ? 'pcp delete' : 'pcp map';
    const natPmp = decodeNatPmpRequest(bytes);
    if (isReject(natPmp)) return natPmp.refused;
    return natPmp.kind === 'address' ? 'pmp' : natPmp.lifetimeS === 0 ? 'pmp delete' : 'pmp map';
  });

describe('at a router', () => {
  it('asks by both protocols at once and takes PCP where both answer', () => {
    const { bench, nat } = PortMapBench.at(BOTH);
    expect(asked(bench)).toEqual(['pcp', 'pmp']);
    expect(bench.sent.map(({ to }) => formatEndpoint(to))).toEqual(['192.168.1.1:5351', '192.168.1.1:5351']);
    bench.run(100);
    expect(asked(bench)).toEqual(['pcp', 'pmp', 'pcp map']);
    expect(bench.machine.report()).toMatchObject({ kind: 'mapped', protocol: 'PCP', expiresAt: bench.now - 96 + 7_200_000 });
    expect(bench.mappings).toEqual([{ to: HERE, because: 'given' }]);
    expect(nat.inbound({ address: parseIp('198.51.100.9')!, port: 9 }, OWN_PORT, bench.now)).toEqual({ address: GATEWAY.own, port: OWN_PORT });
  });

  it('takes NAT-PMP where that is all, without waiting when the router says so', () => {
    const { bench } = PortMapBench.at(NAT_PMP);
    bench.run(100);
    expect(asked(bench)).toEqual(['pcp', 'pmp', 'pmp map']);
    expect(bench.machine.report()).toMatchObject({ kind: 'mapped', protocol: 'NAT-PMP' });
    expect(bench.external).toBe(HERE);
  });

  it('waits a quarter of a second for PCP before it takes NAT-PMP of a router that is silent on PCP', () => {
    const { bench, server } = PortMapBench.at(undefined);
    bench.router = (bytes) => (bytes[0] === 0 ? [server.answer({ address: GATEWAY.own, port: 1 }, bytes, bench.now) ?? new Uint8Array()] : []);
    Object.assign(server.shape, { natPmp: true });
    bench.run(seconds(1));
    expect(asked(bench).filter((what) => what !== 'pcp')).toEqual(['pmp', 'pmp', 'pmp map']);
    expect(bench.external).toBe(HERE);
  });

  it.each([['PCP', PCP, 'pcp map'], ['NAT-PMP', NAT_PMP, 'pmp map']] as const)('renews by %s at half of the lifetime, and wakes for nothing else', (_, shape, question) => {
    const { bench } = PortMapBench.at(shape);
    bench.run(seconds(10));
    const [before, wakeUps] = [bench.sent.length, bench.wakeUps];
    bench.run(minutes(59));
    expect([bench.sent.length, bench.wakeUps]).toEqual([before, wakeUps]);
    bench.run(minutes(17));
    expect(asked(bench).slice(before)).toContain(question);
    expect(bench.wakeUps).toBe(wakeUps + 1);
    bench.run(hours(24));
    expect(bench.wakeUps - wakeUps).toBeLessThanOrEqual(25);
    expect(bench.mappings).toEqual([{ to: HERE, because: 'given' }]);
  });

  it('comes back to a port with the nonce that it was given with, whatever came between', () => {
    const { bench } = PortMapBench.at({ pcp: true, natPmp: false });
    bench.give({ kind: 'port', port: 40_000 });
    bench.run(300);
    bench.give({ kind: 'network', now: 'changed' });
    bench.give({ kind: 'port', port: 40_001 });
    bench.give({ kind: 'port', port: 40_000 });
    bench.run(10_000);
    expect(bench.external).toBe('203.0.113.5:40000');
  });

  it('keeps its nonce for as long as gateway, address and port are the same', () => {
    const { bench } = PortMapBench.at(PCP);
    bench.run(hours(3));
    bench.give({ kind: 'network', now: 'changed' });
    bench.run(100);
    const nonces = bench.sent.flatMap(({ bytes }) => {
      const request = decodePcpRequest(bytes);
      return !isReject(request) && request.kind === 'map' ? [String(request.mapping.nonce)] : [];
    });
    expect(nonces.length).toBeGreaterThan(3);
    expect(new Set(nonces).size).toBe(1);
    expect(bench.external).toBe(HERE);
  });

  it.each([['PCP', PCP], ['NAT-PMP', NAT_PMP]] as const)('maps again at once when %s tells that the router restarted', (_, shape) => {
    const { bench, server, nat } = PortMapBench.at(shape);
    bench.run(minutes(10));
    nat.reboot();
    server.rebooted(bench.now);
    bench.run(minutes(5));
    expect(bench.mappings.length, 'nothing here wakes up for it').toBe(1);
    bench.give({ kind: 'check', asked: false });
    bench.run(20);
    expect(bench.mappings.at(-1)).toEqual({ to: HERE, because: 'restarted' });
    expect(server.answered.mapping).toBe(2);
    expect(nat.inbound({ address: OUTSIDE, port: 9 }, OWN_PORT, bench.now)).toEqual({ address: GATEWAY.own, port: OWN_PORT });
  });

  it('does not map again when a check finds the router as it was', () => {
    const { bench, server } = PortMapBench.at(BOTH);
    for (let i = 0; i < 50; i++) {
      bench.run(seconds(24));
      bench.give({ kind: 'check', asked: false });
    }
    bench.run(seconds(1));
    expect(server.answered).toMatchObject({ mapping: 1, deletion: 0 });
    expect(bench.mappings.length).toBe(1);
  });

  it('asks for the epoch at most every few seconds, however often it is told to check', () => {
    const { bench } = PortMapBench.at(BOTH);
    bench.run(seconds(1));
    const before = bench.sent.length;
    for (let i = 0; i < 1_000; i++) {
      bench.give({ kind: 'check', asked: i % 2 === 0 });
      bench.run(10);
    }
    expect(bench.sent.length - before).toBeLessThanOrEqual(3);
  });

  it('asks on for a mapping that a silent router may have lost, gives it up when its lifetime is over, and begins anew', () => {
    const { bench, server } = PortMapBench.at(PCP);
    bench.run(seconds(1));
    const router = bench.router;
    bench.router = () => [];
    bench.run(hours(2));
    expect(bench.mappings).toEqual([{ to: HERE, because: 'given' }, { to: undefined, because: 'expired' }]);
    expect(bench.sent.length, 'few questions in two hours').toBeLessThan(80);
    bench.run(seconds(10));
    expect(bench.machine.report()).toEqual({ kind: 'absent' });
    bench.router = router;
    server.rebooted(bench.now);
    bench.run(minutes(11));
    bench.give({ kind: 'check', asked: false });
    bench.run(seconds(1));
    expect(bench.mappings.at(-1)).toEqual({ to: HERE, because: 'given' });
  });

  it('follows the outside address', () => {
    const { bench, nat } = PortMapBench.at(NAT_PMP);
    bench.run(minutes(10));
    nat.external = parseIp('198.51.100.77')!;
    bench.give({ kind: 'check', asked: false });
    bench.run(20);
    expect(bench.mappings.at(-1)).toEqual({ to: `198.51.100.77:${OWN_PORT}`, because: 'moved' });
  });

  it('takes another port than it asked for, and asks for that one from then on', () => {
    const { bench, nat } = PortMapBench.at(PCP);
    nat.mapPort({ address: parseIp('192.168.1.9')!, port: 1 }, OWN_PORT, hours(1), bench.now);
    bench.run(hours(3));
    expect(bench.mappings.length).toBe(1);
    expect(bench.external).not.toBe(HERE);
    expect(bench.external).toMatch(/^203\.0\.113\.5:/);
  });

  it.each([['PCP', PCP, 'pcp delete'], ['NAT-PMP', NAT_PMP, 'pmp delete']] as const)('deletes what %s gave when it is not wanted any more, then closes', (_, shape, deletion) => {
    const { bench, nat } = PortMapBench.at(shape);
    bench.run(seconds(1));
    bench.give({ kind: 'wanted', on: false });
    expect(asked(bench).at(-1)).toBe(deletion);
    expect(bench.mappings.at(-1)).toEqual({ to: undefined, because: 'left' });
    expect(bench.closed).toBe(1);
    expect(nat.inbound({ address: OUTSIDE, port: 9 }, OWN_PORT, bench.now)).toBe('no mapping');
    expect(bench.machine.nextDeadline()).toBeUndefined();
  });

  it('deletes the mapping of a port that is not ours any more and asks for the new one', () => {
    const { bench, nat } = PortMapBench.at(PCP);
    bench.run(seconds(1));
    bench.give({ kind: 'port', port: 5_000 });
    bench.run(100);
    expect(bench.external).toBe('203.0.113.5:5000');
    expect(nat.inbound({ address: OUTSIDE, port: 9 }, OWN_PORT, bench.now)).toBe('no mapping');
  });

  it('asks after sleep whether the router is the same one still', () => {
    const { bench, server, nat } = PortMapBench.at(PCP);
    bench.run(seconds(1));
    bench.now = instant(bench.now + minutes(50));
    nat.reboot();
    server.rebooted(bench.now);
    bench.give({ kind: 'slept', forMs: minutes(50) });
    bench.run(20);
    expect(bench.mappings.at(-1)).toEqual({ to: HERE, because: 'restarted' });
    bench.now = instant(bench.now + hours(9));
    bench.give({ kind: 'slept', forMs: hours(9) });
    bench.run(20);
    expect(bench.mappings.slice(-2)).toEqual([{ to: undefined, because: 'left' }, { to: HERE, because: 'given' }]);
  });

  it('tries NAT-PMP where another holds our port by PCP, such as ourselves before a crash', () => {
    const { bench } = PortMapBench.at(BOTH);
    bench.run(seconds(1));
    const crashed = bench.router;
    const again = new PortMapBench(2);
    again.now = bench.now;
    again.router = crashed;
    again.begin();
    again.run(100);
    expect(asked(again)).toEqual(['pcp', 'pmp', 'pcp map', 'pmp map']);
    expect(again.machine.report()).toMatchObject({ kind: 'mapped', protocol: 'NAT-PMP' });
  });
});

describe('where nobody answers', () => {
  it('asks four times in four seconds, then never wakes up again', () => {
    const { bench } = PortMapBench.at(undefined);
    bench.run(hours(24));
    expect(asked(bench)).toEqual(['pcp', 'pmp', 'pcp', 'pmp', 'pcp', 'pmp', 'pcp', 'pmp']);
    expect(bench.sent.at(-1)!.at - bench.sent[0]!.at).toBe(1_750);
    expect(bench.machine.report()).toEqual({ kind: 'absent' });
    expect(bench.machine.nextDeadline()).toBeUndefined();
  });

  it('asks again with a check of the network each ten minutes, and for a person sooner', () => {
    const { bench } = PortMapBench.at(undefined);
    for (let i = 0; i < 60 * 6; i++) {
      bench.run(seconds(10));
      bench.give({ kind: 'check', asked: false });
    }
    expect(bench.sent.length).toBeLessThanOrEqual(8 * 7);
    const before = bench.sent.length;
    bench.run(minutes(1));
    bench.give({ kind: 'check', asked: true });
    expect(bench.sent.length).toBe(before + 2);
  });

  it('asks nothing without a gateway, without a network, without a port, or unwanted', () => {
    for (const missing of ['gateway', 'network', 'port', 'wanted'] as const) {
      const bench = new PortMapBench();
      if (missing !== 'port') bench.give({ kind: 'port', port: OWN_PORT });
      if (missing !== 'wanted') bench.give({ kind: 'wanted', on: true });
      if (missing === 'network') bench.give({ kind: 'network', now: 'down' });
      if (missing !== 'gateway') bench.give({ kind: 'gateway', gateway: GATEWAY });
      bench.give({ kind: 'check', asked: true });
      bench.give({ kind: 'slept', forMs: 1 });
      bench.run(hours(1));
      expect(bench.sent, missing).toEqual([]);
      expect(bench.machine.report()).toEqual({ kind: 'unknown' });
    }
  });

  it('stops in the middle when the network goes', () => {
    const { bench } = PortMapBench.at(undefined);
    bench.give({ kind: 'network', now: 'down' });
    bench.run(hours(1));
    expect(bench.sent.length).toBe(2);
    expect(bench.closed).toBe(1);
  });
});

describe('in another network', () => {
  it('begins anew with each network and gateway, and takes back what the old one gave', () => {
    const { bench } = PortMapBench.at(BOTH);
    bench.run(seconds(1));
    const first = bench.lastSocket;
    bench.router = () => [];
    bench.give({ kind: 'gateway', gateway: { address: parseIp('10.0.0.1')!, own: parseIp('10.0.0.2')! } });
    expect(bench.mappings.at(-1)).toEqual({ to: undefined, because: 'left' });
    expect(bench.lastSocket).toBeGreaterThan(first);
    expect(formatEndpoint(bench.sent.at(-1)!.to)).toBe('10.0.0.1:5351');
    bench.give({ kind: 'gateway', gateway: undefined });
    bench.run(hours(1));
    expect(bench.sent.length).toBe(5);
  });

  it('is no storm when networks come and go in one', () => {
    const { bench } = PortMapBench.at(undefined);
    bench.sent.length = 0;
    for (let i = 0; i < 1_000; i++) {
      bench.give({ kind: 'network', now: i % 2 === 0 ? 'changed' : 'down' });
      bench.run(10);
    }
    expect(bench.sent.length).toBeLessThanOrEqual(2 * 4 * 6);
    bench.give({ kind: 'network', now: 'up' });
    bench.run(seconds(10));
    expect(bench.machine.report()).toEqual({ kind: 'absent' });
  });
});
