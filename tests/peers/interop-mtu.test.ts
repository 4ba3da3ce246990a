/** Packets of exactly the MTU and around it, both ways, at the usual MTU, the least that IPv6 allows, and a jumbo one: none is lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HERE, Lab, needPrograms, realPeers, THERE, type RealPeer } from './lab.ts';
import { carried, missingAnswers, pingCommand } from './measure.ts';

needPrograms('iperf3');

const MTUS = [
  { mtu: 1_420, cableMtu: 1_500 },
  { mtu: 1_280, cableMtu: 1_500 },
  { mtu: 8_920, cableMtu: 9_000 },
] as const;
const CASES = MTUS.flatMap((sizes) => realPeers().map((peer: RealPeer) => ({ ...sizes, ...peer })));
/** Bytes below the MTU that are tried: every remainder of the padding to 16. */
const BELOW = 17;
const EACH = 3;

describe.each(CASES)('MTU $mtu with $name', ({ mtu, cableMtu, program }) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = new Lab({ program, cableMtu });
    await lab.startThere({ mtu });
    const ran = lab.up(lab.config({ interfaceLines: `MTU = ${mtu}` }));
    expect(ran).toMatchObject({ status: 0, out: expect.stringContaining(`MTU ${mtu},`) });
    expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
  });
  afterAll(() => lab.close());

  it('loses nothing, IPv4 and IPv6, both ways', async () => {
    const ways = [
      { side: HERE, to: '10.7.0.2', headers: 28 },
      { side: HERE, to: 'fd07::2', headers: 48 },
      { side: THERE, to: '10.7.0.1', headers: 28 },
      { side: THERE, to: 'fd07::1', headers: 48 },
    ] as const;
    const runs = ways.map(({ side, to, headers }) => {
      // One after another: every ping of a family hears every answer.
      const pings = Array.from({ length: BELOW + 1 }, (_, i) => pingCommand(to, EACH, { size: mtu - headers - i, fragments: 'never' }).join(' '));
      return lab.start(side, ['sh', '-c', pings.join('; ')]).ended;
    });
    const said = (await Promise.all(runs)).map(({ out }) => out.split(/^PING /m).slice(1).map((one) => missingAnswers(one, EACH)));
    const none = Array.from({ length: BELOW + 1 }, () => []);
    expect(said).toEqual(ways.map(() => none));
  });

  it('sends larger packets in fragments, and not at all where that is forbidden', () => {
    for (const [side, to] of [[HERE, '10.7.0.2'], [THERE, '10.7.0.1']] as const) {
      expect(lab.tryRun(side, ['ping', '-M', 'do', '-s', String(mtu - 27), '-c', '1', '-W', '1', to])).toMatchObject({ status: 1 });
      expect(missingAnswers(lab.run(side, pingCommand(to, 3, { size: 2 * mtu + 100 })).out, 3)).toEqual([]);
    }
  });

  it('carries a stream of full packets, both ways', () => {
    lab.start(THERE, ['iperf3', '-s']);
    lab.run(HERE, ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9 10; do iperf3 -c 10.7.0.2 -n 1K >/dev/null && exit 0; sleep 0.2; done; exit 1']);
    expect(carried(lab, '10.7.0.2', ['-t', '1'])).toBeGreaterThan(4 * 1_048_576);
    expect(carried(lab, '10.7.0.2', ['-t', '1', '-R'])).toBeGreaterThan(4 * 1_048_576);
  });
});
