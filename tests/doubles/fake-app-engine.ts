/** A running engine for the tests of main/: no peers, patches on demand, calls recorded. */
import { peer } from '../../renderer/src/fake-scenes.ts';
import type { PowerEvent } from '../../app/time/sleep-detector.ts';
import type { BreakItId, Patch, Snapshot, Status } from '../../app/api/schema.ts';
import type { Answer, EnginePort, SandboxPort } from '../../app/host/engine-port.ts';
import type { Log, LogLevel } from '../../app/ports/log.ts';

const proved = { state: 'ok', provedAt: 9_000, detail: { key: 'truth.path-none' } } as const;

export function sampleSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    schema: 1,
    revision: 7,
    now: 10_000,
    wall: 1_800_000_000_000,
    version: '0.1.0',
    overall: { state: 'connected', sentence: { key: 'overall.connected', answering: 3, total: 3 }, causes: [], sinceAt: 0 },
    account: null,
    self: { name: 'ada-laptop', publicKey: 'key', addresses: ['100.64.0.7', 'fd7a:115c:a1e0::7'], port: 41_641 },
    truths: { control: proved, relay: proved, path: proved, os: proved },
    provedForMs: 20_000,
    peers: [0, 1, 2].map((id) => peer(id, { lastDataAt: 9_000, handshakeAt: 8_000, healthSinceAt: 1_000, latency: [] })),
    relays: [],
    os: null,
    netcheck: null,
    history: [],
    accounts: [],
    shell: null,
    sandbox: null,
    ...change,
  };
}

export class FakeEngine implements EnginePort, SandboxPort {
  readonly calls: string[] = [];
  state = sampleSnapshot();
  tell: (patch: Patch) => void = () => {
    throw new Error('nobody is subscribed');
  };

  snapshot(): Snapshot {
    return this.state;
  }
  subscribe(onPatch: (patch: Patch) => void): () => void {
    this.tell = onPatch;
    return () => {};
  }
  /** How many look now. */
  watchers = 0;
  watch(): () => void {
    this.watchers++;
    return () => void this.watchers--;
  }
  ping(peer: string, seq: number): ReturnType<EnginePort['ping']> {
    this.calls.push(`ping ${peer} ${seq}`);
    if (peer === 'throw') throw new Error('a bug');
    return Promise.resolve({ ok: true, value: { peer, reply: null } });
  }
  power(event: PowerEvent): void {
    this.calls.push(`power ${event}`);
  }
  check(peer: string | null): Answer<{ asked: number }> {
    this.calls.push(`check ${peer ?? 'all'}`);
    return { ok: true, value: { asked: 3 } };
  }
  breakIt(fault: BreakItId): ReturnType<SandboxPort['breakIt']> {
    this.calls.push(`break ${fault}`);
    return Promise.resolve({ done: true, peer: null });
  }
  stop(): Promise<void> {
    this.calls.push('stop');
    return Promise.resolve();
  }
  tryDirect(peer: string | null): Answer<{ asked: number }> {
    this.calls.push(`try direct ${peer ?? 'all'}`);
    return { ok: true, value: { asked: 1 } };
  }
  netcheck(): never {
    throw new Error('nobody measures here');
  }
  why(): never {
    throw new Error('the page does not ask why');
  }
  status(): Status {
    throw new Error('the page does not ask for status');
  }
  history(): never {
    throw new Error('the page does not ask for history');
  }
  diagnostics(): never {
    throw new Error('the page does not ask for diagnostics');
  }
  view(): never {
    throw new Error('the snapshot carries the sandbox');
  }
  onChange(): never {
    throw new Error('the engine listens to the sandbox');
  }
}

export class FakeLog implements Log {
  readonly lines: string[] = [];
  write(level: LogLevel, area: string, text: string): void {
    this.lines.push(`${level} ${area}: ${text}`);
  }
}
