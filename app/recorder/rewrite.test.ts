/** What leaves the computer: a recording with stand-ins for names and addresses, which replays to decisions of its own. */
import { describe, expect, it } from 'vitest';
import { meshRun, pack, staticRun, unpack } from '../../tests/kit/recorded-worlds.ts';
import { formatIp, ipBytes, parseIp, prefixContains } from '../base/ip.ts';
import { encodeNatPmpResponse } from '../wire/nat-pmp.ts';
import { encodePcpResponse } from '../wire/pcp.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { renamedInput } from './rename.ts';
import type { Recording } from './recording.ts';
import { replay } from './replay.ts';
import { rewrite } from './rewrite.ts';

const held = (recording: Recording): string => recording.segments.map(({ isPacked, bytes }) => Buffer.from(isPacked ? unpack(bytes)! : bytes).toString('latin1')).join('\n');

function rewritten(recording: Recording): Recording {
  const made = rewrite(recording, new Pseudonyms(), { pack, unpack });
  if ('kind' in made) throw new Error(made.why);
  return made;
}

describe('a rewritten recording', () => {
  it.each([
    ['plain WireGuard', staticRun],
    ['a mesh', meshRun],
  ])('of %s has the same steps, replays, and holds no name', (_what, make) => {
    for (const { node } of make(4).engines) {
      const before = node.recording();
      const after = rewritten(before);
      expect(after.steps).toBe(before.steps);
      expect(replay(after, unpack)).toMatchObject({ kind: 'same', steps: before.steps });
      expect(held(before)).toContain('canary');
      expect(held(after)).not.toContain('canary');
      expect(held(after)).toContain('name-1');
    }
  });

  it('of a mesh decides the same with other addresses, in STUN, disco and map alike', () => {
    const names = new Pseudonyms();
    const replaced: string[] = [];
    for (const { node } of meshRun(4).engines) {
      const made = rewrite(node.recording(), names, { pack, unpack });
      if ('kind' in made) throw new Error(made.why);
      const [before, after] = [replay(node.recording(), unpack), replay(made, unpack)];
      if (before.kind !== 'same' || after.kind !== 'same') throw new Error(after.kind);
      const seen = before.view.netcheck?.globalV4;
      expect(after.view.netcheck?.globalV4).toBe(names.addressText(seen!));
      if (after.view.netcheck?.globalV4 !== seen) replaced.push(seen!);
      expect(after.view.peers.map(({ path }) => path.kind)).toEqual(before.view.peers.map(({ path }) => path.kind));
      expect(after.view.history.map(({ cause }) => cause.key)).toEqual(before.view.history.map(({ cause }) => cause.key));
    }
    expect(replaced.length).toBeGreaterThan(0);
  });

  it('holds no outside address in what the router answered', () => {
    const outside = parseIp('203.0.113.5')!;
    const mapping = { nonce: new Uint8Array(12), protocol: 17, internalPort: 41_641, externalPort: 41_641, externalAddress: outside };
    const from = { address: parseIp('192.168.1.1')!, port: 5_351 };
    for (const answer of [encodeNatPmpResponse({ kind: 'address', epochS: 9, address: outside }), encodePcpResponse({ kind: 'map', result: 0, lifetimeS: 7_200, epochS: 9, mapping })]) {
      const names = new Pseudonyms();
      const renamed = renamedInput({ kind: 'gateway-datagram', datagram: { socket: 1, from, bytes: answer } }, names);
      if (renamed.kind !== 'gateway-datagram') throw new Error(renamed.kind);
      const { bytes } = renamed.datagram;
      expect(renamed.datagram.from).toEqual(from);
      expect(bytes).toHaveLength(answer.length);
      expect(bytes.slice(-4)).not.toEqual(ipBytes(outside));
      expect(bytes.slice(-4)).toEqual(ipBytes(names.address(outside)));
      expect(bytes.slice(0, -4)).toEqual(answer.slice(0, -4));
    }
  });

  it('tells the same things apart, and the same of each', () => {
    const names = new Pseudonyms();
    expect(names.name('anna.tail.example.org.')).toBe('name-1.name-2.name-3.org.');
    expect([names.name('Anna'), names.name('bert'), names.name('anna-2')]).toEqual(['name-1', 'name-4', 'name-5']);
    expect(names.name('https://hs.example.org:8443/withheld-1')).toBe('https://name-6.name-3.org:8443/withheld-1');
    expect(names.name('ada@example.org')).toBe('name-7@name-3.org');
    expect(names.sentence('anna does not answer; neither does annabel, nor hs')).toBe('name-1 does not answer; neither does annabel, nor hs');
    expect(names.name(names.name('anna'))).toBe('name-1');
  });

  it('keeps addresses that mean nothing elsewhere, and replaces those of the internet', () => {
    const names = new Pseudonyms();
    for (const kept of ['10.1.2.3', '192.168.1.9', '172.16.0.1', '172.31.255.1', '100.64.0.1', '100.127.1.1', '127.0.0.1', '169.254.1.1', '224.0.0.1', '0.0.0.0', '198.18.0.9', '::1', '::', 'fe80::1', 'fd7a:115c:a1e0::1', 'ff02::1']) {
      expect(names.addressText(`at ${kept} now`), kept).toBe(`at ${kept} now`);
    }
    for (const replaced of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '192.169.0.1', '203.0.113.7', '2606:4700::1', '2001:db8::5']) {
      expect(names.addressText(`at ${replaced} now`), replaced).not.toContain(replaced);
    }
    const seen = parseIp(names.addressText('8.8.8.8'))!;
    expect(formatIp(names.address(parseIp('8.8.8.8')!))).toBe(formatIp(seen));
    expect(names.addressText('8.8.8.8:53, [2606:4700::1]:443, 8.8.8.8/32')).toBe(`${formatIp(seen)}:53, [${formatIp(names.address(parseIp('2606:4700::1')!))}]:443, ${formatIp(seen)}/32`);
    const lan = parseIp('192.168.1.7')!;
    expect(names.prefix(lan, 24)).toEqual(lan);
    expect(prefixContains({ address: names.prefix(parseIp('203.0.113.0')!, 24), bits: 24 }, names.address(parseIp('203.0.113.77')!))).toBe(true);
    expect(prefixContains({ address: names.prefix(parseIp('2606:4700::')!, 64), bits: 64 }, names.address(parseIp('2606:4700::abcd')!))).toBe(true);
    expect(names.addressText('at 12:34:56, version 1.2.3')).toBe('at 12:34:56, version 1.2.3');
  });

  it('is not made of one without its beginning', () => {
    expect(rewrite({ ...staticRun(1).engines[0]!.node.recording(), droppedSteps: 3 }, new Pseudonyms(), { pack, unpack })).toMatchObject({ kind: 'unplayable', why: expect.stringContaining('first 3 steps') });
  });
});
