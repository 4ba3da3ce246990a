/** The tunnel's device of a node of a tailnet goes, while the other node pings it: the same sessions, and nothing of the other's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arrivals } from './arrivals.ts';
import { BowlineNode } from './bowline-node.ts';
import { HeadscaleLab, needHeadscale } from './headscale-lab.ts';
import { until, type Running } from './rooms.ts';

needHeadscale();

/** ms; what the fault may cost. */
const BACK_WITHIN = 2_000;
const DEVICE = 'bowl0';

describe('the device of a node of a tailnet', () => {
  let lab: HeadscaleLab;
  let ant: BowlineNode;
  let bee: BowlineNode;
  let pinging: Running;
  let pings: Arrivals;
  const back = async (since: number): Promise<number> => {
    await until(() => pings.steadyAfter(since, 500) !== undefined && performance.now() - since > 1_500, 'the ping is answered again', 30_000);
    return pings.steadyAfter(since, 500) ?? Infinity;
  };
  const index = async (node: BowlineNode): Promise<number> => Number((await node.room.ip(`-o link show ${DEVICE}`)).split(':')[0]);

  beforeAll(async () => {
    lab = await HeadscaleLab.open();
    [ant, bee] = [new BowlineNode(lab, lab.room(0), 'ant'), new BowlineNode(lab, lab.room(1), 'bee')];
    const key = await lab.authKey();
    await Promise.all([ant.join(key), bee.join(key)]);
    const to = (await lab.nodeOf('ant')).ipAddresses.find((address) => address.includes('.')) ?? '';
    pinging = bee.room.start(['ping', '-D', '-i', '0.1', to]);
    pings = new Arrivals(pinging, 'bytes from');
    await until(() => pings.count(0) > 10, 'the one reaches the other', 20_000);
  });
  afterAll(() => lab.close());

  it('is deleted: there again within 2 s with all that belongs to it, and told so', async () => {
    const [before, others] = [await index(ant), await index(bee)];
    const handshakes = (await ant.snapshot()).peers[0]?.handshakes;
    const since = performance.now();
    await ant.room.ip(`link del ${DEVICE}`);
    expect(await back(since)).toBeLessThan(BACK_WITHIN);
    expect(await index(ant)).not.toBe(before);
    expect(await index(bee)).toBe(others);
    const { truths, peers, history } = await ant.snapshot();
    expect(truths.os.state).toBe('ok');
    expect(peers[0]?.handshakes).toBe(handshakes);
    expect(history.map(({ cause }) => cause.key).filter((key) => key.startsWith('history.cause.device'))).toEqual(['history.cause.device-deleted']);
    expect(history.find(({ cause }) => cause.key === 'history.cause.device-deleted')).toMatchObject({ unreachable: ['bee'], result: { key: 'history.result.device-back' } });
    expect((await bee.snapshot()).history.some(({ cause }) => cause.key.startsWith('history.cause.device'))).toBe(false);
  });

  it('is renamed: it goes on, and what is undone on it comes back', async () => {
    const before = await index(ant);
    const since = performance.now();
    await ant.room.ip(`link set ${DEVICE} name bowl9`);
    expect(await back(since)).toBeLessThan(500);
    expect(Number((await ant.room.ip('-o link show bowl9')).split(':')[0])).toBe(before);
    await ant.room.ip('route flush dev bowl9');
    expect(await back(performance.now())).toBeLessThan(BACK_WITHIN);
    expect(await ant.room.ip('route show dev bowl9')).toContain('100.64.0.0/10');
    await ant.room.ip(`link set bowl9 name ${DEVICE}`);
    expect((await ant.snapshot()).truths.os.state).not.toBe('down');
  });
});
