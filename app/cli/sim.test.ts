/** The command itself: what it prints, and its exit status. It runs from the build. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const BUILT = fileURLToPath(new URL('../../dist/app/cli/sim.js', import.meta.url));

function sim(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUILT, ...args], { encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

describe('sim', () => {
  it('lists its scenarios as one JSON object', () => {
    const { status, out } = sim('--list', '--json');
    expect(status).toBe(0);
    const { scenarios } = JSON.parse(out) as { scenarios: { name: string; what: string }[] };
    expect(scenarios.map((s) => s.name)).toEqual(expect.arrayContaining(['random', 'quiet-day', 'busy-day', 'cut-cable', 'peer-restart', 'peer-moves', 'suspend', 'lossy', 'hostile', 'many-peers']));
    for (const { what } of scenarios) expect(what.length).toBeGreaterThan(10);
  });

  it('runs one and prints one JSON object, the same for the same seed', () => {
    const [first, second] = [sim('peer-moves', '--seed', '3', '--json'), sim('peer-moves', '--seed', '3', '--json')];
    expect(first.status).toBe(0);
    expect(second.out).toBe(first.out);
    expect(JSON.parse(first.out)).toMatchObject({ scenario: 'peer-moves', seed: 3, ok: true, virtualSeconds: 140, violations: [] });
    expect((JSON.parse(first.out) as { traceHash: string }).traceHash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('prints a short report for a person', () => {
    const { status, out } = sim('random', '--seed', '2');
    expect(status).toBe(0);
    expect(out).toMatch(/^random, seed 2: ok\n/);
  });

  it('plays a scenario without its one rule, says so, and fails', () => {
    const { status, out, err } = sim('silent-control', '--naive', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ scenario: 'silent-control', naive: true, ok: false });
    expect(err).toBe('replay: npm run sim -- silent-control --seed 1 --naive\n');
  });

  it('shares many seeds among processes, and tells of those that failed', () => {
    const { status, out } = sim('silent-control', '--naive', '--runs', '3', '--jobs', '2', '--json');
    expect(status).toBe(1);
    const summary = JSON.parse(out) as { ok: boolean; runs: number; failed: { seed: number }[] };
    expect(summary).toMatchObject({ ok: false, runs: 3 });
    expect(summary.failed.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    expect(sim('peer-moves', '--runs', '2', '--jobs', '2').out).toBe('2 runs of peer-moves from seed 1: all ok\n');
  });

  it.each([[[]], [['nonsense']], [['random', '--naive']], [['random', 'more']], [['random', '--seed', 'x']], [['random', '--wrong']]])('refuses %j with status 2 and says what is right', (args) => {
    const { status, out, err } = sim(...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/usage: npm run sim -- NAME/);
  });
});
