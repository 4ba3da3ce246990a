/** What is a change of the network and what is none; the source and our own device through every fault of theirs. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIp, parseIp } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import type { OsEvent } from '../ports/os-network.ts';
import type { OsSystem, OwnMarks } from '../ports/os-watch.ts';
import { SimOs } from '../sim/sim-os.ts';
import { after, instant, type Duration, type Instant } from '../time/instant.ts';
import { Netmon } from './netmon.ts';
import type { NetmonInput, NetmonOutput } from './types.ts';
import type { Underlay } from './underlay.ts';

const MARKS: OwnMarks = { tables: [52], protocols: [201], priorities: { first: 5_210, last: 5_270 } };

/** A machine and a model of a system that obeys it, with a clock that only `run` moves. */
class Rig {
  now: Instant = instant(1_000);
  readonly os = new SimOs((event) => this.event(event));
  readonly netmon = new Netmon({ rng: createSeededRng(1) });
  readonly heard: string[] = [];
  gateway: string | undefined;
  readonly touched: OsEvent[] = [];
  readonly commands: string[] = [];
  readonly eth: number;
  readonly tun: number;
  /** False: whoever obeys is slow, and the commands wait for `answer`. */
  obeys = true;
  /** True: nobody hears the commands, and nobody answers. */
  loses = false;
  #waiting: Parameters<SimOs['obey']>[0][] = [];

  constructor(prepare: (os: SimOs, eth: number) => void = (os, eth) => os.addAddress(eth, '10.0.0.1'), system: OsSystem = 'linux', name = 'mesh0') {
    this.eth = this.os.addLink('eth0');
    prepare(this.os, this.eth);
    this.os.addRoute(this.os.route('0.0.0.0/0', this.eth, { gateway: parseIp('10.0.0.254')! }));
    this.tun = this.os.addLink(name, 'tunnel');
    this.input({ kind: 'watch', system, device: { index: this.tun, name }, marks: MARKS });
  }

  input(input: NetmonInput): void {
    this.netmon.handle(input, this.now);
    this.#drain();
  }

  event(event: OsEvent): void {
    this.input({ kind: 'event', event });
  }

  answer(): void {
    for (const command of this.#waiting.splice(0)) this.#obey(command);
  }

  run(forMs: Duration): void {
    const until = after(this.now, forMs);
    for (let due = this.netmon.nextDeadline(); due !== undefined && due.at <= until; due = this.netmon.nextDeadline()) {
      this.now = due.at > this.now ? due.at : this.now;
      this.netmon.expire(this.now);
      this.#drain();
    }
    this.now = until;
  }

  /** What was told since the last call. */
  told(): string[] {
    return this.heard.splice(0);
  }

  get changes(): number {
    return this.netmon.tally.minor + this.netmon.tally.major;
  }

  #obey(command: Parameters<SimOs['obey']>[0]): void {
    const answer = this.os.obey(command);
    if (answer !== undefined) this.input(answer);
  }

  #drain(): void {
    for (let output = this.netmon.poll(); output !== undefined; output = this.netmon.poll()) this.#hear(output);
  }

  #hear(output: NetmonOutput): void {
    switch (output.kind) {
      case 'command':
        this.commands.push(output.command.kind);
        if (this.loses) return;
        if (this.obeys) this.#obey(output.command);
        else this.#waiting.push(output.command);
        return;
      case 'network':
        this.heard.push(output.state === 'changed' ? output.weight : output.state);
        return;
      case 'families':
        this.heard.push(`${output.ipv4 ? '4' : ''}${output.ipv6 ? '6' : ''}` || 'none');
        return;
      case 'addresses':
        this.heard.push(output.addresses.map(formatIp).join(' ') || '-');
        return;
      case 'gateway':
        this.gateway = output.gateway === undefined ? undefined : `${formatIp(output.gateway.address)} from ${formatIp(output.gateway.own)}`;
        return;
      case 'device':
        this.heard.push(`device ${output.change.kind}`);
        return;
      case 'os-touched':
        this.touched.push(output.event);
        return;
      case 'source':
        this.heard.push(output.state === 'failed' ? `source failed: ${Math.round(output.retryInMs)}` : 'source restored');
        return;
      default:
        return output satisfies never;
    }
  }
}

const started = (): Rig => {
  const rig = new Rig();
  rig.told();
  rig.touched.length = 0;
  return rig;
};

describe('the start', () => {
  it('subscribes first and looks afterwards, so that nothing falls in between', () => {
    const rig = new Rig();
    expect(rig.commands).toEqual(['subscribe', 'take-snapshot']);
    expect(rig.told()).toEqual(['4', '10.0.0.1']);
    expect(rig.gateway).toBe('10.0.0.254 from 10.0.0.1');
  });

  it('says when there is no network, and when there is one', () => {
    const rig = new Rig(() => {});
    expect(rig.told()).toEqual(['down', 'none', '-']);
    rig.os.addAddress(rig.eth, '10.0.0.2');
    rig.run(1_000);
    expect(rig.told()).toEqual(['up', '4', '10.0.0.2']);
  });

  it('has no deadline between events', () => {
    const rig = started();
    expect(rig.netmon.nextDeadline()).toBeUndefined();
    rig.os.addAddress(rig.eth, '10.0.0.2');
    rig.run(1_000);
    expect(rig.netmon.nextDeadline()).toBeUndefined();
  });
});

describe('no change', () => {
  it('is a look-up that found no route, ten thousand times in a minute (fault 1)', () => {
    const rig = started();
    for (let i = 0; i < 10_000; i++) {
      rig.os.miss();
      rig.run(6);
    }
    expect(rig.netmon.tally).toMatchObject({ misses: 10_000, snapshots: 1, minor: 0, major: 0 });
    expect(rig.told()).toEqual([]);
    expect(rig.touched).toEqual([]);
  });

  it('is what the system repeats', () => {
    const rig = started();
    for (let i = 0; i < 100; i++) {
      rig.os.repeat();
      rig.run(50);
    }
    expect(rig.netmon.tally.snapshots).toBe(1);
    expect(rig.told()).toEqual([]);
  });

  it('is anything that we write ourselves: device, table, maker, rules', () => {
    const rig = started();
    for (let i = 0; i < 250; i++) {
      rig.os.addAddress(rig.tun, `100.64.0.${i}/32`);
      rig.os.addRoute(rig.os.route(`100.64.1.${i}/32`, rig.tun));
      rig.os.addRoute(rig.os.route('0.0.0.0/0', undefined, { table: 52, type: 'throw' }));
      rig.os.addRoute(rig.os.route('0.0.0.0/1', rig.eth, { protocol: 201 }));
      rig.os.addRule({ family: 4, priority: 5_210 + (i % 60), action: 'table', table: 52, mark: undefined, mask: undefined, invert: false, suppressPrefixLength: undefined, protocol: undefined, narrower: false });
      rig.run(20);
    }
    expect(rig.netmon.tally).toMatchObject({ snapshots: 1, minor: 0, major: 0 });
    expect(rig.touched).toHaveLength(1_250);
  });

  it('is a link that is switched, resized or put up by us, when it is our own', () => {
    const rig = started();
    rig.os.setLink(rig.tun, { up: false });
    rig.os.setLink(rig.tun, { mtu: 1_280, up: true });
    rig.run(1_000);
    expect(rig.netmon.tally.snapshots).toBe(1);
    expect(rig.told()).toEqual([]);
    expect(rig.touched).toHaveLength(2);
  });

  it("is an address of a tailnet on somebody else's device, but it may be ours", () => {
    const rig = started();
    const other = rig.os.addLink('tailscale0', 'tunnel');
    rig.run(1_000);
    rig.told();
    rig.os.addAddress(other, '100.64.0.9/32');
    rig.os.addAddress(other, 'fd7a:115c:a1e0::9/128');
    rig.run(1_000);
    expect(rig.touched).toHaveLength(2);
    expect(rig.told()).toEqual([]);
  });

  it('is a route to a single place, link-local or of many receivers, in any number', () => {
    const rig = started();
    for (let i = 0; i < 5_000; i++) rig.os.addRoute(rig.os.route(`10.${i >> 8}.${i & 255}.0/24`, rig.eth));
    rig.os.addRoute(rig.os.route('fe80::/64', rig.eth));
    rig.os.addRoute(rig.os.route('ff00::/8', rig.eth, { type: 'multicast', table: 255 }));
    rig.os.addRoute(rig.os.route('224.0.0.0/4', rig.eth));
    rig.os.addAddress(rig.eth, 'fe80::1/64');
    rig.run(10_000);
    expect(rig.netmon.tally.snapshots).toBe(1);
    expect(rig.touched).toEqual([]);
  });

  it.each(['llw0', 'awdl0', 'ipsec3', 'gif0', 'XHC20', 'anpi1', 'lo0', 'utun7'])('is anything on %s of Darwin', (name) => {
    const rig = new Rig((os, eth) => {
      os.addAddress(eth, '10.0.0.1');
      os.addLink(name);
    }, 'darwin');
    const index = rig.os.links.find((link) => link.name === name)!.index;
    rig.told();
    rig.os.setLink(index, { up: false });
    rig.os.setLink(index, { up: true });
    rig.os.addAddress(index, '192.0.2.1');
    rig.os.addRoute(rig.os.route('::/0', index));
    rig.run(1_000);
    expect(rig.netmon.tally.snapshots).toBe(1);
    expect(rig.told()).toEqual([]);
  });

  it('is what was undone before anybody could look', () => {
    const rig = started();
    const [address] = rig.os.addresses;
    rig.os.removeAddress(address!);
    rig.os.addAddress(rig.eth, '10.0.0.1');
    rig.run(1_000);
    expect(rig.netmon.tally).toMatchObject({ snapshots: 2, minor: 0, major: 0 });
    expect(rig.told()).toEqual([]);
  });
});

describe('a change', () => {
  it('is told once for a burst, after it settled', () => {
    const rig = started();
    const before = rig.os.addresses[0]!;
    for (let i = 2; i < 100; i++) {
      rig.os.addAddress(rig.eth, `10.0.0.${i}`);
      rig.run(2);
    }
    rig.os.removeAddress(before);
    expect(rig.told()).toEqual([]);
    rig.run(1_000);
    expect(rig.netmon.tally.snapshots).toBe(2);
    expect(rig.told().slice(0, 2)).toEqual(['major', '4']);
  });

  it('is looked at within half a second although the burst goes on', () => {
    const rig = started();
    for (let i = 0; i < 60; i++) {
      rig.os.addAddress(rig.eth, `10.0.1.${i}`);
      rig.run(10);
    }
    expect(rig.netmon.tally.snapshots).toBe(2);
  });

  it('costs at most one look a second in a storm without an end', () => {
    const rig = started();
    for (let i = 0; i < 60_000; i++) {
      rig.os.setLink(rig.eth, { running: i % 2 === 0 });
      rig.run(1);
    }
    expect(rig.netmon.tally.snapshots).toBeLessThanOrEqual(6 + 60);
    rig.os.setLink(rig.eth, { running: true });
    rig.run(2_000);
    expect(rig.told().at(-1)).toBe('10.0.0.1');
  });

  it('is minor when an address comes, and when one goes over which nothing left for the internet', () => {
    const rig = started();
    const other = rig.os.addLink('eth1');
    rig.os.addAddress(other, '192.168.7.1');
    rig.run(1_000);
    expect(rig.told()).toEqual(['minor', '4', '10.0.0.1 192.168.7.1']);
    rig.os.removeLink(other);
    rig.run(1_000);
    expect(rig.told()).toEqual(['minor', '4', '10.0.0.1']);
  });

  it('is major when the way out is another one, also as two halves', () => {
    const rig = started();
    rig.os.removeRoute(rig.os.routes[0]!);
    rig.os.addRoute(rig.os.route('0.0.0.0/0', rig.eth, { gateway: parseIp('10.0.0.253')! }));
    rig.run(1_000);
    expect(rig.told()[0]).toBe('major');
    rig.os.addRoute(rig.os.route('128.0.0.0/1', rig.eth));
    rig.run(1_000);
    expect(rig.told()[0]).toBe('major');
  });

  it('is down when the cable is pulled, though its address stays, and up when it is back', () => {
    const rig = started();
    rig.os.setLink(rig.eth, { running: false });
    rig.run(1_000);
    expect(rig.told()).toEqual(['down', 'none', '-']);
    rig.os.setLink(rig.eth, { running: true });
    rig.run(1_000);
    expect(rig.told()).toEqual(['up', '4', '10.0.0.1']);
  });

  it('waits until the network let us have an address', () => {
    const rig = started();
    rig.os.addAddress(rig.eth, '2001:db8::5/64', 'tentative');
    rig.run(1_000);
    expect(rig.told()).toEqual([]);
    rig.os.addAddress(rig.eth, '2001:db8::5/64', 'usable');
    rig.run(1_000);
    expect(rig.told()).toEqual(['minor', '4', '10.0.0.1 2001:db8::5']);
  });

  it('is found behind a message that fits no form: it is an event', () => {
    const rig = started();
    rig.os.unseen(() => rig.os.addAddress(rig.eth, '10.0.0.2'));
    rig.os.garble();
    rig.run(1_000);
    expect(rig.told()).toEqual(['minor', '4', '10.0.0.1 10.0.0.2']);
    expect(rig.touched).toHaveLength(1);
  });

  it('is found when the system had to drop its messages', () => {
    const rig = started();
    rig.os.lose(() => rig.os.removeAddress(rig.os.addresses[0]!));
    rig.run(1_000);
    expect(rig.told()).toEqual(['down', 'none', '-']);
    expect(rig.touched).toEqual([{ kind: 'lost' }]);
  });

  it('is looked for after a sleep, at once', () => {
    const rig = started();
    rig.os.unseen(() => rig.os.addAddress(rig.eth, '10.0.0.2'));
    rig.input({ kind: 'slept' });
    expect(rig.told()).toEqual(['minor', '4', '10.0.0.1 10.0.0.2']);
  });

  it('is not missed when it falls between a question and a slow answer', () => {
    const rig = started();
    rig.obeys = false;
    rig.input({ kind: 'slept' });
    const stale = rig.os.snapshot();
    rig.os.addAddress(rig.eth, '10.0.0.2');
    rig.input({ kind: 'snapshot', snapshot: stale });
    rig.obeys = true;
    rig.run(1_000);
    expect(rig.told()).toEqual(['minor', '4', '10.0.0.1 10.0.0.2']);
  });

  it('is found although the answer to a look was lost', () => {
    const rig = started();
    rig.loses = true;
    rig.input({ kind: 'slept' });
    rig.loses = false;
    rig.os.addAddress(rig.eth, '10.0.0.2');
    rig.run(9_000);
    expect(rig.told()).toEqual([]);
    rig.run(1_500);
    expect(rig.told()).toEqual(['minor', '4', '10.0.0.1 10.0.0.2']);
    expect(rig.netmon.nextDeadline()).toBeUndefined();
  });

  it('is asked for again when no snapshot could be had, and no oftener than once a second', () => {
    const rig = started();
    rig.obeys = false;
    rig.input({ kind: 'slept' });
    for (let i = 0; i < 30; i++) {
      rig.input({ kind: 'snapshot-failed', why: 'ENOMEM' });
      rig.run(1_000);
    }
    expect(rig.netmon.tally.snapshots).toBeLessThan(38);
  });
});

describe('the source', () => {
  it('is subscribed to anew 0.25 s after it ended, twice as long each time, at most 30 s, never in step', () => {
    const rig = started();
    rig.os.refusesSource = 'EMFILE';
    rig.os.endSource('read failed');
    rig.run(180_000);
    const waits = rig.told().map((line) => Number(line.split(': ')[1]));
    const most = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual(most[Math.min(i, 8)]!);
      expect(wait).toBeGreaterThanOrEqual(0.8 * most[Math.min(i, 8)]! - 1);
    }
    expect(waits.length).toBeGreaterThan(10);
    expect(new Set(waits.slice(8)).size).toBeGreaterThan(1);
  });

  it('once it is back, what it missed is looked at', () => {
    const rig = started();
    rig.os.refusesSource = 'EMFILE';
    rig.os.endSource('read failed');
    rig.run(120);
    rig.os.addAddress(rig.eth, '10.0.0.2');
    rig.os.refusesSource = undefined;
    rig.run(500);
    expect(rig.told().slice(1)).toEqual(['source restored', 'minor', '4', '10.0.0.1 10.0.0.2']);
    expect(rig.netmon.nextDeadline()).toBeUndefined();
  });

  it('that ends as soon as it stands is not asked in a circle', () => {
    const rig = started();
    for (let at = 0; at < 120_000; at += 10) {
      rig.os.endSource('closed');
      rig.run(10);
    }
    expect(rig.netmon.tally.subscriptions).toBeLessThan(16);
  });

  it('that neither stands nor fails within 10 s failed, and what happened meanwhile is looked at', () => {
    const rig = started();
    rig.os.endSource('closed');
    rig.run(150);
    rig.loses = true;
    rig.run(350);
    rig.loses = false;
    rig.told();
    rig.os.unseen(() => rig.os.addAddress(rig.eth, '10.0.0.2'));
    rig.run(9_500);
    expect(rig.told()).toEqual([]);
    rig.run(1_500);
    expect(rig.told()).toEqual([expect.stringMatching(/^source failed: /), 'minor', '4', '10.0.0.1 10.0.0.2', 'source restored']);
    expect(rig.netmon.nextDeadline()).toBeUndefined();
  });

  it('is not needed to know the network at the start', () => {
    const rig = new Rig((os, eth) => {
      os.addAddress(eth, '10.0.0.1');
      os.refusesSource = 'EPERM';
    });
    rig.run(200);
    expect(rig.told().slice(1)).toEqual(['4', '10.0.0.1']);
  });
});

describe('our own device (fault 4)', () => {
  it('is opened again at once when it is deleted', () => {
    const rig = started();
    rig.run(60_000);
    rig.os.removeLink(rig.tun);
    expect(rig.told()).toEqual(['device gone', 'device back']);
    expect(rig.netmon.device).toEqual({ index: rig.os.links.at(-1)!.index, name: 'mesh0' });
    rig.run(2_000);
    expect(rig.changes).toBe(0);
  });

  it('is still ours under another name', () => {
    const rig = started();
    rig.os.setLink(rig.tun, { name: 'other0' });
    expect(rig.told()).toEqual(['device renamed']);
    expect(rig.commands).toContain('device-renamed');
    expect(rig.os.opened).toBe(0);
    rig.os.removeLink(rig.tun);
    expect(rig.os.links.at(-1)!.name).toBe('other0');
  });

  it('was deleted, and made anew by somebody else, between its creation and our subscription', () => {
    const rig = started();
    rig.os.unseen(() => {
      rig.os.removeLink(rig.tun);
      rig.os.addLink('mesh0');
    });
    rig.os.refusesDevice = 'EBUSY';
    rig.input({ kind: 'watch', system: 'linux', device: { index: rig.tun, name: 'mesh0' }, marks: MARKS });
    expect(rig.told().filter((line) => line.startsWith('device'))).toEqual(['device gone', 'device not-back']);
  });

  it('was renamed between its creation and our subscription', () => {
    const rig = started();
    rig.os.unseen(() => rig.os.setLink(rig.tun, { name: 'other0' }));
    rig.input({ kind: 'watch', system: 'linux', device: { index: rig.tun, name: 'mesh0' }, marks: MARKS });
    expect(rig.told()[0]).toBe('device renamed');
    expect(rig.netmon.device).toEqual({ index: rig.tun, name: 'other0' });
  });

  it('is looked at once a second while no source tells, and missed within that', () => {
    const rig = started();
    rig.os.refusesSource = 'EMFILE';
    rig.os.endSource('closed');
    rig.run(60_000);
    rig.told();
    expect(rig.netmon.tally.deviceLooks).toBe(60);
    rig.os.removeLink(rig.tun);
    rig.run(1_000);
    expect(rig.told()).toContain('device back');
    rig.os.refusesSource = undefined;
    rig.run(31_000);
    const looks = rig.netmon.tally.deviceLooks;
    rig.run(60_000);
    expect(rig.netmon.tally.deviceLooks).toBe(looks);
  });

  it('is tried again while its name is taken, and soon after that is given back', () => {
    const rig = started();
    rig.run(60_000);
    let taker = 0;
    rig.os.lose(() => {
      rig.os.removeLink(rig.tun);
      taker = rig.os.addLink('mesh0');
    });
    rig.run(60_000);
    expect(rig.told().filter((line) => line === 'device gone')).toHaveLength(1);
    expect(rig.os.opened).toBe(0);
    rig.os.removeLink(taker);
    rig.run(250);
    expect(rig.told()).toEqual(['device back']);
  });

  it('is asked for again when it was neither opened nor refused within 10 s', () => {
    const rig = started();
    rig.loses = true;
    rig.os.removeLink(rig.tun);
    rig.loses = false;
    rig.run(9_900);
    expect(rig.told()).toEqual(['device gone']);
    rig.run(1_000);
    expect(rig.told()).toEqual(['device not-back', 'device back']);
    expect(rig.netmon.nextDeadline()).toBeUndefined();
  });

  it('is not fought over without a pause', () => {
    const rig = started();
    rig.run(60_000);
    for (let at = 0; at < 60_000; at += 10) {
      const device = rig.netmon.device;
      if (device !== undefined) rig.os.removeLink(device.index);
      rig.run(10);
    }
    expect(rig.os.opened).toBeLessThan(12);
  });

  it('is left alone when it is another device that goes', () => {
    const rig = started();
    const other = rig.os.addLink('mesh1', 'tunnel');
    rig.os.removeLink(other);
    rig.run(2_000);
    expect(rig.told()).toEqual([]);
    expect(rig.os.opened).toBe(0);
  });
});

describe('whatever happens, in any order', () => {
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('address' as const), link: fc.nat(3), value: fc.nat(4) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('drop-address' as const), link: fc.nat(20), value: fc.nat(4) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('way' as const), link: fc.nat(3), value: fc.nat(3) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop-way' as const), link: fc.nat(20), value: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('link' as const), link: fc.nat(3), value: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('device' as const, 'source' as const, 'lost' as const, 'miss' as const, 'repeat' as const, 'garble' as const), link: fc.nat(3), value: fc.nat(3) }) },
  );
  const apply = (rig: Rig, { kind, link, value }: { kind: string; link: number; value: number }, links: readonly number[]): void => {
    const { os } = rig;
    const index = links[link % links.length]!;
    if (kind === 'address') os.addAddress(index, value === 4 ? '2001:db8::1/64' : `10.${link}.0.${value}`);
    else if (kind === 'drop-address' && os.addresses.length > 0) os.removeAddress(os.addresses[link % os.addresses.length]!);
    else if (kind === 'way') os.addRoute(os.route(value === 3 ? '::/0' : '0.0.0.0/0', index, { metric: value }));
    else if (kind === 'drop-way' && os.routes.length > 0) os.removeRoute(os.routes[link % os.routes.length]!);
    else if (kind === 'link') os.setLink(index, value === 0 ? { up: false } : { up: true, running: value !== 1 });
    else if (kind === 'device' && rig.netmon.device !== undefined) os.removeLink(rig.netmon.device.index);
    else if (kind === 'source') os.endSource('closed');
    else if (kind === 'lost') os.lose(() => apply(rig, { kind: 'address', link, value }, links));
    else if (kind === 'miss') os.miss();
    else if (kind === 'repeat') os.repeat();
    else if (kind === 'garble') os.garble();
  };

  it('what was told in the end is what a fresh look at the whole would tell, and our device is there', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(act, fc.constantFrom(0, 0, 5, 120, 700)), { maxLength: 60 }), (acts) => {
        const rig = new Rig();
        const links = [rig.eth, rig.os.addLink('eth1'), rig.os.addLink('wlan0')];
        for (const [one, pause] of acts) {
          apply(rig, one, links);
          rig.run(pause);
        }
        rig.run(120_000);
        const told = rig.netmon.underlay!;
        const fresh = new Netmon({ rng: createSeededRng(2) });
        fresh.handle({ kind: 'watch', system: 'linux', device: rig.netmon.device, marks: MARKS }, rig.now);
        fresh.handle({ kind: 'event', event: { kind: 'source-up' } }, rig.now);
        fresh.handle({ kind: 'snapshot', snapshot: rig.os.snapshot() }, rig.now);
        const parts = ({ addresses, waysOut }: Underlay) => ({ addresses: addresses.map(({ address }) => formatIp(address)).toSorted(), waysOut });
        expect(parts(told)).toEqual(parts(fresh.underlay!));
        expect(rig.os.link(rig.netmon.device!.index)?.name).toBe('mesh0');
        expect(rig.netmon.nextDeadline()).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
