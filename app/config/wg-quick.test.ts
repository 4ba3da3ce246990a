import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEndpoint, formatIp, formatPrefix, ipv4, ipv6, maskIp, parseIp, type IpAddress } from '../base/ip.ts';
import { toBase64 } from '../keys/keys.ts';
import { nearestName } from './nearest-name.ts';
import { describeError, type WgConfig } from './types.ts';
import { parseWgQuick } from './wg-quick.ts';

const key = (n: number): string => toBase64(new Uint8Array(32).fill(n));
const OWN = `[Interface]\nPrivateKey = ${key(1)}\nAddress = 10.0.0.1/24\n`;
const peer = (n: number, more = ''): string => `[Peer]\nPublicKey = ${key(n)}\n${more}`;

function good(text: string): WgConfig {
  const parsed = parseWgQuick(text, 'wg0.conf');
  expect(parsed.ok ? [] : parsed.errors.map(describeError)).toEqual([]);
  if (!parsed.ok) throw new Error('expected a good file');
  return parsed.value;
}

function errors(text: string): string[] {
  const parsed = parseWgQuick(text, 'wg0.conf');
  return parsed.ok ? [] : parsed.errors.map(describeError);
}

describe('a good file', () => {
  it('is read whole', () => {
    const config = good(
      [
        '\uFEFF# office',
        '[Interface]',
        `PrivateKey = ${key(1)}`,
        'Address = 10.0.0.1/24, fd00::1/64 # both families',
        'Address = 10.9.0.1',
        'ListenPort = 51820',
        'MTU = 1380',
        'DNS = 10.0.0.53, home.example',
        'FwMark = 0xCA6C',
        'Table = 1234',
        'SaveConfig = false',
        '',
        '[Peer] # harbour',
        `PublicKey = ${key(2)}`,
        `PresharedKey = ${key(3)}`,
        'AllowedIPs = 10.0.0.2/32, fd00::2',
        'AllowedIPs = 192.168.7.9/24',
        'Endpoint = vpn.Example.com:51820',
        'PersistentKeepalive = 25',
        '[peer]',
        `publickey=${key(4)}`,
        'ENDPOINT=[2001:db8::1]:1',
        'allowedips=',
        'PersistentKeepalive = off',
      ].join('\r\n'),
    );
    expect(config.interface).toMatchObject({ listenPort: 51_820, mtu: 1_380, fwmark: 0xca6c, table: { kind: 'number', table: 1_234 } });
    expect(config.interface.addresses.map((a) => `${formatIp(a.address)}/${a.bits}`)).toEqual(['10.0.0.1/24', 'fd00::1/64', '10.9.0.1/32']);
    expect(config.interface.dns).toEqual({ servers: [parseIp('10.0.0.53')], searchDomains: ['home.example'] });
    expect(config.interface.privateKey.exposeBase64()).toBe(key(1));
    const [harbour, other] = config.peers;
    expect(harbour).toMatchObject({ name: 'harbour', line: 13, persistentKeepalive: 25, endpoint: { kind: 'name', host: 'vpn.example.com', port: 51_820, line: 18 } });
    expect(harbour!.presharedKey!.exposeBase64()).toBe(key(3));
    expect(harbour!.allowedIps.map(formatPrefix)).toEqual(['10.0.0.2/32', 'fd00::2/128', '192.168.7.0/24']);
    expect(other).toMatchObject({ name: key(4).slice(0, 8), allowedIps: [], persistentKeepalive: 0 });
    expect(other!.endpoint?.kind === 'address' && formatEndpoint(other!.endpoint.endpoint)).toBe('[2001:db8::1]:1');
  });

  it('needs no peer, no port and no MTU', () => {
    expect(good(OWN)).toMatchObject({ peers: [], interface: { listenPort: 0, mtu: undefined, fwmark: 0, table: { kind: 'auto' }, dns: { servers: [], searchDomains: [] } } });
  });

  it('takes off and main for Table, off for FwMark', () => {
    expect(good(`${OWN}Table = off\nFwMark = off`).interface).toMatchObject({ table: { kind: 'off' }, fwmark: 0 });
    expect(good(`${OWN}Table = main`).interface.table).toEqual({ kind: 'number', table: 254 });
  });
});

describe('names of peers', () => {
  const names = (text: string): string[] => good(OWN + text).peers.map((each) => each.name);

  it('come from the comment beside, below or above the [Peer]', () => {
    expect(names(`${peer(2)}\n\n## Client harbour-2\n${peer(3)}[Peer]\n# Name = lantern\nPublicKey = ${key(4)}\n`)).toEqual([key(2).slice(0, 8), 'Client harbour-2', 'lantern']);
    expect(names(`[Peer] # beside\n# below\nPublicKey = ${key(2)}`)).toEqual(['beside']);
  });

  it('are unique whatever the comments say', () => {
    expect(names(`# gate\n${peer(2)}\n# Gate\n${peer(3)}\n# gate 2\n${peer(4)}`)).toEqual(['gate', 'Gate 2', 'gate 2 2']);
  });

  it('are never a commented-out field or a key', () => {
    expect(names(`[Peer]\n# PresharedKey = ${key(9)}\n# Endpoint 192.0.2.1\n# ${key(9)}\nPublicKey = ${key(2)}`)).toEqual([key(2).slice(0, 8)]);
  });

  it('do not come from a comment that an empty line parts from the [Peer]', () => {
    expect(names(`# the peers follow\n\n${peer(2)}`)).toEqual([key(2).slice(0, 8)]);
  });
});

describe('an error', () => {
  it.each([
    ['PrivateKey', `[Interface]\nAddress = 10.0.0.1\nPrivateKey = abc`, 'wg0.conf:3: PrivateKey: found 3 characters that are no key, expected a key: 44 characters of base64, as "wg genkey" and "wg pubkey" print it'],
    ['no PrivateKey', '[Interface]\nAddress = 10.0.0.1', `wg0.conf:1: PrivateKey: found none, expected this computer's private key, as "wg genkey" prints it`],
    ['no Address', `[Interface]\nPrivateKey = ${key(1)}`, `wg0.conf:1: Address: found none, expected this computer's address inside the tunnel, such as 10.0.0.2/24`],
    ['empty Address', `[Interface]\nPrivateKey = ${key(1)}\nAddress =`, 'wg0.conf:3: Address: found nothing, expected an address, with or without a prefix length, such as 10.0.0.2/24 or fd00::2/64'],
    ['Address', `${OWN}Address = 10.0.0.300/24`, 'wg0.conf:4: Address: found "10.0.0.300/24", expected an address, with or without a prefix length, such as 10.0.0.2/24 or fd00::2/64'],
    ['prefix length', `${OWN}Address = 10.0.0.3/33`, 'wg0.conf:4: Address: found "10.0.0.3/33", expected an address, with or without a prefix length, such as 10.0.0.2/24 or fd00::2/64'],
    ['ListenPort', `${OWN}ListenPort = 70000`, 'wg0.conf:4: ListenPort: found "70000", expected a port from 1 to 65535, or 0 for any'],
    ['MTU', `${OWN}MTU = 100`, 'wg0.conf:4: MTU: found "100", expected bytes from 576 to 9000, such as 1420'],
    ['MTU for IPv6', `${OWN}Address = fd00::1\nMTU = 1200`, 'wg0.conf:5: MTU: found 1200, expected at least 1280 where Address holds an IPv6 address (RFC 8200)'],
    ['DNS', `${OWN}DNS = 10.0.0.1.2`, 'wg0.conf:4: DNS: found "10.0.0.1.2", expected the address of a name server, such as 10.0.0.1, or a search domain, such as home.example'],
    ['FwMark', `${OWN}FwMark = 0x1ffffffff`, 'wg0.conf:4: FwMark: found "0x1ffffffff", expected a 32-bit number, such as 51820 or 0xca6c, or off'],
    ['Table', `${OWN}Table = office`, 'wg0.conf:4: Table: found "office", expected auto, off, main, or the number of a routing table'],
    ['PostUp', `${OWN}PostUp = iptables -A FORWARD`, 'wg0.conf:4: PostUp: found a command, expected no command: Bowline runs no shell commands as root out of a file. Remove the line, and run the command yourself before or after "bowline up"'],
    ['SaveConfig', `${OWN}SaveConfig = true`, 'wg0.conf:4: SaveConfig: found "true", expected false, or no such line: Bowline never writes to this file'],
    ['twice', `${OWN}MTU = 1400\nmtu = 1401`, 'wg0.conf:5: MTU: found it again (the first is on line 4), expected one MTU in a [Interface]'],
    ['unknown field', `${OWN}ListenPrt = 1`, 'wg0.conf:4: [Interface]: found the field ListenPrt, expected ListenPort'],
    ['field of the other section', `${OWN}Endpoint = a:1`, 'wg0.conf:4: [Interface]: found the field Endpoint, expected Endpoint in a [Peer] section'],
    ['unknown section', `${OWN}[Peers]`, 'wg0.conf:4: section: found [Peers], expected [Interface] or [Peer]'],
    ['second interface', `${OWN}${OWN}`, 'wg0.conf:4: [Interface]: found a second one (the first is on line 1), expected exactly one'],
    ['no equals sign', `${OWN}hello there`, 'wg0.conf:4: line: found 11 characters without "=", expected a section such as [Peer], or a field such as Address = 10.0.0.2/24'],
    ['no section', `Address = 1\n${OWN}`, 'wg0.conf:1: line: found a field before any section, expected [Interface] or [Peer] first'],
    ['bracket', `${OWN}[Peer`, 'wg0.conf:4: section: found a bracket without its pair, or text behind it, expected [Interface] or [Peer]'],
    ['no PublicKey', `${OWN}[Peer]\nAllowedIPs = 10.0.0.2/32`, "wg0.conf:4: PublicKey: found none, expected the peer's public key"],
    ['AllowedIPs', `${OWN}${peer(2, 'AllowedIPs = 10.0.0.0/8, everything')}`, 'wg0.conf:6: AllowedIPs: found "everything", expected a network or an address, such as 10.0.0.0/24, fd00::/64 or 0.0.0.0/0'],
    ['Endpoint without a port', `${OWN}${peer(2, 'Endpoint = vpn.example.com')}`, 'wg0.conf:6: Endpoint: found "vpn.example.com", expected an address or a name, and a port: 192.0.2.1:51820, [2001:db8::1]:51820 or vpn.example.com:51820'],
    ['PersistentKeepalive', `${OWN}${peer(2, 'PersistentKeepalive = 65536')}`, 'wg0.conf:6: PersistentKeepalive: found "65536", expected seconds from 0 to 65535, such as 25, or off'],
    ['same key', `${OWN}${peer(2)}${peer(2)}`, 'wg0.conf:6: PublicKey: found the key of the peer on line 4 again, expected one [Peer] for each key'],
    ['same network', `${OWN}${peer(2, 'AllowedIPs = 10.1.0.0/16\n')}${peer(3, 'AllowedIPs = 10.1.2.3/16')}`, 'wg0.conf:7: AllowedIPs: found 10.1.0.0/16, which belongs to the peer on line 4, expected each network at one peer only: a packet goes to one of them'],
  ])('names file, line, field, what was found and what was expected: %s', (_, text, expected) => {
    expect(errors(text)).toEqual([expected]);
  });

  it('is told with all others, in the order of lines', () => {
    expect(errors(`${OWN}MTU = x\n[Peer]\nEndpoint = 1`).map((text) => text.split(':')[1])).toEqual(['4', '5', '6']);
  });

  it('refuses broken endpoints', () => {
    for (const wrong of ['192.0.2.1', '192.0.2.300:1', '192.0.2.1:0', '2001:db8::1:51820', '[2001:db8::1]', '[192.0.2.1]:1', 'a b:1', '-a.example:1', 'example.com:99999', ':1', '']) {
      expect(errors(`${OWN}${peer(2, `Endpoint = ${wrong}`)}`), wrong).toHaveLength(1);
    }
  });

  it('of an empty file says what belongs there', () => {
    expect(errors('')).toEqual(['wg0.conf:1: [Interface]: found none, expected exactly one, with PrivateKey and Address']);
  });

  it('suggests the nearest field, or none', () => {
    expect(nearestName('alowedips', ['PublicKey', 'AllowedIPs'])).toBe('AllowedIPs');
    expect(nearestName('colour', ['PublicKey', 'AllowedIPs'])).toBeUndefined();
  });
});

describe('a key in the wrong place', () => {
  const secret = toBase64(new Uint8Array(32).map((_, i) => (i * 37 + 11) & 255));
  it.each([
    `PrivatKey = ${secret}`,
    `PrivateKey: ${secret}`,
    `PrivateKey ${secret}`,
    secret,
    `[${secret}]`,
    `Address = ${secret}`,
    `PrivateKey = ${secret}${secret}`,
    `PrivateKey = ${secret.slice(0, 43)}`,
    `${secret} = 1`,
    `MTU = ${secret}`,
    `Endpoint = ${secret}:51820`,
  ])('is never part of an error: %s', (line) => {
    const told = errors(`[Interface]\n${line}\n[Peer]\n${line}\nPresharedKey = ${secret.slice(1)}`);
    expect(told.length).toBeGreaterThan(0);
    expect(told.join('\n')).not.toContain(secret.slice(0, 12));
  });
});

describe('any text', () => {
  const word = fc.constantFrom('[Interface]', '[Peer]', 'PrivateKey', 'PublicKey', 'Address', 'AllowedIPs', 'Endpoint', 'DNS', 'Table', '=', ',', '#', '/', ':', '\n', '\r\n', ' ', '10.0.0.1', 'fd00::1', '[', ']', key(1), key(2), 'off', '0x', '99999999999', '\uFEFF', '\u0000');
  const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.array(word, { maxLength: 60 }).map((words) => words.join('')));

  it('is read or refused, and never thrown at', () => {
    fc.assert(
      fc.property(any, (text) => {
        const parsed = parseWgQuick(text, 'x.conf');
        if (parsed.ok) return;
        const lines = text.split(/\r\n|\n|\r/).length;
        expect(parsed.errors.length).toBeGreaterThan(0);
        for (const error of parsed.errors) {
          expect(error.line).toBeGreaterThanOrEqual(1);
          expect(error.line).toBeLessThanOrEqual(lines);
          expect(error.file).toBe('x.conf');
          for (const part of [error.field, error.found, error.expected]) expect(part).not.toBe('');
        }
      }),
      { numRuns: 600 },
    );
  });
});

describe('round trip', () => {
  const word32 = fc.nat(0xffff_ffff);
  const v4 = word32.map(ipv4);
  // Words that ipaddr.js prints and reads back as they are.
  const v6 = fc.tuple(word32, word32, word32, word32).map(([a, b, c, d]) => ipv6((a | 0x2000_0000) >>> 0, b, c, d));
  const address = fc.oneof(v4, v6).chain((a: IpAddress) => fc.record({ address: fc.constant(a), bits: fc.integer({ min: 0, max: a.family === 4 ? 32 : 128 }) }));
  const model = fc.record({
    addresses: fc.array(address, { minLength: 1, maxLength: 4 }),
    listenPort: fc.nat(65_535),
    mtu: fc.integer({ min: 1_280, max: 9_000 }),
    fwmark: word32,
    servers: fc.array(fc.oneof(v4, v6), { maxLength: 3 }),
    peers: fc.array(fc.record({ allowed: fc.array(address, { maxLength: 4 }), port: fc.integer({ min: 1, max: 65_535 }), at: fc.oneof(v4, v6), keepalive: fc.nat(65_535), psk: fc.boolean() }), { maxLength: 5 }),
    newline: fc.constantFrom('\n', '\r\n'),
    noise: fc.array(fc.constantFrom('', '  ', '# a note = 1', '\t'), { maxLength: 3 }),
    upper: fc.boolean(),
  });

  it('what is written in any layout is read back', () => {
    fc.assert(
      fc.property(model, (m) => {
        const cased = (name: string): string => (m.upper ? name.toUpperCase() : name);
        const print = (a: { address: IpAddress; bits: number }): string => `${formatIp(a.address)}/${a.bits}`;
        const seen = new Set<string>();
        const peers = m.peers.map((each) => ({
          ...each,
          allowed: each.allowed.map(({ address: a, bits }) => ({ address: maskIp(a, bits), bits })).filter((a) => !seen.has(print(a)) && seen.add(print(a)).size > 0),
        }));
        const lines = [
          ...m.noise,
          '[Interface]',
          `${cased('PrivateKey')}=${key(1)}`,
          ...m.addresses.map((a) => ` ${cased('Address')} = ${print(a)} # here`),
          `${cased('ListenPort')}=${m.listenPort}`,
          `MTU = ${m.mtu}`,
          `FwMark = 0x${m.fwmark.toString(16)}`,
          `DNS = ${m.servers.map(formatIp).join(' , ')}`,
          ...peers.flatMap((each, i) => [
            ...m.noise,
            '[Peer]',
            `${cased('PublicKey')} = ${key(i + 2)}`,
            ...(each.psk ? [`PresharedKey = ${key(i + 100)}`] : []),
            `${cased('AllowedIPs')} = ${each.allowed.map(print).join(',')}`,
            `Endpoint = ${formatEndpoint({ address: each.at, port: each.port })}`,
            `PersistentKeepalive = ${each.keepalive}`,
          ]),
        ];
        const config = good(lines.join(m.newline));
        expect(config.interface).toMatchObject({ addresses: m.addresses, listenPort: m.listenPort, mtu: m.mtu, fwmark: m.fwmark, dns: { servers: m.servers, searchDomains: [] } });
        expect(config.peers.map((each) => ({ key: each.publicKey.toString(), psk: each.presharedKey?.exposeBase64(), allowed: each.allowedIps, keepalive: each.persistentKeepalive, endpoint: each.endpoint?.kind === 'address' ? each.endpoint.endpoint : undefined }))).toEqual(
          peers.map((each, i) => ({ key: key(i + 2), psk: each.psk ? key(i + 100) : undefined, allowed: each.allowed, keepalive: each.keepalive, endpoint: { address: each.at, port: each.port } })),
        );
      }),
      { numRuns: 200 },
    );
  });
});
