/** The parts of the sandbox on fakes: the faults and the echo account. The whole runs in tests/ui/demo.test.ts. */
import { describe, expect, it, vi } from 'vitest';
import { parseIp } from '../../base/ip.ts';
import { instant } from '../../time/instant.ts';
import { MiniStack } from '../../sim/mini-stack.ts';
import { EchoTraffic } from './echo-traffic.ts';
import { BLOCK_FOR, CUT_FOR, Faults, FROZEN_FOR, RELAY_STOP_FOR, SILENCE_FOR, MISSES_FOR, SLEEP_FOR, STOP_FOR, WIPES_EVERY, WIPES_FOR, type Breakable, type NetworkDeeds, type ServerDeeds, type SystemDeeds } from './faults.ts';

class FakePeer implements Breakable {
  readonly name: string;
  readonly log: string[];
  finish: () => void = () => undefined;
  constructor(name: string, log: string[]) {
    this.name = name;
    this.log = log;
  }
  move(): Promise<void> {
    return this.#act('move');
  }
  restart(): Promise<void> {
    return this.#act('restart');
  }
  #act(what: string): Promise<void> {
    this.log.push(`${this.name} ${what}`);
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }
}

function networkOn(log: string[]): NetworkDeeds {
  const say = (what: string): void => void log.push(what);
  return { cut: (ms) => say(`cut ${ms}`), blockUdp: (ms) => say(`block ${ms}`), rebootNat: () => say('reboot'), stopRelay: () => say('stop relay'), startRelay: () => say('start relay'), staleRelay: () => log.push('stale relay') > 0 };
}

function systemOn(log: string[]): SystemDeeds & { looks: number } {
  return { looks: 3, miss: (times) => log.push(`miss ${times}`), deleteDevice: () => log.push('delete device'), wipe: () => log.push('wipe') };
}

function faultsOnFakes(): { readonly faults: Faults; readonly log: string[]; readonly peers: FakePeer[]; readonly active: () => (string | null)[] } {
  const log: string[] = [];
  const peers = ['a', 'b'].map((name) => new FakePeer(name, log));
  let now = 5_000;
  const faults = new Faults({
    peers,
    network: networkOn(log),
    system: systemOn(log),
    now: () => now,
    changed: () => log.push('changed'),
    freeze: (ms) => log.push(`freeze ${ms}`),
    sleep: (ms) => {
      now += ms;
      log.push(`sleep ${ms}`);
    },
  });
  return { faults, log, peers, active: () => faults.view().faults.filter((fault) => fault.activeUntilAt !== null).map((fault) => `${fault.id} until ${fault.activeUntilAt}`) };
}

describe('break it', () => {
  it('cut-cable lasts ten seconds, and cannot be pressed twice', async () => {
    vi.useFakeTimers();
    const { faults, log, active } = faultsOnFakes();
    expect(await faults.breakIt('cut-cable')).toEqual({ done: true, peer: null });
    expect(log).toEqual([`cut ${CUT_FOR}`, 'changed']);
    expect(active()).toEqual([`cut-cable until ${5_000 + CUT_FOR}`]);
    expect(await faults.breakIt('cut-cable')).toEqual({ done: false, peer: null });
    vi.advanceTimersByTime(CUT_FOR);
    expect(active()).toEqual([]);
    expect(log.at(-1)).toBe('changed');
    vi.useRealTimers();
  });

  it('faults of the network around last their time, and the relay is started again', async () => {
    vi.useFakeTimers();
    const { faults, log, active } = faultsOnFakes();
    for (const id of ['block-udp', 'reboot-nat', 'stale-relay', 'stop-relay'] as const) expect(await faults.breakIt(id)).toEqual({ done: true, peer: null });
    expect(log.filter((line) => line !== 'changed')).toEqual([`block ${BLOCK_FOR}`, 'reboot', 'stale relay', 'stop relay']);
    vi.advanceTimersByTime(RELAY_STOP_FOR);
    expect(log.findLast((line) => line !== 'changed')).toBe('start relay');
    expect(active()).toEqual([`block-udp until ${5_000 + BLOCK_FOR}`]);
    vi.advanceTimersByTime(BLOCK_FOR);
    expect(active()).toEqual([]);
    vi.useRealTimers();
  });

  it('faults of the system: ten thousand misses in all and what followed them, wipes until their time is over, a device deleted once', async () => {
    vi.useFakeTimers();
    const { faults, log, active } = faultsOnFakes();
    expect(faults.view().storm).toBeNull();
    for (const id of ['rtm-miss-storm', 'route-wipe', 'interface-gone'] as const) expect(await faults.breakIt(id)).toEqual({ done: true, peer: null });
    expect(await faults.breakIt('rtm-miss-storm')).toEqual({ done: false, peer: null });
    vi.advanceTimersByTime(Math.max(MISSES_FOR, WIPES_FOR));
    expect(active()).toEqual([]);
    expect(faults.view().storm).toEqual({ misses: 10_000, looks: 0 });
    const count = (line: string): number => log.filter((each) => each === line).length;
    expect([count('miss 100'), count('wipe'), count('delete device')]).toEqual([100, WIPES_FOR / WIPES_EVERY, 1]);
    vi.useRealTimers();
  });

  it('restart and move take turns over the peers and end when the peer is back', async () => {
    const { faults, peers, active } = faultsOnFakes();
    expect(await faults.breakIt('restart-peer')).toEqual({ done: true, peer: 'a' });
    expect(await faults.breakIt('restart-peer')).toEqual({ done: false, peer: null });
    expect(await faults.breakIt('move-peer')).toEqual({ done: true, peer: 'b' });
    expect(active()).toHaveLength(2);
    for (const peer of peers) peer.finish();
    await Promise.resolve();
    await Promise.resolve();
    expect(active()).toEqual([]);
    expect(faults.view().faults.find((fault) => fault.id === 'restart-peer')?.peer).toBe('a');
    expect(await faults.breakIt('restart-peer')).toEqual({ done: true, peer: 'a' });
  });

  it('suspend answers first, then freezes, then lets the clocks jump, and other faults last as long as before', async () => {
    vi.useFakeTimers();
    const { faults, log, active } = faultsOnFakes();
    await faults.breakIt('cut-cable');
    log.length = 0;
    expect(await faults.breakIt('suspend')).toEqual({ done: true, peer: null });
    expect(log).toEqual(['changed']);
    vi.advanceTimersByTime(200);
    expect(log).toEqual(['changed', `freeze ${FROZEN_FOR}`, `sleep ${SLEEP_FOR}`, 'changed']);
    expect(active()).toEqual([`cut-cable until ${5_000 + CUT_FOR + SLEEP_FOR}`]);
    faults.close();
    vi.useRealTimers();
  });
});

describe('deeds of the server', () => {
  function deeds(): { readonly log: string[]; readonly noticed: (() => void)[]; readonly server: ServerDeeds } {
    const log: string[] = [];
    const noticed: (() => void)[] = [];
    const say = (what: string): void => void log.push(what);
    return {
      log,
      noticed,
      server: {
        addPeer: () => Promise.resolve('schooner'),
        removePeer: () => Promise.resolve(undefined),
        deny(on) {
          say(on ? 'deny' : 'allow');
          return 'lantern';
        },
        expireKey: () => true,
        approve: () => false,
        silence: () =>
          new Promise((resolve) => {
            noticed.push(resolve);
          }),
        stop: () => say('stop'),
        start: () => say('start'),
      },
    };
  }
  const faultsOf = (server?: ServerDeeds): Faults => new Faults({ peers: [], network: networkOn([]), system: systemOn([]), now: () => 0, changed: () => undefined, freeze: () => undefined, sleep: () => undefined, ...(server === undefined ? {} : { server }) });

  it('are offered only where there is a server', async () => {
    const without = faultsOf();
    expect(without.view().faults.map(({ id }) => id)).toEqual(['cut-cable', 'restart-peer', 'move-peer', 'suspend', 'block-udp', 'reboot-nat', 'stop-relay', 'stale-relay', 'rtm-miss-storm', 'route-wipe', 'interface-gone']);
    for (const id of ['add-peer', 'deny-peer', 'expire-key', 'stop-server', 'silent-control', 'approve-sign-in'] as const) expect(await without.breakIt(id)).toEqual({ done: false, peer: null });
    expect(faultsOf(deeds().server).view().faults).toHaveLength(18);
  });

  it('name the peer, say when nothing was done, and a rule or a stop ends by itself', async () => {
    vi.useFakeTimers();
    const { log, server } = deeds();
    const faults = faultsOf(server);
    expect(await faults.breakIt('add-peer')).toEqual({ done: true, peer: 'schooner' });
    expect(await faults.breakIt('remove-peer')).toEqual({ done: false, peer: null });
    expect(await faults.breakIt('expire-key')).toEqual({ done: true, peer: null });
    expect(await faults.breakIt('approve-sign-in')).toEqual({ done: false, peer: null });
    expect(await faults.breakIt('deny-peer')).toEqual({ done: true, peer: 'lantern' });
    expect(await faults.breakIt('deny-peer')).toEqual({ done: false, peer: null });
    expect(await faults.breakIt('stop-server')).toEqual({ done: true, peer: null });
    vi.advanceTimersByTime(STOP_FOR);
    expect(log).toEqual(['deny', 'stop', 'allow', 'start']);
    expect(faults.view().faults.every(({ activeUntilAt }) => activeUntilAt === null)).toBe(true);
    vi.useRealTimers();
  });

  it('a silenced connection lasts until the node noticed and called anew', async () => {
    const { noticed, server } = deeds();
    const faults = faultsOf(server);
    expect(await faults.breakIt('silent-control')).toEqual({ done: true, peer: null });
    expect(await faults.breakIt('silent-control')).toEqual({ done: false, peer: null });
    const until = (): number | null | undefined => faults.view().faults.find(({ id }) => id === 'silent-control')?.activeUntilAt;
    expect(until()).toBe(SILENCE_FOR);
    noticed[0]?.();
    await Promise.resolve();
    expect(until()).toBeNull();
  });
});

describe('the echo account', () => {
  it('counts what each peer sent back, on both families, and waits for the last', async () => {
    const [own, peer] = [['10.0.0.1', 'fd00::1'], ['10.0.0.2', 'fd00::2']].map((texts) => texts.map((text) => parseIp(text)!));
    const far = new MiniStack({ addresses: peer! });
    let deliver: (packet: Uint8Array) => void = () => undefined;
    let late: Uint8Array[] = [];
    const echo = new EchoTraffic(
      {
        mtu: 1_420,
        send: (packet) => {
          late.push(...far.handlePacket(packet, instant(0)));
          return true;
        },
        onPacket: (callback) => {
          deliver = callback;
        },
        close: () => undefined,
      },
      own!,
      [{ name: 'harbour', addresses: peer! }],
    );
    echo.begin();
    expect(echo.account()).toEqual({ sent: 1, received: 0, answered: [] });
    const finished = echo.finish(5_000);
    for (const packet of late) deliver(packet);
    late = [];
    expect(await finished).toEqual({ sent: 1, received: 1, answered: ['harbour'] });
  });
});
