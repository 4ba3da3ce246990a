/** Whom Bowline believes to be the real Headscale: by certificate at first, by its key from then on. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BowlineNode } from './bowline-node.ts';
import { HeadscaleLab, needHeadscale, SERVER_NAME } from './headscale-lab.ts';
import { pause, until } from './rooms.ts';

needHeadscale();

describe('the real Headscale, or who says so', () => {
  let lab: HeadscaleLab;
  let node: BowlineNode;
  beforeAll(async () => {
    lab = await HeadscaleLab.open({ rooms: 1 });
  });
  afterAll(() => lab.close());
  afterEach(async () => {
    await node.kill();
  });

  it('is told nothing while its certificate is of an authority that nobody knows', async () => {
    node = new BowlineNode(lab, lab.room(0), 'careful', 'nobody');
    await node.start('--authkey', await lab.authKey());
    await node.untilPhase('backing-off');
    await pause(3_000);
    const { truths, causes, state } = await node.status();
    expect(truths.control.detail).toMatch(new RegExp(`${SERVER_NAME}: its certificate is signed by an authority that this computer does not trust`));
    expect(causes[0]).toContain('certificate');
    expect(state).not.toBe('connected');
    expect(lab.log()).not.toContain('remote=192.0.2.');
    expect(await lab.nodes()).toEqual([]);
  });

  it('is told nothing while its certificate has ended, and the day is named; with a new one all goes on', async () => {
    const ended = new Date(Date.now() - 20 * 86_400_000);
    await lab.restartWithCertificate(ended);
    node = new BowlineNode(lab, lab.room(0), 'late');
    await node.start('--authkey', await lab.authKey());
    await node.untilPhase('backing-off');
    const { truths } = await node.status();
    console.log(truths.control.detail);
    expect(truths.control.detail).toMatch(new RegExp(`${SERVER_NAME}: certificate expired on .*\\b${ended.getUTCDate()}\\b`));
    expect(await lab.nodes()).toEqual([]);
    await lab.restartWithCertificate(undefined);
    await node.untilPhase('running', 30_000);
    // What the test before looked for in vain.
    expect(lab.log()).toContain('remote=192.0.2.');
  });

  it('that shows another key is a question to a person, never an answer: nothing goes on until it is given', async () => {
    node = new BowlineNode(lab, lab.room(0), 'firm');
    await node.join(await lab.authKey());
    await until(() => lab.isOnline('firm'), 'it is online');
    const before = (await node.history('control')).length;
    await lab.restartWithOtherKey();
    await node.untilPhase('key-changed', 30_000);
    await pause(5_000);
    const [{ causes, truths, state }, { keyChange }] = [await node.status(), await node.account()];
    expect(causes.filter((cause) => cause.includes('another key'))).toHaveLength(1);
    expect(causes[0]).toContain(`${SERVER_NAME} shows another key than before`);
    expect(truths.control.state).not.toBe('ok');
    expect(state).not.toBe('connected');
    expect(keyChange?.pinned).toMatch(/^mkey:[0-9a-f]{64}$/);
    expect(keyChange?.offered).not.toBe(keyChange?.pinned);
    const told = (await node.history('control')).slice(before);
    expect(told, JSON.stringify(told)).toHaveLength(1);
    expect(await lab.isOnline('firm')).toBe(false);
    // Not after a restart either.
    await node.kill();
    await node.start();
    await node.untilPhase('key-changed', 30_000);
    await node.acceptServerKey(true);
    await node.untilPhase('running');
    await until(() => lab.isOnline('firm'), 'it is online again');
  });
});
