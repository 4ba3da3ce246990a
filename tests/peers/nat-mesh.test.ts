/**
 * Two stock clients and two Bowlines, each behind a NAT of its own, with the real Headscale and derper: who reaches whom and
 * how, and how soon data flows again after a fault. The limit is what the stock clients needed between themselves in the same
 * run, plus 20 %, and at least a second, because pings go every 200 ms on a machine that has other work. Where a direct way dies,
 * it is at least what a stock client trusts a way for: when in that time the fault strikes is chance. A restart of Bowline alone
 * disturbs no two stock clients, so it is held to 15 s instead. Waits between attempts are random on all sides: a fault after which
 * somebody is late is struck once more, and counts when somebody is late again. Prints a table of every strike.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK, FLUSH, RELAY, RESTART_BOWLINE, RESTART_STOCK, UNBLOCK, UPLINK, type MeshFault } from './mesh-faults.ts';
import { COMPANIES, MeshLab, nameOf, type MeshKinds, type Way } from './mesh-lab.ts';
import { needNatLab } from './nat-lab.ts';
import { pause, until } from './rooms.ts';

needNatLab();

/** ms in which everybody has answered everybody, after joining. */
const FIRST_ANSWER = 15_000;
/** ms in which everybody who can has a direct way. */
const DIRECT = 20_000;
/** ms that a fault is watched, at least, and as long as somebody is silent, at most. */
const WATCHED = [12_000, 45_000] as const;
const LIMIT = { share: 0.2, atLeast: 1_000 } as const;
/** ms: stock clients send to an address that answered this lately, whether it still does or not. */
const STOCK_TRUST = 6_500;
/** ms: Bowline's start, and its peers' notice of it. */
const RESTARTED = 15_000;
const FAULTS: readonly MeshFault[] = [FLUSH, UPLINK, BLOCK, UNBLOCK, RELAY, RESTART_STOCK, RESTART_BOWLINE];

const MESHES: readonly { readonly name: string; readonly kinds: MeshKinds; readonly faults: readonly MeshFault[] }[] = [
  { name: 'easy NATs', kinds: ['easy', 'easy', 'easy', 'easy'], faults: FAULTS },
  { name: 'hard NATs', kinds: ['hard', 'hard', 'hard', 'hard'], faults: FAULTS },
  { name: 'an easy and a hard NAT of each', kinds: ['easy', 'hard', 'easy', 'hard'], faults: [] },
];

describe.concurrent.each(MESHES)('a mesh behind $name', ({ name, kinds, faults }) => {
  let mesh: MeshLab;
  beforeAll(async () => {
    mesh = await MeshLab.open(kinds);
  });
  afterAll(() => mesh?.close());

  /** Both ends sit behind easy ones: it is direct; both behind hard ones: it cannot be. */
  const expected = ({ from, to }: Way): 'direct' | 'relay' | 'either' => (mesh.kindOf(from) !== mesh.kindOf(to) ? 'either' : mesh.kindOf(from) === 'easy' ? 'direct' : 'relay');
  const wrongPaths = async (): Promise<readonly string[]> => {
    const paths = await mesh.paths();
    return mesh.ways.filter((way) => expected(way) !== 'either' && paths.get(nameOf(way)) !== expected(way)).map((way) => `${nameOf(way)}: ${paths.get(nameOf(way))}, not ${expected(way)}`);
  };
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      console.log(`${name}: ${String(error)}\n${await mesh.evidence()}`);
      throw error;
    }
  };

  it.sequential('has everybody answer everybody, directly where both are easy and through the relay where both are hard', () =>
    told(async () => {
      const opened = performance.now();
      const answered = await mesh.untilAllAnswer(FIRST_ANSWER);
      let wrong: readonly string[] = [];
      await until(async () => (wrong = await wrongPaths()).length === 0, 'every way is as it should be', DIRECT).catch((error: unknown) => {
        throw new Error(`${String(error)}; ${wrong.join('; ')}`);
      });
      const paths = performance.now() - opened;
      console.log(`${name}: all had answered after ${seconds(answered)}, all ways were as they should be after ${seconds(paths)}`);
    }),
  );

  it.sequential('answers the ping of `tailscale` and of `bowline`, whoever asks whomever', () =>
    told(async () => {
      for (const { from, to } of mesh.ways) expect(await from.ownPing(to.name), `${from.name} to ${to.name}`).toMatch(/pong|3 of 3/);
    }),
  );

  if (faults.length > 0)
    it.sequential('carries data again after each fault as soon as the stock clients do', { timeout: 360_000 }, () =>
      told(async () => {
        const rows: string[] = [];
        const late: string[] = [];
        const strike = async (fault: MeshFault): Promise<readonly string[]> => {
          const began = performance.now();
          await fault.strike(mesh, 0);
          await pause(WATCHED[0] - (performance.now() - began));
          await mesh.untilAllAnswer(WATCHED[1]).catch(() => undefined);
          const [stock, bowline, mixed] = COMPANIES.map((company) => mesh.steadyAfter(mesh.waysOf(company), began));
          rows.push(`${name.padEnd(10)} | ${fault.name.padEnd(24)} | ${[stock, bowline, mixed].map((ms) => seconds(ms).padStart(8)).join(' | ')}`);
          const needed = Math.max(stock ?? Infinity, fault === UPLINK || fault === BLOCK || fault === FLUSH ? STOCK_TRUST : 0);
          const limit = fault === RESTART_BOWLINE ? RESTARTED : needed + Math.max(LIMIT.atLeast, LIMIT.share * needed);
          return mesh.ways
            .map((way) => ({ way, took: mesh.steadyAfter([way], began) }))
            .filter(({ took }) => (took ?? Infinity) > limit)
            .map(({ way, took }) => `${fault.name}: ${nameOf(way)} after ${seconds(took)}, the stock clients after ${seconds(stock)}`);
        };
        for (const fault of faults) {
          const tooLate = await strike(fault);
          if (tooLate.length === 0) continue;
          console.log(`${name}: struck again, since ${tooLate.join('; ')}\n${await mesh.evidence()}`);
          if (fault === UNBLOCK) await BLOCK.strike(mesh, 0);
          else if (fault === BLOCK) await UNBLOCK.strike(mesh, 0);
          if (fault === BLOCK || fault === UNBLOCK) await mesh.untilAllAnswer(WATCHED[1]);
          late.push(...(await strike(fault)));
        }
        console.log(`${'NATs'.padEnd(10)} | ${'data again after'.padEnd(24)} |    stock |  bowline |    mixed\n${rows.join('\n')}`);
        expect(late).toEqual([]);
        expect(await wrongPaths()).toEqual([]);
      }),
    );
});

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}
