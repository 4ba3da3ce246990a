/** The relay machine on the simulated internet: fault 5 without a node around it. What dies is replaced once; what lives stays. */
import { describe, expect, it } from 'vitest';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { Relays } from '../../relay/relays.ts';
import type { RelayInput, RelayOutput } from '../../relay/types.ts';
import { randomBytes } from '../random-bytes.ts';
import { Internet } from './internet.ts';
import { EASY_NAT } from './nat.ts';
import { RelayCarrier } from './relay-carrier.ts';
import { RelaySite, relayMapOf } from './relay-site.ts';
import { SimClock } from './sim-clock.ts';
import type { Router } from './topology.ts';

const crypto = createSodiumCrypto();
const HOME = 901;

class Client {
  readonly machine: Relays;
  readonly key = new Uint8Array(32);
  readonly heard: { readonly text: string; readonly at: number }[] = [];
  readonly incidents: RelayOutput[] = [];
  readonly router: Router;
  readonly #bench: Bench;
  readonly #carrier: RelayCarrier;

  constructor(bench: Bench, seed: number) {
    const rng = createSeededRng(seed);
    const secret = randomBytes(rng, 32);
    const site = bench.internet.addSite('site', { nat: EASY_NAT });
    const station = bench.internet.addStation('host');
    bench.internet.attach(station, site, 4);
    crypto.x25519Base(secret, this.key);
    this.router = site.router!;
    this.#bench = bench;
    this.machine = new Relays({ crypto, rng });
    this.#carrier = new RelayCarrier(bench.internet, station, (event) =>
      this.#do(() => this.machine.receive(event, bench.internet.now, { packet: (_region, _source, bytes) => void this.heard.push({ text: String.fromCharCode(...bytes), at: bench.clock.now() }), peerGone: () => undefined })),
    );
    this.tell({ kind: 'identity', nodeKey: new PrivateKey(secret) });
    this.tell({ kind: 'map', map: relayMapOf(bench.relays) });
    this.tell({ kind: 'home', region: HOME });
  }

  tell(input: RelayInput): void {
    this.#do(() => this.machine.handle(input, this.#bench.internet.now));
  }

  send(to: Client, text: string): void {
    this.#do(() => void this.machine.send(HOME, to.key, new TextEncoder().encode(text), this.#bench.internet.now));
  }

  get opens(): number {
    return this.#carrier.opens;
  }

  #do(act: () => void): void {
    act();
    for (let output = this.machine.poll(); output !== undefined; output = this.machine.poll()) {
      if (output.kind === 'link') this.#carrier.command(output.command);
      if (output.kind === 'incident-began' || output.kind === 'incident-ended') this.incidents.push(output);
    }
    const next = this.machine.nextDeadline();
    if (next === undefined) return;
    this.#bench.clock.at(next.at, () => {
      const due = this.machine.nextDeadline();
      if (due !== undefined && due.at <= this.#bench.internet.now) this.#do(() => this.machine.expire(this.#bench.internet.now));
    });
  }
}

class Bench {
  readonly clock = new SimClock();
  readonly internet = new Internet({ seed: 3, now: () => this.clock.now(), at: (ms, run) => this.clock.at(ms, run) });
  readonly relays = [new RelaySite(this.internet, HOME, crypto, createSeededRng(9))];
  readonly a = new Client(this, 1);
  readonly b = new Client(this, 2);

  run(ms: number): void {
    this.clock.run(this.clock.now() + ms);
  }

  /** Does a packet pass from a to b now? */
  passes(): boolean {
    const text = String(this.clock.now());
    this.a.send(this.b, text);
    this.run(500);
    return this.b.heard.some((packet) => packet.text === text);
  }
}

describe('relays on the simulated internet', () => {
  it('connect through NATs and carry packets by key', () => {
    const bench = new Bench();
    bench.run(1_000);
    expect(bench.passes()).toBe(true);
    expect([bench.a.opens, bench.b.opens]).toEqual([1, 1]);
  });

  it('replace a connection that a rebooted NAT forgot, once, when a handshake through it is in vain', () => {
    const bench = new Bench();
    bench.run(1_000);
    bench.internet.reboot(bench.a.router);
    bench.run(5_000);
    expect(bench.passes(), 'dead but open').toBe(false);
    const at = bench.clock.now();
    for (let i = 0; i < 20; i++) bench.a.tell({ kind: 'doubt', region: HOME });
    bench.run(6_000);
    expect(bench.passes()).toBe(true);
    expect([bench.a.machine.teardowns, bench.a.opens, bench.b.opens]).toEqual([1, 2, 1]);
    expect(bench.b.heard.some((packet) => packet.at - at < 6_500)).toBe(true);
  });

  it('keep a healthy connection through 1,000 doubts', () => {
    const bench = new Bench();
    bench.run(1_000);
    for (let i = 0; i < 1_000; i++) {
      bench.a.tell({ kind: 'doubt', region: HOME });
      bench.run(120);
    }
    expect(bench.passes()).toBe(true);
    expect([bench.a.machine.teardowns, bench.a.opens]).toEqual([0, 1]);
  });

  it('come back after a restart of the relay, and after one together with a reboot of the NAT, with one incident each', () => {
    for (const reboot of [false, true]) {
      const bench = new Bench();
      bench.run(1_000);
      if (reboot) bench.internet.reboot(bench.a.router);
      bench.relays[0]!.stop();
      bench.run(3_000);
      bench.relays[0]!.start();
      bench.a.tell({ kind: 'doubt', region: HOME });
      bench.run(11_000);
      expect(bench.passes(), `reboot: ${reboot}`).toBe(true);
      expect(bench.a.incidents.map(({ kind }) => kind)).toEqual(['incident-began', 'incident-ended']);
    }
  });
});
