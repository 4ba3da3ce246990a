/** Two minutes and more of traffic across a rekey: both programs at once, because the time is spent waiting. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HERE, Lab, needPrograms, realPeers, THERE, until } from './lab.ts';
import { missingAnswers, pingCommand } from './measure.ts';

needPrograms('iperf3');

/** s: REKEY_AFTER_TIME is 120. */
const FOR = 130;
const PINGS = FOR * 20;

describe('a rekey under traffic', () => {
  const labs: { readonly name: string; readonly lab: Lab }[] = [];
  beforeAll(async () => {
    for (const { name, program } of realPeers()) {
      const lab = new Lab({ program });
      labs.push({ name, lab });
      await lab.startThere();
      expect(lab.up(lab.config())).toMatchObject({ status: 0 });
      expect(lab.ping(HERE, '10.7.0.2')).toBe(3);
    }
  });
  afterAll(async () => {
    for (const { lab } of labs) await lab.close();
  });

  it(`loses no packet of ${PINGS} each way`, { timeout: (FOR + 60) * 1_000 }, async () => {
    const runs = await Promise.all(
      labs.map(async ({ name, lab }) => {
        const first = Number(lab.wgShow('latest-handshakes').split('\t')[1]);
        lab.start(THERE, ['iperf3', '-s']);
        await until(() => lab.tryRun(HERE, ['iperf3', '-c', '10.7.0.2', '-n', '1K']).status === 0, 'iperf3 serves');
        // Small writes: Debian's wireguard-go takes the system's receive buffer, which a burst of 128 KB overflows.
        const stream = lab.start(HERE, ['iperf3', '-J', '-c', '10.7.0.2', '-b', '3M', '-l', '4K', '-t', String(FOR)]);
        const long = { withinSeconds: FOR + 30 };
        const pings = [lab.start(HERE, pingCommand('10.7.0.2', PINGS, long)), lab.start(THERE, pingCommand('fd07::1', PINGS, long))];
        const lost = (await Promise.all(pings.map((ping) => ping.ended))).map((ran) => missingAnswers(ran.out, PINGS));
        const { status } = await stream.ended;
        const last = Number(lab.wgShow('latest-handshakes').split('\t')[1]);
        return { name, lost, status, rekeyed: last - first >= 115 };
      }),
    );
    expect(runs).toEqual(labs.map(({ name }) => ({ name, lost: [[], []], status: 0, rekeyed: true })));
    for (const { lab } of labs) expect(lab.bowline('history', '--json').out).not.toContain('no data for');
  });
});
