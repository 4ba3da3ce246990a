/** A node's port at the router, with a double of the machine: who is told of it, and when it is asked for. */
import { describe, expect, it } from 'vitest';
import { parseEndpoint, parseIp } from '../../base/ip.ts';
import { ENDPOINT_TYPE } from '../../control/types.ts';
import { report } from '../../../tests/kit/fake-mesh.ts';
import { region, TestTailnet } from '../../../tests/kit/test-tailnet.ts';
import type { PortMapOutput } from '../../portmap/types.ts';

const external = parseEndpoint('203.0.113.5:41641')!;
const gateway = { address: parseIp('192.168.1.1')!, own: parseIp('192.168.1.7')! };
const given: PortMapOutput = { kind: 'mapping', external, protocol: 'PCP', because: 'given' };

function say(test: TestTailnet, ...outputs: PortMapOutput[]): void {
  test.portMap.outputs.push(...outputs);
  test.input({ kind: 'gateway', gateway });
}

const kinds = (test: TestTailnet): string[] => test.portMap.inputs.map((input) => (input.kind === 'wanted' ? `wanted ${input.on}` : input.kind === 'check' ? `check ${input.asked}` : input.kind));
const lastOf = <T extends { readonly kind: string }, K extends T['kind']>(inputs: readonly T[], kind: K): Extract<T, { readonly kind: K }> | undefined => inputs.findLast((input): input is Extract<T, { readonly kind: K }> => input.kind === kind);

describe('a port that the router gives', () => {
  it('is told to the server and to peers as the first of our endpoints, and taken back when it is lost', () => {
    const test = TestTailnet.joined(1);
    say(test, given);
    expect(lastOf(test.control.inputs, 'endpoints')?.endpoints[0]).toEqual({ endpoint: external, type: ENDPOINT_TYPE.portMapped });
    expect(lastOf(test.paths.inputs, 'own-endpoints')?.endpoints[0]).toEqual(external);
    expect(lastOf(test.paths.inputs, 'surroundings')?.surroundings.portMapped).toBe(true);
    say(test, { kind: 'mapping', external: undefined, protocol: 'PCP', because: 'expired' });
    expect(lastOf(test.control.inputs, 'endpoints')?.endpoints).toEqual([]);
    expect(lastOf(test.paths.inputs, 'own-endpoints')?.endpoints).toEqual([]);
  });

  it('is told in NetInfo by its protocol', () => {
    const test = TestTailnet.joined(1);
    test.portMap.current = { kind: 'mapped', protocol: 'NAT-PMP', external, expiresAt: test.now };
    say(test, given);
    expect(lastOf(test.control.inputs, 'net-facts')?.net).toMatchObject({ portMapped: true, pmp: true });
    test.portMap.current = { kind: 'absent' };
    say(test, { kind: 'mapping', external: undefined, protocol: 'PCP', because: 'refused' });
    expect(lastOf(test.control.inputs, 'net-facts')?.net).toMatchObject({ portMapped: false, pmp: false, pcp: false });
  });

  it('is remembered in the history when it is won, lost or mapped again, and not when we leave', () => {
    const test = TestTailnet.joined(1);
    const entries = (): unknown[] => test.node.view(test.now).history.filter(({ cause }) => cause.key === 'history.cause.port-mapping').map(({ cause, result }) => [cause, result]);
    say(test, given, { ...given, because: 'restarted' }, { kind: 'mapping', external: undefined, protocol: 'PCP', because: 'expired' }, given, { kind: 'mapping', external: undefined, protocol: 'PCP', because: 'left' });
    const open = { key: 'history.result.port-open', endpoint: '203.0.113.5:41641' };
    expect(entries()).toEqual([
      [{ key: 'history.cause.port-mapping', protocol: 'PCP', because: 'given' }, open],
      [{ key: 'history.cause.port-mapping', protocol: 'PCP', because: 'restarted' }, open],
      [{ key: 'history.cause.port-mapping', protocol: 'PCP', because: 'expired' }, { key: 'history.result.port-closed', endpoint: '203.0.113.5:41641' }],
      [{ key: 'history.cause.port-mapping', protocol: 'PCP', because: 'given' }, open],
    ]);
  });

  it('is wanted while there is a tailnet that peers could call, and given back before its end', () => {
    const test = new TestTailnet();
    test.start();
    expect(kinds(test)).toEqual([]);
    test.live();
    test.map({ self: true, peersPut: 'all', filter: true });
    expect(kinds(test)).toContain('wanted true');
    const { portMap } = test;
    portMap.outputs.push({ kind: 'link', command: { kind: 'close' } });
    test.effects = [];
    test.input({ kind: 'stop' });
    expect(portMap.inputs.at(-1)).toEqual({ kind: 'wanted', on: false });
    expect(test.effects).toContainEqual({ kind: 'gateway-link', command: { kind: 'close' } });
  });

  it('follows the socket, the network and sleep', () => {
    const test = TestTailnet.joined(1);
    test.portMap.inputs.length = 0;
    test.tell({ kind: 'underlay', state: { kind: 'bound', port: 41_641 } });
    test.input({ kind: 'network', state: 'changed' });
    test.input({ kind: 'slept', forMs: 5, wall: 0 as never });
    test.input({ kind: 'gateway', gateway: undefined });
    test.input({ kind: 'gateway-datagram', datagram: { socket: 3, from: external, bytes: new Uint8Array(2) } });
    expect(kinds(test)).toEqual(['port', 'network', 'slept', 'gateway', 'datagram']);
  });
});

describe('a check of the network', () => {
  it('asks the router too, and is answered when both are done', () => {
    const test = TestTailnet.joined(1);
    test.relayMap = { ...test.relayMap, regions: new Map([[900, region(900)]]) };
    test.map({ relays: true });
    test.portMap.settled = false;
    test.effects = [];
    test.input({ kind: 'netcheck', request: 4 });
    expect(kinds(test).at(-1)).toBe('check true');
    test.netcheck.last = report();
    test.netcheck.outputs.push({ kind: 'report', report: report() });
    test.input({ kind: 'families', ipv4: true, ipv6: false });
    expect(kinds(test).at(-1)).toBe('check false');
    expect(test.effects).not.toContainEqual({ kind: 'netchecked', request: 4 });
    test.portMap.settled = true;
    test.input({ kind: 'gateway', gateway });
    expect(test.effects).toContainEqual({ kind: 'netchecked', request: 4 });
  });

  it('shows what the router does', () => {
    const test = TestTailnet.joined(1);
    test.netcheck.last = report();
    const shown = (): unknown => test.node.view(test.now).netcheck?.portMapping;
    expect(shown()).toBeNull();
    test.portMap.current = { kind: 'behind-another-nat', protocol: 'PCP', external: parseEndpoint('10.0.0.2:5')! };
    expect(shown()).toEqual({ key: 'port-mapping.another-nat', protocol: 'PCP', endpoint: '10.0.0.2:5' });
    test.portMap.current = { kind: 'refused', protocol: 'NAT-PMP', why: 'no-room' };
    expect(shown()).toEqual({ key: 'port-mapping.refused', protocol: 'NAT-PMP', why: 'no-room' });
  });

  it('is asked of the router when a way is lost', () => {
    const test = TestTailnet.joined(1);
    test.portMap.inputs.length = 0;
    test.paths.outputs.push({ kind: 'moved', peer: 0 as never, from: { kind: 'direct', endpoint: external }, to: { kind: 'relay', region: 900 }, because: 'no-pong' });
    test.input({ kind: 'families', ipv4: true, ipv6: false });
    expect(kinds(test)).toEqual(['check false']);
  });
});
