import { describe, expect, it } from 'vitest';
import { parseIp, type IpAddress } from '../base/ip.ts';
import { instant, seconds } from '../time/instant.ts';
import { MiniStack } from './mini-stack.ts';

const ip = (text: string): IpAddress => parseIp(text)!;
const pair = (): [MiniStack, MiniStack] => [
  new MiniStack({ addresses: [ip('10.9.0.1'), ip('fd09::1')] }),
  new MiniStack({ addresses: [ip('10.9.0.2'), ip('fd09::2')] }),
];

describe('mini stack', () => {
  for (const to of ['10.9.0.2', 'fd09::2']) {
    for (const kind of ['udpEcho', 'ping'] as const) {
      it(`gets its ${kind} to ${to} back and measures the time`, () => {
        const [a, b] = pair();
        const request = a[kind](ip(to), 77, instant(1_000), new Uint8Array(31).fill(9));
        const [reply, ...more] = b.handlePacket(request);
        expect(more).toEqual([]);
        expect(a.handlePacket(reply!, instant(1_042))).toEqual([]);
        expect(a.takeReplies()).toEqual([{ kind: kind === 'ping' ? 'ping' : 'udp', from: ip(to), seq: 77, rttMs: 42 }]);
        expect(a.stats).toMatchObject({ sent: 1, received: 1, lost: 0, rttMaxMs: 42 });
        expect(b.stats).toMatchObject({ answered: 1, ignored: 0 });
      });
    }
  }

  it('counts a request as lost when its time is over, and its late reply not at all', () => {
    const [a, b] = pair();
    const request = a.udpEcho(ip('10.9.0.2'), 1, instant(0));
    a.expire(instant(seconds(10)));
    expect(a.stats).toMatchObject({ sent: 1, received: 0, lost: 1 });
    a.handlePacket(b.handlePacket(request)[0]!, instant(seconds(11)));
    expect(a.stats).toMatchObject({ received: 0, lost: 1, ignored: 1 });
  });

  it('ignores packets for others, broken checksums and anything cut short', () => {
    const [a, b] = pair();
    expect(b.handlePacket(a.udpEcho(ip('10.9.0.3'), 1, instant(0)))).toEqual([]);
    for (const request of [a.udpEcho(ip('10.9.0.2'), 2, instant(0)), a.ping(ip('fd09::2'), 3, instant(0))]) {
      const flipped = request.slice();
      flipped[flipped.length - 1]! ^= 1;
      expect(b.handlePacket(flipped)).toEqual([]);
      for (let n = 0; n < request.length; n++) expect(b.handlePacket(request.subarray(0, n))).toEqual([]);
    }
    expect(b.stats.answered).toBe(0);
  });

  it('never holds more than its bound of requests', () => {
    const [a] = pair();
    for (let seq = 0; seq < 5_000; seq++) a.udpEcho(ip('10.9.0.2'), seq, instant(seq / 1_000));
    expect(a.outstanding).toBe(4_096);
    expect(a.stats.lost).toBe(904);
  });
});
