import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { parseIp, parsePrefix } from '../base/ip.ts';
import type { DataplanePeer, FilterSetup } from '../ports/dataplane.ts';
import { instant } from '../time/instant.ts';
import { FilterMemory } from './filter-memory.ts';

const A = 0 as PeerId;
const peer: DataplanePeer = { id: A, publicKey: new Uint8Array(32), allowedIps: ['100.64.0.2/32', 'fd7a::2/128', '10.0.0.0/8'].map((text) => parsePrefix(text)!), persistentKeepaliveMs: 0, roaming: 'chosen' };
const LOCAL = ['100.64.0.1/32', 'fd7a::1/128'].map((text) => parsePrefix(text)!);
const TCP22 = { protocol: 6, port: 22 };

const range = (text: string): { readonly first: NonNullable<ReturnType<typeof parseIp>>; readonly last: NonNullable<ReturnType<typeof parseIp>> } => ({ first: parseIp(text)!, last: parseIp(text)! });
const allowing = (from: string, to: string): FilterSetup => ({
  kind: 'rules',
  local: LOCAL,
  shieldsUp: false,
  rules: [{ name: 'base', rules: [{ sources: [{ kind: 'range', range: range(from) }], destinations: [{ range: range(to), firstPort: 22, lastPort: 22 }], protocols: [6], text: `${from} -> ${to}:22 (tcp)` }] }],
});

function memoryOf(filter: FilterSetup, of: DataplanePeer = peer): FilterMemory {
  const memory = new FilterMemory();
  memory.note({ kind: 'set-filter', filter });
  memory.note({ kind: 'identity', privateKey: new Uint8Array(32), addresses: LOCAL.map(({ address }) => address), mtu: 1_280 });
  memory.note({ kind: 'put-peer', peer: of });
  return memory;
}

describe('why a flow passes or not', () => {
  it('names the rule, and the family where only one passes', () => {
    expect(memoryOf(allowing('100.64.0.2', '100.64.0.1')).why(A, 'nas', TCP22)?.inbound).toEqual({
      allowed: true,
      rule: '100.64.0.2 -> 100.64.0.1:22 (tcp)',
      message: { key: 'filter.in-allowed', peer: 'nas', ...TCP22, rule: '100.64.0.2 -> 100.64.0.1:22 (tcp)', only: 4 },
    });
    expect(memoryOf(allowing('fd7a::2', 'fd7a::1')).why(A, 'nas', TCP22)?.inbound.message).toMatchObject({ only: 6 });
  });

  it('says that no rule allows it, and the other reasons', () => {
    const because = (memory: FilterMemory): unknown => memory.why(A, 'nas', TCP22)?.inbound.message;
    expect(because(memoryOf(allowing('100.64.0.3', '100.64.0.1')))).toMatchObject({ key: 'filter.in-denied', because: 'no-rule' });
    expect(because(memoryOf({ kind: 'block-all' }))).toMatchObject({ because: 'no-rules-received' });
    expect(because(memoryOf(allowing('100.64.0.2', '100.64.0.1'), { ...peer, jailed: true }))).toMatchObject({ because: 'jailed' });
    expect(because(memoryOf({ kind: 'off' }))).toMatchObject({ key: 'filter.in-off' });
    expect(because(memoryOf({ kind: 'off' }, { ...peer, allowedIps: [] }))).toMatchObject({ because: 'no-shared-address' });
  });

  it('remembers what the peer said of our own flow, until the peer is gone', () => {
    const memory = memoryOf({ kind: 'block-all' });
    const fact = { kind: 'flow-refused', peer: A, at: instant(7), reason: 'host-firewall', protocol: 6, sourcePort: 5_000, destinationPort: 22 } as const;
    memory.noteRefused({ ...fact, peer: 5 as PeerId });
    expect(memory.why(A, 'nas', TCP22)?.outbound).toMatchObject({ key: 'filter.out' });
    memory.noteRefused(fact);
    expect(memory.why(A, 'nas', TCP22)?.outbound).toMatchObject({ key: 'filter.out-refused', reason: 'host-firewall', at: 7 });
    expect(memory.why(A, 'nas', { ...TCP22, port: 23 })?.outbound).toMatchObject({ key: 'filter.out' });
    memory.note({ kind: 'remove-peer', peer: A });
    expect(memory.why(A, 'nas', TCP22)).toBeUndefined();
  });
});
