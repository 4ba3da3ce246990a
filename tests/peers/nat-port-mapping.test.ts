/**
 * Two hard NATs, which no hole punching joins, and the real MiniUPnPd in the router of one: Bowline behind it is called by a
 * stock client at the port that the router gave, by PCP and by NAT-PMP.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Netcheck } from '../../app/api/schema.ts';
import { Arrivals } from './arrivals.ts';
import { BowlineNode } from './bowline-node.ts';
import { MiniUpnpd, needMiniUpnpd } from './mini-upnpd.ts';
import { NatLab, needNatLab } from './nat-lab.ts';
import { until } from './rooms.ts';
import { StockNode } from './stock-node.ts';

needNatLab();
needMiniUpnpd();

/** ms for a direct way, from the first packet; and after the router restarted, which a check of the network has to find first. */
const DIRECT = 20_000;
const DIRECT_AGAIN = 60_000;

describe('behind a router that gives ports', () => {
  let lab: NatLab;
  let router: MiniUpnpd;
  let bowline: BowlineNode;
  let stock: StockNode;
  let answers: Arrivals;
  let pingsSince = 0;
  beforeAll(async () => {
    lab = await NatLab.open(['hard', 'hard']);
    router = await MiniUpnpd.build(lab.server.segment, lab.site(0), [lab.site(1)]);
    await router.start();
    bowline = new BowlineNode(lab.server, lab.site(0).room, 'bowline');
    stock = new StockNode(lab.server, lab.site(1).room);
    await Promise.all([bowline.join(await lab.server.authKey()), stock.up('stock')]);
    const address = (await lab.server.nodeOf('bowline')).ipAddresses[0] ?? '';
    pingsSince = performance.now();
    answers = new Arrivals(stock.room.start(['ping', '-i', '0.2', address]), 'bytes from');
  });
  afterAll(() => lab?.close());

  const told = async (): Promise<string | null> => (JSON.parse((await bowline.must('netcheck', '--json')).out) as Netcheck).portMapping;
  const isCalledThere = async (withinMs: number): Promise<number> => {
    const mapped = await router.mappings();
    expect(mapped).toEqual([expect.stringContaining(` -> ${lab.site(0).room.ipv4}:`)]);
    const port = mapped[0]?.split(' ')[0];
    return until(async () => (await stock.directTo('bowline')) === `${router.external}:${port}`, `the stock client calls ${router.external}:${port}`, withinMs).catch(async (error: unknown) => {
      throw new Error(`${String(error)}; it is at ${await stock.directTo('bowline')}; ${router.log().slice(-2_000)}`);
    });
  };

  it.sequential('is called by the port that PCP gave, where nothing else is direct', async () => {
    await until(() => answers.count(0) > 0, 'the first answer', DIRECT);
    await isCalledThere(DIRECT);
    console.log(`direct by the port of PCP ${since(pingsSince)} after the first ping`);
    expect(await told()).toMatch(new RegExp(`^PCP: ${router.external.replaceAll('.', '\\.')}:\\d+$`));
    expect((await bowline.history()).map(({ cause }) => cause)).toContain('PCP: the router gives a port');
  });

  it.sequential('is called again after the router restarted and lost the port', async () => {
    await router.restart();
    expect(await router.mappings()).toEqual([]);
    const began = performance.now();
    await until(async () => (await router.mappings()).length > 0, 'the port is mapped again', DIRECT_AGAIN);
    const mapped = since(began);
    await isCalledThere(DIRECT_AGAIN);
    console.log(`mapped again after ${mapped}, called there after ${since(began)}`);
    expect((await bowline.history()).some(({ cause }) => cause === 'PCP: the router restarted and had lost the port')).toBe(true);
  });

  it.sequential('gives the port back when it ends', async () => {
    await bowline.stop();
    await until(async () => (await router.mappings()).length === 0, 'the mapping is gone', 5_000);
  });

  it.sequential('is called by the port that NAT-PMP gave, at a router that knows no PCP', async () => {
    await router.silencePcp();
    await bowline.start();
    await bowline.untilPhase('running');
    await until(async () => (await router.mappings()).length > 0, 'the port is mapped', DIRECT);
    const startedAt = performance.now();
    await until(() => answers.count(startedAt) > 0, 'the first answer', DIRECT);
    await isCalledThere(DIRECT);
    console.log(`direct by the port of NAT-PMP ${since(startedAt)} after it was given`);
    expect(await told()).toMatch(/^NAT-PMP: /);
    await bowline.stop();
    await until(async () => (await router.mappings()).length === 0, 'the mapping is gone', 5_000);
  });
});

function since(began: number): string {
  return `${((performance.now() - began) / 1_000).toFixed(1)} s`;
}
