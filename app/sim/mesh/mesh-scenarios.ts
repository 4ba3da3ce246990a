/**
 * The scenarios of meshes behind NATs, by name, and what a run of one says about itself. Each builds a MeshWorld, runs it,
 * and says what must be true. Adding one: add it to MESH_SCENARIOS; list, command and tests follow.
 */
import type { Crypto } from '../../ports/crypto.ts';
import type { Duration } from '../../time/instant.ts';
import type { EngineFactory } from '../engine.ts';
import { NO_FIGURES, type PlainReport } from '../plain-report.ts';
import { chaos, chaosDays } from './chaos.ts';
import { hostileMesh } from './hostile-mesh.ts';
import { meshHour, meshMinutes } from './mesh-hour.ts';
import { MeshWorld } from './mesh-world.ts';
import { natMatrix } from './nat-matrix.ts';
import { natOdds } from './nat-odds.ts';
import { portMapping } from './port-mapping.ts';
import { staleRelay } from './stale-relay.ts';

export interface MeshScenario {
  readonly name: string;
  /** One line for `--list`. */
  readonly what: string;
  /** What hosts run when the one rule is switched off that the scenario is about: it must then fail. `without`: that rule, in a few words. */
  readonly naive?: { readonly without: string; readonly createEngine: EngineFactory };
  /** Builds, starts and judges; returns how long to run, in virtual ms. */
  build(world: MeshWorld): Duration;
  /** Numbers for the report, taken at the end. */
  metrics?(world: MeshWorld): PlainReport['metrics'];
}

export const MESH_SCENARIOS: readonly MeshScenario[] = [natMatrix, natOdds, portMapping, staleRelay, meshHour, meshMinutes, hostileMesh, chaos, chaosDays];

/** Undefined when there is none of this name. */
export function runMeshScenario(name: string, seed: number, crypto: Crypto, naive = false): PlainReport | undefined {
  const scenario = MESH_SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario === undefined) return undefined;
  const engine = naive ? scenario.naive?.createEngine : undefined;
  const world = new MeshWorld({ seed, crypto, ...(engine === undefined ? {} : { createEngine: engine }) });
  world.run(scenario.build(world));
  return reportOf(world, scenario, naive);
}

function reportOf(world: MeshWorld, scenario: MeshScenario, naive: boolean): PlainReport {
  const { watcher, flows } = world;
  const worstSilence = flows.reduce((worst, { worstMs }) => Math.max(worst, worstMs), 0) / 1_000;
  const sum = (of: (host: MeshWorld['hosts'][number]) => number): number => world.hosts.reduce((total, host) => total + of(host), 0);
  return {
    scenario: scenario.name,
    seed: world.seed,
    naive,
    ok: watcher.violations.length === 0,
    virtualSeconds: world.now / 1_000,
    steps: watcher.tally.steps,
    traceHash: watcher.hash.digest(),
    violations: watcher.violations,
    metrics: {
      hosts: world.hosts.length,
      datagrams: watcher.tally.datagrams,
      handshakes: watcher.tally.handshakesSent,
      echoesSent: flows.reduce((total, { sent }) => total + sent, 0),
      echoesAnswered: flows.reduce((total, { received }) => total + received, 0),
      relayConnects: sum(({ carrier }) => carrier.opens),
      ...NO_FIGURES,
      linkChanges: sum(({ networkTold }) => networkTold),
      probes: world.probes,
      homeChanges: sum(({ homeChanges }) => homeChanges),
      secondsBlind: worstSilence,
      // Of whoever could be reached: the same.
      secondsToReconnect: worstSilence,
      teardowns: sum(({ teardowns }) => teardowns),
      ...scenario.metrics?.(world),
    },
  };
}
