/** Each rule of the World can fail: a host broken on purpose breaks exactly the rule that is meant for it. */
import { describe, expect, it } from 'vitest';
import type { PacketBatch } from '../base/batch.ts';
import type { EndpointId, PeerId } from '../base/brand.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import type { DataplaneOutput, OverlaySink, UnderlaySink } from '../dataplane/dataplane.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import type { NodeView } from '../node/types.ts';
import type { FilterSetup } from '../ports/dataplane.ts';
import type { Effect } from '../ports/effects.ts';
import type { Deadline } from '../time/deadline.ts';
import { after, instant, seconds, type Instant } from '../time/instant.ts';
import { createEngine, type DataplaneLike, type Engine, type EngineInit, type NodeLike } from './engine.ts';
import type { Rule } from './watcher.ts';
import { World } from './world.ts';

const crypto = createSodiumCrypto();

/** A pair that echoes for a minute, its second host made by `create`; which rules were broken. */
function brokenRules(create: (init: EngineInit, sound: Engine) => Partial<Engine>, prepare?: (world: World) => void): Set<Rule> {
  const world = pairOf((init) => {
    const sound = createEngine(init);
    return { ...sound, ...create(init, sound) };
  });
  prepare?.(world);
  world.run(seconds(90));
  return new Set(world.watcher.violations.map((v) => v.rule));
}

function pairOf(create: (init: EngineInit) => Engine, seed = 1): World {
  const world = new World({ seed, crypto });
  const a = world.addHost();
  const b = world.addHost({ createEngine: create });
  world.connect(a, b);
  world.flow(a, b, { everyMs: 1_000 });
  world.flow(b, a, { everyMs: 1_000, kind: 'ping' });
  world.startAll();
  return world;
}

/** A sound packet path with some of its methods replaced. */
function bent({ dataplane }: Engine, change: Partial<DataplaneLike>): { dataplane: DataplaneLike } {
  return {
    dataplane: {
      handle: (input, now) => dataplane.handle(input, now),
      poll: () => dataplane.poll(),
      nextDeadline: () => dataplane.nextDeadline(),
      expire: (now) => dataplane.expire(now),
      outbound: (batch, now, sink) => dataplane.outbound(batch, now, sink),
      inbound: (batch, now, sink) => dataplane.inbound(batch, now, sink),
      ...change,
    },
  };
}

function bentNode({ node }: Engine, change: Partial<NodeLike>): { node: NodeLike } {
  return {
    node: {
      handle: (input, now) => node.handle(input, now),
      poll: () => node.poll(),
      nextDeadline: () => node.nextDeadline(),
      expire: (now) => node.expire(now),
      view: (now) => node.view(now),
      sendRelayed: (region, peer, bytes, now) => node.sendRelayed(region, peer, bytes, now),
      flushRelayed: (now) => node.flushRelayed(now),
      teardowns: 0,
      ...change,
    },
  };
}

describe('a sound pair', () => {
  it('breaks no rule', () => {
    expect(brokenRules(() => ({}))).toEqual(new Set());
  });
});

describe('a broken host is found out:', () => {
  const toPeer = 0 as EndpointId;

  it('it sends a packet as it is', () => {
    const rules = brokenRules((_init, sound) =>
      bent(sound, {
        outbound(batch: PacketBatch, now: Instant, sink: UnderlaySink) {
          sink.datagram(batch.arena, batch.offset[0]!, batch.length[0]!, toPeer);
          sound.dataplane.outbound(batch, now, sink);
        },
      }),
    );
    expect(rules).toEqual(new Set(['plaintext on a link']));
  });

  it('it hands over a packet in a wrong name', () => {
    const rules = brokenRules((_init, sound) =>
      bent(sound, {
        inbound(batch: PacketBatch, now: Instant, sink: OverlaySink) {
          sound.dataplane.inbound(batch, now, {
            packet(arena, offset, length, peer) {
              arena.bytes[offset + 15]! ^= 1;
              sink.packet(arena, offset, length, peer);
            },
          });
        },
      }),
    );
    expect(rules).toContain('inner source is not the sender');
  });

  it('it takes one peer for another', () => {
    const rules = brokenRules((_init, sound) =>
      bent(sound, {
        inbound(batch: PacketBatch, now: Instant, sink: OverlaySink) {
          sound.dataplane.inbound(batch, now, { packet: (arena, offset, length) => sink.packet(arena, offset, length, 7 as PeerId) });
        },
      }),
    );
    expect(rules).toEqual(new Set(['inner source is not the sender']));
  });

  it('it hands over a packet that nobody sealed', () => {
    const rules = brokenRules(
      (_init, sound) =>
        bent(sound, {
          inbound(batch: PacketBatch, now: Instant, sink: OverlaySink) {
            if (batch.length[0]! > 500) sink.packet(batch.arena, batch.offset[0]!, batch.length[0]!, 0 as PeerId);
            else sound.dataplane.inbound(batch, now, sink);
          },
        }),
      (world) => world.script([{ atMs: 5_000, fault: { kind: 'hostile', act: 'noise', victim: 1, perSecond: 50, forMs: 5_000 } }]),
    );
    expect(rules).toEqual(new Set(['inner source is not the sender']));
  });

  it('it sends a sealed datagram twice', () => {
    const rules = brokenRules((_init, sound) =>
      bent(sound, {
        outbound(batch: PacketBatch, now: Instant, sink: UnderlaySink) {
          sound.dataplane.outbound(batch, now, {
            place: (at, length) => sink.place(at, length),
            relayed: (...packet) => sink.relayed(...packet),
            datagram(arena, offset, length, endpoint) {
              sink.datagram(arena, offset, length, endpoint);
              sink.datagram(arena, offset, length, endpoint);
            },
          });
        },
      }),
    );
    expect(rules).toEqual(new Set(['nonce used twice']));
  });

  it('it hands on what its filter forbids', () => {
    const ignoring = (_init: EngineInit, sound: Engine): Partial<Engine> => bent(sound, { handle: (input, now) => (input.kind === 'set-filter' ? undefined : sound.dataplane.handle(input, now)) });
    const setups: readonly FilterSetup[] = [{ kind: 'block-all' }, { kind: 'rules', rules: [], shieldsUp: false, local: [] }];
    for (const filter of setups) {
      const rules = brokenRules(ignoring, (world) => {
        world.hosts[1]!.filter = filter;
      });
      expect(rules).toEqual(new Set(['forbidden by the filter']));
    }
  });

  it('it has outputs without end', () => {
    const fact: DataplaneOutput = { kind: 'fact', fact: { kind: 'under-load', at: instant(1), on: false } };
    expect(brokenRules((_init, sound) => bent(sound, { poll: () => fact }))).toContain('queue not bounded');
  });

  it('it lets a hundred waiting packets go at once', () => {
    const rules = brokenRules((_init, sound) =>
      bent(sound, {
        outbound(batch: PacketBatch, now: Instant, sink: UnderlaySink) {
          sound.dataplane.outbound(batch, now, {
            place: (at, length) => sink.place(at, length),
            relayed: (...packet) => sink.relayed(...packet),
            datagram(arena, offset, length, endpoint) {
              for (let i = 0; i < 100; i++) {
                arena.view.setUint32(offset + 8, arena.view.getUint32(offset + 8, true) + 1, true);
                sink.datagram(arena, offset, length, endpoint);
              }
            },
          });
        },
      }),
    );
    expect(rules).toContain('queue not bounded');
  });

  it('it forgets its deadlines', () => {
    const rules = brokenRules((_init, sound) => ({ ...bent(sound, { nextDeadline: () => undefined }), ...bentNode(sound, { nextDeadline: () => undefined }) }));
    expect(rules).toContain('no deadline');
  });

  it('it wakes without end', () => {
    const now: Deadline = { at: instant(0), why: 'now' };
    expect(brokenRules((_init, sound) => bent(sound, { nextDeadline: () => now }))).toContain('too many steps');
  });

  it('it wakes a thousand times a second', () => {
    let at = instant(0);
    const rules = brokenRules((_init, sound) =>
      bent(sound, {
        nextDeadline: () => ({ at, why: 'again' }),
        expire(now) {
          at = after(now, 1);
          sound.dataplane.expire(now);
        },
      }),
    );
    expect(rules).toEqual(new Set(['too many steps']));
  });

  it('it begins handshakes all the time', () => {
    let begun = 0;
    const rules = brokenRules((_init, sound) =>
      bent(sound, {
        poll(): DataplaneOutput | undefined {
          if (begun++ % 10 !== 0) return sound.dataplane.poll();
          return { kind: 'fact', fact: { kind: 'handshake-sent', peer: 0 as PeerId, at: instant(1), attempt: 1 } };
        },
      }),
    );
    expect(rules).toContain('too many handshakes');
  });

  it('it replaces its socket all the time', () => {
    expect(brokenRules((_init, sound) => bentNode(sound, { teardowns: 5 }))).toEqual(new Set(['too many teardowns']));
  });

  it('it sends nothing though it could', () => {
    const rules = brokenRules((_init, sound) => bent(sound, { outbound: () => undefined }));
    expect(rules).toContain('reachable but silent');
  });

  it('it calls a peer proved that is gone', () => {
    const green = (view: NodeView): NodeView => ({ ...view, overall: { ...view.overall, state: 'connected' }, peers: view.peers.map((peer) => ({ ...peer, health: 'proved' })) });
    const rules = brokenRules(
      (_init, sound) => bentNode(sound, { view: (now) => green(sound.node.view(now)) }),
      (world) => world.script([{ atMs: seconds(10), fault: { kind: 'cut', a: 0, b: 1, direction: 'both', forMs: seconds(70) } }]),
    );
    expect(rules).toEqual(new Set(['not the truth']));
  });

  it('it calls a peer silent that answers', () => {
    const grey = (view: NodeView): NodeView => ({ ...view, peers: view.peers.map((peer) => ({ ...peer, health: 'silent' })) });
    expect(brokenRules((_init, sound) => bentNode(sound, { view: (now) => grey(sound.node.view(now)) }))).toEqual(new Set(['not the truth']));
  });

  it('it claims fresher data than it had', () => {
    const fresh = (view: NodeView, now: Instant): NodeView => ({ ...view, peers: view.peers.map((peer) => ({ ...peer, lastDataAt: now })) });
    expect(brokenRules((_init, sound) => bentNode(sound, { view: (now) => fresh(sound.node.view(now), now) }))).toEqual(new Set(['not the truth']));
  });

  it('it logs an error', () => {
    let told = false;
    const rules = brokenRules((_init, sound) =>
      bentNode(sound, {
        poll(): Effect | undefined {
          if (told) return sound.node.poll();
          told = true;
          return { kind: 'log', level: 'error', area: 'test', text: 'a bug of ours' };
        },
      }),
    );
    expect(rules).toEqual(new Set(['error log']));
  });

  it('it throws on what a stranger sent', () => {
    const rules = brokenRules(
      (_init, sound) =>
        bent(sound, {
          inbound(batch: PacketBatch, now: Instant, sink: OverlaySink) {
            if (batch.length[0] === 15) throw new Error('fifteen bytes');
            sound.dataplane.inbound(batch, now, sink);
          },
        }),
      (world) => world.script([{ atMs: 5_000, fault: { kind: 'hostile', act: 'noise', victim: 1, perSecond: 20, forMs: 5_000 } }]),
    );
    expect(rules).toContain('threw');
  });
});

describe('the trace', () => {
  const digest = (world: World): string => {
    world.run(seconds(30));
    return world.watcher.hash.digest();
  };

  it('is the same for the same seed and another for another', () => {
    expect(digest(pairOf(createEngine, 5))).toBe(digest(pairOf(createEngine, 5)));
    expect(digest(pairOf(createEngine, 5))).not.toBe(digest(pairOf(createEngine, 6)));
  });

  it('betrays a host with randomness or state of its own', () => {
    let runs = 0;
    const create = (init: EngineInit): Engine => createEngine({ ...init, rng: createSeededRng(runs++) });
    expect(digest(pairOf(create))).not.toBe(digest(pairOf(create)));
  });
});
