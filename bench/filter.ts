/**
 * Nanoseconds that the packet filter takes for one packet, with 10 and with 1,000 rules, in turns: packets that need a rule
 * (new UDP flows of every source that the rules know, ports that are allowed and refused), and answers that need none.
 * The scale beside each row is the same work with 10 rules. Also: bytes allocated a packet, and the time to compile rules.
 */
import { createArena } from '../app/base/batch.ts';
import type { PeerId } from '../app/base/brand.ts';
import { ipv4, type IpAddress } from '../app/base/ip.ts';
import { Filter } from '../app/filter/filter.ts';
import type { FilterSetup } from '../app/ports/dataplane.ts';
import { createInnerHeader, readIpHeader } from '../app/wire/ip-packet.ts';
import type { FilterRule } from '../app/wire/netmap/types.ts';
import { compare, measure, microsecondsEach, type Bench, type Contender } from './bench.ts';

const PACKETS = 400_000;
const DIFFERENT = 4_096;
const LENGTH = 40;
const US = ipv4(0x64400001);
const PEER = 0 as PeerId;

/** The source of rule `i`: every second address, so that there are gaps between. */
const sourceOf = (i: number): IpAddress => ipv4(0x64410000 + 2 * i);

function setupOf(rules: number): FilterSetup {
  const rule = (i: number): FilterRule => ({
    sources: [{ kind: 'range', range: { first: sourceOf(i), last: sourceOf(i) } }],
    destinations: [{ range: { first: US, last: US }, firstPort: 1_000 + (i % 50), lastPort: 1_100 + (i % 50) }],
    protocols: [6, 17, 1, 58],
    text: '',
  });
  return { kind: 'rules', rules: [{ name: 'base', rules: Array.from({ length: rules }, (_, i) => rule(i)) }], shieldsUp: false, local: [{ address: US, bits: 32 }] };
}

class Case {
  readonly #filter = new Filter();
  readonly #arena = createArena(DIFFERENT * LENGTH);
  readonly #header = createInnerHeader();

  constructor(rules: number, kind: 'rule' | 'no rule') {
    this.#filter.set(setupOf(rules));
    this.#filter.putPeer({ id: PEER, publicKey: new Uint8Array(32), allowedIps: [], persistentKeepaliveMs: 0, roaming: 'chosen' });
    const { bytes, view } = this.#arena;
    for (let i = 0, mixed = 1; i < DIFFERENT; i++) {
      mixed = (Math.imul(mixed, 1_103_515_245) + 12_345) >>> 0;
      const at = i * LENGTH;
      bytes[at] = 0x45;
      view.setUint16(at + 2, LENGTH);
      bytes[at + 9] = kind === 'rule' ? 17 : 6;
      view.setUint32(at + 12, sourceOf((mixed >>> 8) % rules).w3 + (i % 8 === 0 ? 1 : 0));
      view.setUint32(at + 16, US.w3);
      view.setUint16(at + 20, 40_000);
      view.setUint16(at + 22, 950 + (mixed >>> 16) % 250);
      bytes[at + 33] = 0x10;
    }
  }

  run(packets: number): void {
    for (let i = 0; i < packets; i++) {
      const at = (i & (DIFFERENT - 1)) * LENGTH;
      readIpHeader(this.#arena, at, LENGTH, this.#header);
      this.#filter.inbound(this.#arena, at, this.#header, PEER);
    }
  }
}

const contender = (name: string, of: Case): Contender => ({ name, version: 'this tree', sample: () => 1_000 * microsecondsEach(PACKETS, () => of.run(PACKETS)) });

/** Growth of the heap over many packets; a collection in between would make it negative, so the least of several is taken. */
function bytesEach(of: Case): number {
  const samples: number[] = [];
  for (let i = 0; i < 9; i++) {
    const before = process.memoryUsage().heapUsed;
    of.run(PACKETS);
    const grown = process.memoryUsage().heapUsed - before;
    if (grown >= 0) samples.push(grown / PACKETS);
  }
  return Math.min(...samples);
}

export const filterBench: Bench = {
  name: 'filter',
  what: 'nanoseconds of the packet filter for one packet, with 1,000 rules against 10',
  needs: 'Node only',
  seconds: 60,
  async run({ rounds, note }, say) {
    const rows = [];
    for (const [what, kind] of [['a packet that needs a rule', 'rule'], ['a packet that needs none', 'no rule']] as const) {
      const [many, few] = [new Case(1_000, kind), new Case(10, kind)];
      for (const of of [many, few]) of.run(PACKETS);
      say(what);
      rows.push(await measure(`${what}, 1,000 rules`, 'ns/packet', [contender('bowline, 1,000 rules', many), contender('10 rules', few)], rounds));
      rows.push(compare(`allocated for ${what}`, 'bytes/packet', [bytesEach(many)], []));
    }
    for (const rules of [10, 1_000]) {
      const filter = new Filter();
      const setup = setupOf(rules);
      rows.push(compare(`compiling ${rules} rules`, 'us', Array.from({ length: 2 * rounds }, () => microsecondsEach(1, () => filter.set(setup))).slice(rounds), []));
    }
    const factor = rows[0]!.ratio['10 rules'];
    if (factor !== undefined && factor > 2) note(`1,000 rules cost more than twice as much as 10: ${factor}.`);
    return rows;
  },
};
