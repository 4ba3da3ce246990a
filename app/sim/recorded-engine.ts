/**
 * The engine of a simulated host with a flight recorder around its node, so that a run in a World can be replayed without the
 * World. Callers: tests, and whoever makes a recording of a scenario.
 */
import { createTailnetMachines } from '../node/mesh/create-machines.ts';
import { RecordedNode, type RecordedNodeInit } from '../recorder/recorded-node.ts';
import { createEngine, type Engine, type EngineFactory } from './engine.ts';

export interface RecordedEngine extends Engine {
  readonly node: RecordedNode;
}

/** Every engine that is made is told to `made`. */
export function recordedEngine(made: (engine: RecordedEngine) => void, options: Pick<RecordedNodeInit, 'capacity' | 'pack'> = {}): EngineFactory {
  return (init) => {
    const plain = createEngine(init);
    const { rng, crypto, relayed } = init;
    const node = new RecordedNode({ ...options, version: 'simulated', rng, crypto, counters: plain.counters, createMachines: createTailnetMachines, ...(relayed === undefined ? {} : { relayed }) });
    const engine = { ...plain, node };
    made(engine);
    return engine;
  };
}
