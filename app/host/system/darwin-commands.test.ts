/** What is said to macOS's programs, word by word, and what is made of any answer. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIp, parsePrefix } from '../../base/ip.ts';
import { addressCommand, complaintOf, mtuCommand, readBoot, readDns, readProgram, readWay, removeDnsCommand, routeCommand, serviceKey, setDnsCommand, showDnsCommand, upCommand, wayCommand } from './darwin-commands.ts';
import { byUs, createDarwinPrograms } from './darwin-programs.ts';

const four = { address: parseIp('10.7.0.1')!, bits: 24 };
const six = { address: parseIp('fd07::1')!, bits: 64 };

describe('commands', () => {
  it('are argument vectors, as ifconfig(8) and route(8) want them', () => {
    expect(
      [mtuCommand('utun4', 1_420), upCommand('utun4'), addressCommand('utun4', four, 'add'), addressCommand('utun4', six, 'add'), addressCommand('utun4', four, 'remove'), addressCommand('utun4', six, 'remove')].map(({ program, args }) => [program, ...args].join(' ')),
    ).toEqual(['ifconfig utun4 mtu 1420', 'ifconfig utun4 up', 'ifconfig utun4 inet 10.7.0.1/24 10.7.0.1 alias', 'ifconfig utun4 inet6 fd07::1/64 alias', 'ifconfig utun4 inet 10.7.0.1 -alias', 'ifconfig utun4 inet6 fd07::1 -alias']);
    expect([routeCommand('utun4', parsePrefix('128.0.0.0/1')!, 'add'), routeCommand('utun4', parsePrefix('8000::/1')!, 'change'), routeCommand('utun4', parsePrefix('10.0.0.0/8')!, 'delete'), wayCommand(six.address)].map(({ args }) => args)).toEqual([
      ['-n', 'add', '-inet', '128.0.0.0/1', '-interface', 'utun4'],
      ['-n', 'change', '-inet6', '8000::/1', '-interface', 'utun4'],
      ['-n', 'delete', '-inet', '10.0.0.0/8', '-interface', 'utun4'],
      ['-n', 'get', '-inet6', 'fd07::1'],
    ]);
  });

  it('for names go to standard input, in a service of our own', () => {
    expect(setDnsCommand('bowline-utun4', { servers: ['10.7.0.2', 'fd07::2'], search: ['home.example'], match: [''] })).toEqual({
      program: 'scutil',
      args: [],
      input: 'open\nd.init\nd.add ServerAddresses * 10.7.0.2 fd07::2\nd.add SearchDomains * home.example\nd.add SupplementalMatchDomains * ""\nset State:/Network/Service/bowline-utun4/DNS\nquit\n',
    });
    expect([removeDnsCommand('bowline-utun4').input, showDnsCommand('bowline-utun4').input]).toEqual(['open\nremove State:/Network/Service/bowline-utun4/DNS\nquit\n', 'open\nshow State:/Network/Service/bowline-utun4/DNS\nquit\n']);
  });

  it('take no domain and no service that would be a command of its own', () => {
    for (const domain of ['a b', 'a\nremove State:/Network/Global/DNS', '"x"', '*', 'a\tb']) {
      expect(() => setDnsCommand('bowline-utun4', { servers: [], search: [domain], match: [] })).toThrow('is no domain');
      expect(() => setDnsCommand('bowline-utun4', { servers: [], search: [], match: [domain] })).toThrow('is no domain');
    }
    expect(() => setDnsCommand('bowline-utun4', { servers: ['10.0.0.1\nquit'], search: [], match: [] })).toThrow('is no address');
    for (const service of ['8F1D', 'bowline-utun4/DNS\nremove x', 'bowline-']) expect(() => serviceKey(service)).toThrow('is no name');
  });
});

describe('answers', () => {
  it('of `route -n get` name the device', () => {
    expect(readWay('   route to: 192.88.99.1\ndestination: 128.0.0.0\n       mask: 128.0.0.0\n  interface: utun4\n      flags: <UP,DONE,CLONING,STATIC>\n recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire\n       0         0         0         0         0         0      1420         0 \n')).toBe('utun4');
    expect(readWay('route: writing to routing socket: not in table\n')).toBeUndefined();
    expect(readWay('  interface: utun4 $(reboot)\n')).toBeUndefined();
  });

  it('of scutil are lists; no such key is none', () => {
    const shown = '<dictionary> {\n  InterfaceName : utun4\n  SearchDomains : <array> {\n    0 : home.example\n    1 : b.example\n  }\n  ServerAddresses : <array> {\n    0 : 10.7.0.2\n  }\n  SupplementalMatchDomains : <array> {\n    0 : \n  }\n}\n';
    expect(readDns(shown)).toEqual({ servers: ['10.7.0.2'], search: ['home.example', 'b.example'], match: [''] });
    expect(readDns('  No such key\n')).toBeUndefined();
  });

  it('with a complaint are failures, also when the status says 0', () => {
    const of = (stderr: string, status: number | null = 0) => complaintOf({ status, stdout: '', stderr });
    expect(of('')).toBeUndefined();
    expect(of('route: writing to routing socket: File exists\n')).toBe('EEXIST');
    expect(of('route: writing to routing socket: not in table\n')).toBe('ESRCH');
    expect(of("ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address\n", 1)).toBe('EADDRNOTAVAIL');
    expect(of('ifconfig: interface utun9 does not exist\n', 1)).toBe('ENXIO');
    expect(of('route: must be root to alter routing table\n', 77)).toBe('EPERM');
    expect(of('route: something new\n')).toBe('FAILED');
    expect(of('', null)).toBe('FAILED');
  });

  it('name a boot and a program', () => {
    expect(readBoot('5F7B3D1A-90F0-4E4B-8E1B-2E5A7C9D1F00\n')).toBe('5F7B3D1A-90F0-4E4B-8E1B-2E5A7C9D1F00');
    expect(readBoot('sysctl: unknown oid\n')).toBeUndefined();
    expect(readProgram('/Applications/Other VPN.app/Contents/MacOS/othervpnd\n')).toBe('othervpnd');
    expect(readProgram('\n')).toBeUndefined();
  });

  it('may be any text at all', () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom('<dictionary> {', '  ServerAddresses : <array> {', '    0 : x', '  }', '}', '  interface: utun4')), { maxLength: 12 });
    fc.assert(
      fc.property(lines, fc.option(fc.integer()), (parts, status) => {
        const text = parts.join('\n');
        for (const value of [readWay(text), readBoot(text), readProgram(text), complaintOf({ status, stdout: text, stderr: text })]) expect(['string', 'undefined']).toContain(typeof value);
        const dns = readDns(text);
        for (const list of dns === undefined ? [] : [dns.servers, dns.search, dns.match]) expect(list.every((word) => typeof word === 'string')).toBe(true);
      }),
    );
  });
});

describe('programs', () => {
  const done = (pid: number, error?: Error) => ({ pid, status: error === undefined ? 0 : null, signal: null, output: [], stdout: '', stderr: '', ...(error === undefined ? {} : { error }) });

  it('of ours are known by their numbers for a while, so that what they write is ours', () => {
    let pid = 100;
    const programs = createDarwinPrograms(() => done(pid++));
    for (let i = 0; i < 65; i++) programs.run(upCommand('utun4'));
    expect([100, 101, 164, 165].map((each) => programs.isOurs(each))).toEqual([false, true, true, false]);
    const event = { kind: 'route', action: 'added', route: undefined } as const;
    expect(byUs({ ...event, by: 164 }, programs, 7)).toEqual({ ...event, by: 7 });
    expect(byUs({ ...event, by: 612 }, programs, 7)).toEqual({ ...event, by: 612 });
  });

  it('that cannot be started complain', () => {
    const programs = createDarwinPrograms(() => done(0, new Error('spawnSync /sbin/route ENOENT')));
    expect(complaintOf(programs.run(upCommand('utun4')))).toBe('FAILED');
  });
});
