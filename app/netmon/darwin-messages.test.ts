/** The monitor on Darwin's own messages, byte for byte: from the routing socket's datagram to a change or to none. */
import { describe, expect, it } from 'vitest';
import { createSeededRng } from '../base/seeded-rng.ts';
import type { OsSnapshot } from '../ports/os-network.ts';
import { after, instant, type Instant } from '../time/instant.ts';
import { decodeRouteMessages } from '../wire/route-messages/decode.ts';
import vectors from '../wire/route-messages/messages.vector.json' with { type: 'json' };
import { osEventOf, osSnapshotOf } from '../wire/route-messages/os-terms.ts';
import { Netmon } from './netmon.ts';
import type { NetmonOutput } from './types.ts';

type Name = keyof typeof vectors.messages;
const messages = (...names: readonly Name[]) => names.flatMap((name) => decodeRouteMessages(Uint8Array.from(Buffer.from(vectors.messages[name], 'hex'))));
const LISTED: readonly Name[] = ['listedLoopback', 'listedLink', 'addressAdded', 'listedTunnel', 'listedDefault'];
const NAMES: ReadonlyMap<number, string> = new Map([[1, 'lo0'], [4, 'en0'], [12, 'utun3']]);

/** A computer with en0, a default route and our utun3, watched; `heard` is what came out since. */
function play() {
  const netmon = new Netmon({ rng: createSeededRng(1) });
  let now: Instant = instant(1_000);
  let snapshot: OsSnapshot = osSnapshotOf(messages(...LISTED));
  const heard: NetmonOutput[] = [];
  const drain = (): void => {
    for (let output = netmon.poll(); output !== undefined; output = netmon.poll()) {
      heard.push(output);
      if (output.kind !== 'command') continue;
      if (output.command.kind === 'subscribe') netmon.handle({ kind: 'event', event: { kind: 'source-up' } }, now);
      if (output.command.kind === 'take-snapshot') netmon.handle({ kind: 'snapshot', snapshot }, now);
    }
  };
  const run = (ms: number): void => {
    now = after(now, ms);
    netmon.expire(now);
    drain();
  };
  netmon.handle({ kind: 'watch', system: 'darwin', device: { index: 12, name: 'utun3' }, marks: { tables: [], protocols: [], priorities: undefined } }, now);
  drain();
  run(5_000);
  heard.length = 0;
  netmon.tally.snapshots = 0;
  return {
    netmon,
    heard,
    run,
    becomes: (...names: readonly Name[]): void => void (snapshot = osSnapshotOf(messages(...names))),
    hear(name: Name): void {
      for (const message of messages(name)) {
        const event = osEventOf(message, (index) => NAMES.get(index) ?? '');
        if (event !== undefined) netmon.handle({ kind: 'event', event }, now);
      }
      drain();
    },
  };
}

describe("Darwin's messages", () => {
  it('about look-ups that missed, 10,000 in a minute, are no change and not even a look', () => {
    const { netmon, heard, run, hear } = play();
    for (let i = 0; i < 10_000; i++) {
      hear('miss');
      run(6);
    }
    expect(netmon.tally).toMatchObject({ misses: 10_000, snapshots: 0, minor: 0, major: 0 });
    expect(heard).toEqual([]);
  });

  it.each(['neighbourAdded', 'linkLocalAdded', 'groupJoined', 'got', 'defaultRefused', 'ownAddressRoute', 'defaultOfOneLink', 'linkChanged', 'addressAdded', 'hardwareAddressAdded', 'rejectAdded'] as const)('%s is no change and not even a look', (name) => {
    const { netmon, heard, run, hear } = play();
    for (let i = 0; i < 100; i++) {
      hear(name);
      run(1_000);
    }
    expect(netmon.tally).toMatchObject({ snapshots: 0, minor: 0, major: 0 });
    expect(heard).toEqual([]);
  });

  it('about the way out are looked at, and are a change when it is another', () => {
    const { netmon, run, hear, becomes } = play();
    becomes('listedLoopback', 'listedLink', 'listedTunnel');
    hear('addressDeleted');
    hear('defaultAdded');
    hear('oddMaskDeleted');
    run(1_000);
    expect(netmon.tally.snapshots).toBe(0);
    const bytes = Uint8Array.from(Buffer.from(vectors.messages.defaultAdded, 'hex'));
    bytes[3] = 2;
    for (const message of decodeRouteMessages(bytes)) netmon.handle({ kind: 'event', event: osEventOf(message, () => '')! }, instant(8_000));
    run(3_000);
    expect(netmon.tally.snapshots).toBe(1);
    expect(netmon.underlay?.addresses).toEqual([]);
  });

  it('that fit no form are looked at, and are no change by themselves', () => {
    const { netmon, run } = play();
    for (const message of decodeRouteMessages(new Uint8Array([9, 0, 5, 1, 0, 0, 0, 0, 0]))) netmon.handle({ kind: 'event', event: osEventOf(message, () => '')! }, instant(8_000));
    run(3_000);
    expect(netmon.tally).toMatchObject({ unparsable: 1, snapshots: 1, minor: 0, major: 0 });
  });
});
