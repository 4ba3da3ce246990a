/** The judges of a mesh can fail: an engine that is broken on purpose breaks exactly the rule that is meant for it. */
import { describe, expect, it } from 'vitest';
import { ipv4, type IpEndpoint } from '../../base/ip.ts';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import type { Effect } from '../../ports/effects.ts';
import { seconds } from '../../time/instant.ts';
import { createEngine, type EngineFactory, type NodeLike } from '../engine.ts';
import { MeshWorld } from './mesh-world.ts';
import { EASY_NAT, HARD_NAT, type NatShape } from './nat.ts';
import { AT_REST_AFTER, judgePair } from './path-judge.ts';
import { startInTurn } from './starting.ts';

const crypto = createSodiumCrypto();
const BEGINS = seconds(8);

/** Every engine with its node's effects, or views, bent. */
function bent(change: (node: NodeLike) => Partial<NodeLike>): EngineFactory {
  return (init) => {
    const sound = createEngine(init);
    const { node } = sound;
    return {
      ...sound,
      node: {
        get teardowns() {
          return node.teardowns;
        },
        handle: (input, now) => node.handle(input, now),
        poll: () => node.poll(),
        nextDeadline: () => node.nextDeadline(),
        expire: (now) => node.expire(now),
        view: (now) => node.view(now),
        sendRelayed: (region, peer, bytes, now) => node.sendRelayed(region, peer, bytes, now),
        flushRelayed: (now) => node.flushRelayed(now),
        ...change(node),
      },
    };
  };
}

function effects(change: (effect: Effect) => Effect | undefined): EngineFactory {
  return bent((node) => ({
    poll() {
      for (let effect = node.poll(); effect !== undefined; effect = node.poll()) {
        const changed = change(effect);
        if (changed !== undefined) return changed;
      }
      return undefined;
    },
  }));
}

/** A pair behind two such NATs that echoes, judged; what was found wrong. `trouble`: happens when they are at rest. */
function found(create: EngineFactory, nat: NatShape, trouble?: (world: MeshWorld) => void): string[] {
  const world = new MeshWorld({ seed: 1, crypto, createEngine: create });
  const [a, b] = ['a', 'b'].map((name) => world.addHost(name, world.internet.addSite(name, { nat })));
  startInTurn(world, world.hosts);
  judgePair(world, world.flow(a!, b!, { everyMs: seconds(1), fromMs: BEGINS }), BEGINS, { direct: 0, relayed: 0, worstAnswerMs: 0 });
  if (trouble !== undefined) world.at(BEGINS + AT_REST_AFTER + 1, () => trouble(world));
  world.run(BEGINS + AT_REST_AFTER + (trouble === undefined ? seconds(1) : seconds(30)));
  return world.watcher.violations.map(({ rule, text }) => `${rule}: ${text}`);
}

const stranger: IpEndpoint = { address: ipv4(0x2e010203), port: 7 };

describe('a mesh is found out', () => {
  it('not when it is sound, direct or relayed, whatever dies', () => {
    expect(found(createEngine, EASY_NAT)).toEqual([]);
    expect(found(createEngine, HARD_NAT, (world) => world.relays.forEach((relay) => relay.forgetConnections()))).toEqual([]);
  });

  it('that stays relayed where a direct path is possible', () => {
    const never = effects((effect) => (effect.kind === 'dataplane' && effect.command.kind === 'set-path' ? { kind: 'dataplane', command: { ...effect.command, direct: undefined, relay: effect.command.relay ?? 901 } } : effect));
    expect(found(never, EASY_NAT)).toContainEqual('scenario: a is not direct to b after 10 s, though it is possible (no direct one, relay 901)');
  });

  it('that sends packets of a peer to somebody else', () => {
    const astray = effects((effect) => (effect.kind === 'dataplane' && effect.command.kind === 'set-path' && effect.command.direct !== undefined ? { kind: 'dataplane', command: { ...effect.command, direct: stranger } } : effect));
    expect(found(astray, EASY_NAT)).toContainEqual('path to a stranger: a sends packets for b to 46.1.2.3:7');
  });

  it('that has no relay when the first packet goes', () => {
    const unconnected = effects((effect) => (effect.kind === 'relay-link' ? undefined : effect));
    expect(found(unconnected, HARD_NAT)).toContainEqual('scenario: a had its first answer of b not yet');
  });

  it('that keeps a connection to a relay that is dead but open', () => {
    const opens = new Map<number, number>();
    const once = effects((effect) => {
      if (effect.kind !== 'relay-link' || effect.command.kind !== 'open') return effect;
      const { region } = effect.command;
      opens.set(region, (opens.get(region) ?? 0) + 1);
      return opens.get(region)! > 2 ? undefined : effect;
    });
    const wrong = found(once, HARD_NAT, (world) => world.relays.forEach((relay) => relay.forgetConnections()));
    expect(wrong.some((text) => text.startsWith('reachable but silent: '))).toBe(true);
  });

  it('that gives a reason that is not true', () => {
    const dishonest = bent((node) => ({
      view(now) {
        const view = node.view(now);
        return { ...view, peers: view.peers.map((peer) => ({ ...peer, path: { ...peer.path, why: { key: 'why.relay-udp-blocked', relay: 'r901', nextTryAt: null } as const } })) };
      },
    }));
    expect(found(dishonest, HARD_NAT)).toContainEqual('scenario: a says of b: why.relay-udp-blocked; the truth: hard-nat');
  });

  it('that puts nothing back of what another program wiped', () => {
    const wipe = (create: EngineFactory): string[] => {
      const world = new MeshWorld({ seed: 1, crypto, createEngine: create });
      const host = world.addHost('a');
      world.giveSystem(host, 'linux');
      world.keepUp(host);
      startInTurn(world, [host]);
      world.at(BEGINS, () => host.os?.kept?.begin({ kind: 'flush-table' }));
      world.run(BEGINS + seconds(3));
      return world.watcher.violations.map(({ rule, text }) => `${rule}: ${text}`);
    };
    expect(wipe(createEngine)).toEqual([]);
    expect(wipe(effects((effect) => (effect.kind === 'os-guard' && effect.ask.kind === 'repair' ? undefined : effect)))).toEqual([expect.stringMatching(/^scenario: a: not right 1 s after the last foreign write: 4 missing/)]);
  });
});
