/** The lab of NATs itself, proved with stock clients alone: where this passes and the mesh fails, the fault is Bowline's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arrivals } from './arrivals.ts';
import { NatLab, needNatLab } from './nat-lab.ts';
import type { NatKind } from './nat-site.ts';
import { pause, until } from './rooms.ts';
import { StockNode } from './stock-node.ts';

needNatLab();

const KINDS: readonly { readonly kind: NatKind; readonly direct: boolean }[] = [
  { kind: 'easy', direct: true },
  { kind: 'hard', direct: false },
];
/** ms in which stock clients find a direct way, where there is one. */
const DIRECT = 15_000;

describe.concurrent.each(KINDS)('two stock clients behind $kind NATs', ({ kind, direct }) => {
  let lab: NatLab;
  let one: StockNode;
  let answers: Arrivals;
  beforeAll(async () => {
    lab = await NatLab.open([kind, kind]);
    one = new StockNode(lab.server, lab.site(0).room);
    const two = new StockNode(lab.server, lab.site(1).room);
    await Promise.all([one.up('one'), two.up('two')]);
    const address = (await lab.server.nodeOf('two')).ipAddresses[0] ?? '';
    answers = new Arrivals(one.room.start(['ping', '-i', '0.2', address]), 'bytes from');
  });
  afterAll(() => lab?.close());

  it.sequential(direct ? 'go direct' : 'stay on the relay', async () => {
    const began = performance.now();
    await until(() => answers.count(began) > 0, 'the first answer', DIRECT);
    if (direct) expect(await one.untilDirect('two', DIRECT)).toBeLessThan(DIRECT);
    else {
      await pause(DIRECT);
      expect(await one.directTo('two')).toBe('');
      expect(await one.tailscale('ping', '-c', '1', '--until-direct=false', 'two')).toContain('DERP(lab)');
    }
  });

  it.sequential('are carried by the relay alone where UDP is blocked', async () => {
    await lab.site(0).blockUdp();
    await until(async () => (await one.directTo('two')) === '', 'no direct way is left', 30_000);
    await lab.relay.kill();
    const killedAt = performance.now();
    await pause(3_000);
    expect(answers.count(killedAt + 500)).toBe(0);
    await lab.relay.start();
    const startedAt = performance.now();
    await until(() => answers.count(startedAt) > 0, 'the relay carries again', 20_000);
    await lab.site(0).unblockUdp();
    if (direct) await one.untilDirect('two', 40_000);
  });
});
