/**
 * Two stock clients and two Bowlines behind easy NATs, and a fault every 20 s: nobody is silent for longer than 15 s, and no
 * Bowline takes more down than there were faults. Two real minutes; MESH_MINUTES=10 runs the ten that are published. What the
 * stock clients do between themselves meanwhile is printed, not demanded.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK, FLUSH, RELAY, RESTART_BOWLINE, RESTART_STOCK, UNBLOCK, UPLINK, type MeshFault } from './mesh-faults.ts';
import { COMPANIES, MeshLab, nameOf, type Way } from './mesh-lab.ts';
import { needNatLab } from './nat-lab.ts';
import { pause } from './rooms.ts';

needNatLab();

const MINUTES = Number(process.env['MESH_MINUTES'] ?? 2);
const EVERY = 20_000;
const SILENT_AT_MOST = 15_000;
const TEARDOWNS_OF_A_FAULT = 1;
const FAULTS: readonly MeshFault[] = [UPLINK, BLOCK, UNBLOCK, RELAY, FLUSH, RESTART_STOCK, RESTART_BOWLINE];

describe('a mesh with a fault every 20 s', () => {
  let mesh: MeshLab;
  beforeAll(async () => {
    mesh = await MeshLab.open(['easy', 'easy', 'easy', 'easy']);
  });
  afterAll(() => mesh?.close());

  it(`has nobody silent for longer than 15 s in ${MINUTES} minutes`, { timeout: MINUTES * 60_000 + 120_000 }, async () => {
    await mesh.untilAllAnswer(30_000).catch(async (error: unknown) => {
      console.log(await mesh.evidence());
      throw error;
    });
    const began = performance.now();
    const faults = Math.floor((MINUTES * 60_000) / EVERY);
    const broken: string[] = [];
    for (let at = 0; at < faults; at++) {
      const fault = FAULTS[at % FAULTS.length] ?? FLUSH;
      // Each round of faults strikes the other two.
      const struckAt = performance.now();
      const teardowns = await mesh.teardowns();
      await fault.strike(mesh, Math.floor(at / FAULTS.length) % 2 === 0 ? 0 : 1);
      await pause(began + (at + 1) * EVERY - performance.now());
      for (const [name, count] of await mesh.teardowns()) {
        // Who was started again counts from 0.
        if (count - (teardowns.get(name) ?? 0) > TEARDOWNS_OF_A_FAULT) broken.push(`${fault.name}: ${name} replaced ${count - (teardowns.get(name) ?? 0)} sockets`);
      }
      const silences = mesh.ways.filter(({ answers }) => answers.longestSilence(struckAt) > SILENT_AT_MOST);
      if (silences.length > 0 && broken.length === 0) console.log(`after ${fault.name}:\n${await mesh.evidence()}`);
      broken.push(...silences.map((way) => `${fault.name}, ${Math.round((struckAt - began) / 1_000)} s in: ${nameOf(way)} silent for ${longest([way], struckAt)}`));
      console.log(`${fault.name.padEnd(24)} | ${COMPANIES.map((company) => `${company} ${longest(mesh.waysOf(company), struckAt).padStart(6)}`).join(' | ')}`);
    }
    for (const company of COMPANIES) console.log(`${company}: the longest silence of ${faults} faults was ${longest(mesh.waysOf(company), began)}`);
    expect(broken.filter((line) => line.includes('bowline-'))).toEqual([]);
    expect(ofBowlines(mesh.ways).filter(({ answers }) => answers.longestSilence(began) > SILENT_AT_MOST).map(nameOf)).toEqual([]);
  });
});

function ofBowlines(ways: readonly Way[]): readonly Way[] {
  return ways.filter(({ from, to }) => from.kind === 'bowline' || to.kind === 'bowline');
}

function longest(ways: readonly Way[], since: number): string {
  return `${(Math.max(...ways.map(({ answers }) => answers.longestSilence(since))) / 1_000).toFixed(1)} s`;
}
