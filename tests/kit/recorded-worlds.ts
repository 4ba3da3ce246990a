/**
 * Simulated networks with a flight recorder in each host: a pair of plain WireGuard, and a mesh behind NATs with relays, both with
 * faults. Beside the recordings it keeps every secret that went in or was made, so that a test can look for it anywhere.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { createSodiumCrypto } from '../../app/host/crypto/sodium-crypto.ts';
import { PreAuthKey } from '../../app/keys/pre-auth-key.ts';
import type { NodeInput } from '../../app/node/types.ts';
import type { AccountKeys } from '../../app/ports/account-keys.ts';
import type { Effect } from '../../app/ports/effects.ts';
import { HARD_NAT } from '../../app/sim/mesh/nat.ts';
import { MeshWorld } from '../../app/sim/mesh/mesh-world.ts';
import { everyPair, startInTurn } from '../../app/sim/mesh/starting.ts';
import { recordedEngine, type RecordedEngine } from '../../app/sim/recorded-engine.ts';
import { World } from '../../app/sim/world.ts';
import type { EngineFactory } from '../../app/sim/engine.ts';
import { minutes, seconds } from '../../app/time/instant.ts';

export const pack = (bytes: Uint8Array): Uint8Array => deflateRawSync(bytes);
export const unpack = (bytes: Uint8Array): Uint8Array | undefined => {
  try {
    return Uint8Array.from(inflateRawSync(bytes));
  } catch {
    return undefined;
  }
};

export interface RecordedRun {
  readonly engines: RecordedEngine[];
  /** Raw bytes, or the bytes of a text. */
  readonly secrets: Map<string, Uint8Array>;
}

export const crypto = createSodiumCrypto();

function recorder(run: RecordedRun, capacity: number): EngineFactory {
  return recordedEngine(
    (engine) => {
      run.engines.push(engine);
      const { node } = engine;
      const [handle, poll] = [node.handle.bind(node), node.poll.bind(node)];
      node.handle = (input, now) => {
        noteInput(input, run.secrets);
        handle(input, now);
      };
      node.poll = () => {
        const effect = poll();
        if (effect !== undefined) noteEffect(effect, run.secrets);
        return effect;
      };
    },
    { capacity, pack },
  );
}

function noteInput(input: NodeInput, secrets: RecordedRun['secrets']): void {
  if (input.kind !== 'start') return;
  const { config } = input;
  const note = (what: string, bytes: Uint8Array): void => void secrets.set(`${what} of ${config.name} ${secrets.size}`, bytes.slice());
  if (config.kind === 'static') {
    note('private key', config.privateKey.bytes);
    for (const { presharedKey } of config.peers) if (presharedKey !== undefined) note('preshared key', presharedKey.bytes);
    return;
  }
  note('disco key', config.discoKey.bytes);
  // Not the machine key: the simulated server takes the secret itself for the name of a machine.
  if (config.control.authKey !== undefined) note('auth key', new TextEncoder().encode(config.control.authKey.expose()));
  noteKeys(config.control.keys, note);
}

function noteEffect(effect: Effect, secrets: RecordedRun['secrets']): void {
  if (effect.kind === 'persist' && effect.keys !== undefined) noteKeys(effect.keys, (what, bytes) => void secrets.set(`${what} ${secrets.size}`, bytes.slice()));
}

function noteKeys(keys: AccountKeys, note: (what: string, bytes: Uint8Array) => void): void {
  if (keys.nodeKey !== undefined) note('node key', keys.nodeKey.bytes);
  if (keys.trialKey !== undefined) note('trial key', keys.trialKey.bytes);
}

/** A pair with a preshared key: the cable is cut, one restarts, one sleeps, one moves. */
export function staticRun(seed: number, capacity: number = Number.POSITIVE_INFINITY): RecordedRun {
  const run: RecordedRun = { engines: [], secrets: new Map() };
  const world = new World({ seed, crypto, createEngine: recorder(run, capacity) });
  const [a, b] = [world.addHost({ name: 'anna-canary' }), world.addHost({ name: 'bert-canary' })];
  world.connect(a, b, { preshared: true, keepaliveMs: seconds(25), link: { delayMs: 20, jitterMs: 5, loss: 0.02, duplicate: 0.01, reorder: 0.05, mtu: 1_500 } });
  world.flow(a, b, { everyMs: seconds(1) });
  world.startAll();
  world.script([
    { atMs: seconds(20), fault: { kind: 'cut', a: 0, b: 1, direction: 'both', forMs: seconds(40) } },
    { atMs: seconds(80), fault: { kind: 'restart', host: 1, downMs: seconds(2) } },
    { atMs: seconds(100), fault: { kind: 'suspend', host: 0, forMs: minutes(4) } },
    { atMs: seconds(400), fault: { kind: 'roam', host: 1, address: 'new', deadMs: seconds(8) } },
  ]);
  world.run(minutes(8));
  return run;
}

const meshes = new Map<number, RecordedRun>();

/** As `freshMeshRun`, once for each seed: a second of work. For tests that change nothing in it. */
export function meshRun(seed: number): RecordedRun {
  const run = meshes.get(seed) ?? freshMeshRun(seed);
  meshes.set(seed, run);
  return run;
}

/** Three nodes of a tailnet, two of them behind NATs that leave only the relay: it falls silent, restarts, a node roams and sleeps. */
export function freshMeshRun(seed: number, capacity: number = Number.POSITIVE_INFINITY): RecordedRun {
  const run: RecordedRun = { engines: [], secrets: new Map() };
  const world = new MeshWorld({ seed, crypto, createEngine: recorder(run, capacity) });
  const { internet, relays } = world;
  internet.wan = { ...internet.wan, delayMs: 15, jitterMs: 4, loss: 0.002 };
  const hosts = [
    world.addHost('anna-canary', internet.addSite('anna', { nat: HARD_NAT })),
    world.addHost('bert-canary', internet.addSite('bert', { nat: HARD_NAT })),
    world.addHost('carl-canary'),
  ];
  startInTurn(world, hosts);
  everyPair(world, hosts, seconds(2), seconds(4));
  world.at(seconds(25), () => world.silenceRelay(relays[0]!, seconds(20)));
  world.at(seconds(60), () => world.restartRelay(relays[1]!, seconds(3)));
  world.at(seconds(75), () => world.roam(hosts[0]!));
  world.at(seconds(90), () => world.suspend(hosts[1]!, seconds(30)));
  world.at(seconds(130), () => world.restart(hosts[2]!, seconds(2)));
  // A new key while all goes on with the old one: the node has to tell them apart.
  world.at(seconds(140), () => world.tell(hosts[0]!, () => hosts[0]!.sim.input({ kind: 'sign-in', authKey: new PreAuthKey(world.tailnet.authKey) })));
  world.run(seconds(160));
  return run;
}
