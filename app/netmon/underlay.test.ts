/** Which of this computer's addresses others are told, which families lead somewhere, and which changes of its networks matter. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIp, parseIp } from '../base/ip.ts';
import { SimOs } from '../sim/sim-os.ts';
import { compareUnderlay, familiesOf, isWayOut, underlayOf, type Underlay } from './underlay.ts';

/** A system with a few links; addresses as [name of the link, address]. */
function system(addresses: readonly (readonly [string, string])[], ways: readonly (readonly [prefix: string, link: string, gateway: string])[] = [['0.0.0.0/0', 'eth0', '192.168.1.1']]) {
  const os = new SimOs(() => {});
  const links = new Map(['eth0', 'wlan0', 'tailscale0', 'docker0', 'mesh0'].map((name) => [name, os.addLink(name)]));
  os.setLink(links.get('wlan0')!, { up: false });
  const at = (name: string): number => (name === 'lo' ? 1 : links.get(name)!);
  for (const [name, text] of addresses) os.addAddress(at(name), text);
  for (const [prefix, name, gateway] of ways) os.addRoute(os.route(prefix, at(name), { gateway: parseIp(gateway)! }));
  return { os, own: at('mesh0'), at };
}

const seen = (...given: Parameters<typeof system>): Underlay => {
  const { os, own } = system(...given);
  return underlayOf(os.snapshot(), own, 'linux');
};
const told = (...addresses: readonly (readonly [string, string])[]): string[] => seen(addresses).addresses.map(({ address }) => formatIp(address));

describe('our own addresses', () => {
  it('are those of devices that are up and have something at the other end', () => {
    const { os, own, at } = system([['lo', '127.0.0.1'], ['eth0', '192.168.1.5'], ['eth0', '2001:db8::5'], ['docker0', '172.17.0.1'], ['wlan0', '10.0.0.1']]);
    os.setLink(at('docker0'), { running: false });
    expect(underlayOf(os.snapshot(), own, 'linux').addresses.map(({ address }) => formatIp(address))).toEqual(['192.168.1.5', '2001:db8::5']);
  });

  it('leave out our own device, other tunnels, the ranges of a tailnet and link-local IPv6', () => {
    expect(told(['mesh0', '10.9.9.9'], ['tailscale0', '10.8.8.8'], ['eth0', '100.64.0.7'], ['eth0', 'fd7a:115c:a1e0::7'], ['eth0', 'fe80::1'], ['lo', '::1'])).toEqual([]);
  });

  it('name IPv4 link-local and unique local IPv6 only where there is nothing better', () => {
    expect(told(['eth0', '169.254.3.4'], ['eth0', 'fd00::4'])).toEqual(['169.254.3.4', 'fd00::4']);
    expect(told(['eth0', '169.254.3.4'], ['eth0', 'fd00::4'], ['eth0', '10.0.0.4'])).toEqual(['10.0.0.4']);
  });

  it('have at most two IPv6 addresses of one subnet', () => {
    expect(told(['eth0', '2001:db8::1'], ['eth0', '2001:db8::2'], ['eth0', '2001:db8::3'], ['eth0', '2001:db8:0:1::1'])).toEqual(['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']);
  });

  it('are bounded', () => {
    expect(told(...Array.from({ length: 100 }, (_, i): [string, string] => ['eth0', `10.0.${i}.1`]))).toHaveLength(24);
  });

  it('are never of our own device, and never made up, whatever is there', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('eth0', 'wlan0', 'docker0', 'mesh0', 'lo'), address)), (all) => {
        const { os, own } = system(all);
        for (const one of underlayOf(os.snapshot(), own, 'linux').addresses) expect(one.link !== own && os.addresses.includes(one)).toBe(true);
      }),
    );
  });
});

describe('the families that lead somewhere', () => {
  const via4 = ['0.0.0.0/0', 'eth0', '10.0.0.254'] as const;
  const via6 = ['::/0', 'eth0', 'fe80::1'] as const;
  const families = (addresses: readonly string[], ...ways: readonly (readonly [string, string, string])[]) => familiesOf(seen(addresses.map((address) => ['eth0', address] as const), ways));

  it('have an address, and IPv6 a way out too: a global address alone leads nowhere', () => {
    expect(families(['10.0.0.1'], via4)).toEqual({ ipv4: true, ipv6: false });
    expect(families(['10.0.0.1', '2001:db8::1'], via4)).toEqual({ ipv4: true, ipv6: false });
    expect(families(['10.0.0.1', '2001:db8::1'], via4, via6)).toEqual({ ipv4: true, ipv6: true });
    expect(families(['2001:db8::1'], via6)).toEqual({ ipv4: false, ipv6: true });
    expect(families(['fd00::1'], via6)).toEqual({ ipv4: false, ipv6: false });
  });
});

describe('a way out', () => {
  it('leads everywhere, or is half of one that does, and no group of receivers', () => {
    const os = new SimOs(() => {});
    const wide = (prefix: string, type: 'unicast' | 'throw' = 'unicast') => isWayOut(os.route(prefix, 2, { type }));
    expect(['0.0.0.0/0', '::/0', '0.0.0.0/1', '128.0.0.0/1'].map((prefix) => wide(prefix))).toEqual([true, true, true, true]);
    expect(['10.0.0.0/8', '64.0.0.0/2', '224.0.0.0/4', 'fe80::/10', 'ff00::/8'].map((prefix) => wide(prefix))).toEqual([false, false, false, false, false]);
    expect(wide('0.0.0.0/0', 'throw')).toBe(false);
  });
});

describe('a change of the networks', () => {
  const gateway = (address: string, link = 'eth0'): readonly (readonly [string, string, string])[] => [['0.0.0.0/0', link, address]];
  const of = (addresses: readonly (string | readonly [string, string])[], ways = gateway('192.168.1.1')) => seen(addresses.map((one) => (typeof one === 'string' ? ['eth0', one] as const : one)), ways);
  it.each([
    ['nothing', of(['10.0.0.1']), of(['10.0.0.1']), 'same'],
    ['one more address', of(['10.0.0.1']), of(['10.0.0.1', '2001:db8::1']), 'minor'],
    ['a privacy address replaced in its subnet', of(['2001:db8::1', '2001:db8::2']), of(['2001:db8::1', '2001:db8::3']), 'minor'],
    ['an address gone over which nothing left', of(['10.0.0.1', ['docker0', '172.17.0.1']]), of(['10.0.0.1']), 'minor'],
    ['the last address of a subnet gone', of(['10.0.0.1', '2001:db8::2']), of(['10.0.0.1']), 'major'],
    ['another address', of(['10.0.0.1']), of(['10.0.0.2']), 'major'],
    ['an address gone where there is no way out at all', of(['10.0.0.1', ['docker0', '172.17.0.1']], []), of(['10.0.0.1'], []), 'major'],
    ['another way out', of(['10.0.0.1']), of(['10.0.0.1'], gateway('192.168.1.254')), 'major'],
    ['the way out over another link', of(['10.0.0.1']), of(['10.0.0.1'], gateway('192.168.1.1', 'docker0')), 'major'],
    ['no way out any more', of(['10.0.0.1']), of(['10.0.0.1'], []), 'major'],
    ['the last address gone', of(['10.0.0.1']), of([]), 'down'],
    ['the first address come', of([]), of(['10.0.0.1']), 'up'],
    ['still nothing', of([]), of([], []), 'same'],
    ['our own default route', of(['10.0.0.1']), of(['10.0.0.1'], [...gateway('192.168.1.1'), ['0.0.0.0/0', 'mesh0', '100.64.0.1']]), 'same'],
  ] as const)('%s', (_, before, after, what) => {
    expect(compareUnderlay(before, after)).toBe(what);
  });
});
