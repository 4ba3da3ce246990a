/** Path machines of two nodes on a small network of the test's own: what they find, what they believe, and what they refuse. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { formatEndpoint, parseEndpoint, type IpEndpoint } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { PrivateKey } from '../keys/keys.ts';
import { instant, type Instant } from '../time/instant.ts';
import { sealDisco, type DiscoMessage } from '../wire/disco.ts';
import { BACK_BURST, CANDIDATES_AT_MOST, PINGED_AT_ONE } from './constants.ts';
import { Paths } from './paths.ts';
import type { PathReport, PathsInput, PathsOutput } from './types.ts';

const crypto = createSodiumCrypto();
const PEER = 0 as PeerId;
const RELAY = 900;
const at = (text: string): IpEndpoint => parseEndpoint(text)!;

class Side {
  readonly secret: Uint8Array;
  readonly disco = new Uint8Array(32);
  readonly nodeKey: Uint8Array;
  readonly endpoint: IpEndpoint;
  readonly paths: Paths;
  readonly outputs: PathsOutput[] = [];
  dataAt: Instant | undefined;
  heardAt: Instant | undefined;
  way: { direct: IpEndpoint | undefined; relay: number | undefined } = { direct: undefined, relay: undefined };

  constructor(n: number, endpoint: string, seed: number) {
    this.secret = new Uint8Array(32).fill(n);
    crypto.x25519Base(this.secret, this.disco);
    this.nodeKey = new Uint8Array(32).fill(n + 100);
    this.endpoint = at(endpoint);
    this.paths = new Paths({ crypto, rng: createSeededRng(seed), lastUserDataAt: () => this.dataAt, lastHeardAt: () => this.heardAt });
  }
}

/** Two sides; UDP between them passes as `passes` says, the relay always. Data of a peer goes where its path says. */
class Net {
  now: Instant = instant(1_000);
  readonly a: Side;
  readonly b: Side;
  passes: (from: Side, to: Side) => boolean = () => true;
  /** Whether WireGuard's packets pass where disco does. */
  dataPasses = true;
  loss = 0;
  readonly #rng;
  readonly #flights: { at: number; run: () => void }[] = [];

  constructor(seed = 1, { homeRelay = RELAY, start = true } = {}) {
    this.#rng = createSeededRng(seed);
    this.a = new Side(1, '192.0.2.1:1', seed + 10);
    this.b = new Side(2, '192.0.2.2:2', seed + 20);
    for (const side of [this.a, this.b]) {
      const other = this.other(side);
      this.give(side, { kind: 'identity', discoKey: new PrivateKey(side.secret), nodeKey: side.nodeKey });
      this.give(side, { kind: 'own-endpoints', endpoints: [side.endpoint], confirmedAt: this.now });
      this.give(side, { kind: 'put-peer', peer: { id: PEER, nodeKey: other.nodeKey, discoKey: other.disco, endpoints: [other.endpoint], homeRelay } });
    }
    if (start) this.use();
  }

  other(side: Side): Side {
    return side === this.a ? this.b : this.a;
  }

  /** Both send data from now on, until `idle`. */
  use(): void {
    for (const side of [this.a, this.b]) {
      side.dataAt = this.now;
      this.give(side, { kind: 'active', peer: PEER });
    }
  }

  give(side: Side, input: PathsInput): void {
    side.paths.handle(input, this.now);
    this.#drain(side);
  }

  /** Advances, with data on both sides each second while `busy`. */
  run(ms: number, busy = true): void {
    const end = this.now + ms;
    for (;;) {
      this.#flights.sort((x, y) => x.at - y.at);
      const sides = [this.a, this.b].toSorted((x, y) => (x.paths.nextDeadline()?.at ?? Infinity) - (y.paths.nextDeadline()?.at ?? Infinity));
      const due = sides[0]!.paths.nextDeadline()?.at ?? Infinity;
      const flight = this.#flights[0]?.at ?? Infinity;
      if (Math.min(due, flight) > end) break;
      this.now = instant(Math.max(this.now, Math.min(due, flight)));
      if (busy) for (const side of sides) side.dataAt = this.now;
      if (flight <= due) {
        this.#flights.shift()!.run();
      } else {
        sides[0]!.paths.expire(this.now);
        this.#drain(sides[0]!);
      }
    }
    this.now = instant(end);
    if (busy) for (const side of [this.a, this.b]) side.dataAt = this.now;
  }

  report(side: Side): PathReport {
    return side.paths.report(PEER)!;
  }

  later(ms: number, run: () => void): void {
    this.#flights.push({ at: this.now + ms, run });
  }

  #drain(side: Side): void {
    for (let output = side.paths.poll(); output !== undefined; output = side.paths.poll()) {
      side.outputs.push(output);
      this.#carry(side, output);
    }
  }

  #carry(side: Side, output: PathsOutput): void {
    const other = this.other(side);
    const lost = this.#rng.fraction() < this.loss;
    switch (output.kind) {
      case 'send':
        if (!lost && formatEndpoint(output.to) === formatEndpoint(other.endpoint) && this.passes(side, other)) {
          this.later(10, () => this.give(other, { kind: 'datagram', from: side.endpoint, bytes: output.bytes }));
        }
        return;
      case 'send-relayed':
        this.later(30, () => this.give(other, { kind: 'relayed', region: output.region, source: PEER, bytes: output.bytes }));
        return;
      case 'path':
        side.way = output;
        return;
      case 'probe':
        // The answer comes by whatever way the other one has.
        side.heardAt = this.now;
        if (!lost && this.dataPasses && this.passes(side, other)) this.later(40, () => this.give(side, { kind: 'probe-answered', token: output.token }));
        return;
      case 'need-endpoints':
        this.later(20, () => this.give(side, { kind: 'own-endpoints', endpoints: [side.endpoint], confirmedAt: this.now }));
        return;
      case 'initiate':
      case 'changed':
      case 'moved':
        return;
      default:
        output satisfies never;
    }
  }
}

describe('two nodes that reach each other', () => {
  it('begin by the relay, and go direct when probes and data pass', () => {
    const net = new Net();
    expect(net.a.way).toMatchObject({ direct: undefined, relay: RELAY });
    net.run(2_000);
    for (const side of [net.a, net.b]) {
      expect(net.report(side)).toMatchObject({ kind: 'direct', via: { endpoint: net.other(side).endpoint }, because: undefined });
      expect(side.way).toMatchObject({ direct: net.other(side).endpoint, relay: undefined });
    }
  });

  it('tell each other at once when a NAT shows one of them elsewhere', () => {
    const net = new Net();
    net.run(5_000);
    const calls = (): number => net.a.outputs.filter(({ kind }) => kind === 'send-relayed').length;
    const before = calls();
    net.give(net.a, { kind: 'own-endpoints', endpoints: [net.a.endpoint], confirmedAt: net.now });
    expect(calls()).toBe(before);
    net.give(net.a, { kind: 'own-endpoints', endpoints: [at('192.0.2.1:77')], confirmedAt: net.now });
    expect(calls()).toBe(before + 1);
  });

  it('always do within ten seconds, though one packet in ten is lost', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const net = new Net(seed);
        net.loss = 0.1;
        const waiting = new Set([net.a, net.b]);
        for (let ms = 0; ms < 10_000; ms += 250) {
          net.run(250);
          for (const side of waiting) if (net.report(side).kind === 'direct') waiting.delete(side);
        }
        expect(waiting.size).toBe(0);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('stay direct while data goes, at one ping in three seconds', () => {
    const net = new Net();
    net.run(10_000);
    net.a.outputs.length = 0;
    net.run(60_000);
    expect(net.a.outputs.filter(({ kind }) => kind === 'path' || kind === 'moved')).toEqual([]);
    expect(net.a.outputs.filter(({ kind }) => kind === 'send').length).toBeLessThan(60);
  });

  it('ask nothing when nobody uses the way, and begin again with the next packet', () => {
    const net = new Net();
    net.run(10_000);
    net.run(60_000, false);
    expect(net.a.paths.nextDeadline()).toBeUndefined();
    expect(net.a.paths.activePeers).toBe(0);
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: RELAY });
    net.use();
    net.run(100);
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: undefined });
  });

  it('need no relay', () => {
    const net = new Net(1, { homeRelay: 0 });
    net.run(1_000);
    expect(net.report(net.a).kind).toBe('direct');
    expect(net.a.outputs.some(({ kind }) => kind === 'probe')).toBe(false);
  });
});

describe('a direct way that is cut', () => {
  it('is given up for the relay within trust and one ping, and the history says why', () => {
    const net = new Net();
    net.run(5_000);
    net.passes = () => false;
    net.run(6_600);
    expect(net.a.way.relay).toBe(RELAY);
    net.run(6_000);
    expect(net.report(net.a)).toMatchObject({ kind: 'relay', because: { kind: 'no-answer' } });
    expect(net.a.outputs.findLast(({ kind }) => kind === 'moved')).toMatchObject({ because: 'no-pong', to: { kind: 'relay', region: RELAY } });
  });

  it('is found again when it is back', () => {
    const net = new Net();
    net.run(5_000);
    net.passes = () => false;
    net.run(60_000);
    expect(net.report(net.a).nextTryAt).toBeGreaterThan(net.now);
    net.passes = () => true;
    net.run(31_000);
    expect(net.report(net.a).kind).toBe('direct');
  });

  it('is tried at once when a person asks', () => {
    const net = new Net();
    net.passes = () => false;
    net.run(120_000);
    net.passes = () => true;
    net.give(net.a, { kind: 'try-direct', peer: PEER });
    net.run(1_000);
    expect(net.report(net.a).kind).toBe('direct');
  });
});

describe('a direct way that loses packets while it works', () => {
  const bothWays = (net: Net): boolean => net.a.way.direct !== undefined && net.a.way.relay === RELAY;

  it('gets a copy by the relay for as long as that lasts, says so, and is not left and taken again', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const net = new Net(seed);
        net.run(10_000);
        net.loss = 0.3;
        net.run(30_000);
        let [both, told] = [0, 0];
        for (let i = 0; i < 300; i++) {
          net.run(1_000);
          if (net.a.way.relay === RELAY) both++;
          if (net.report(net.a).because?.kind === 'lossy') told++;
        }
        expect(both).toBeGreaterThan(200);
        expect(told).toBeGreaterThan(180);
        net.loss = 0;
        net.run(40_000);
        expect(net.report(net.a)).toMatchObject({ kind: 'direct', because: undefined });
      }),
      { numRuns: 30, seed: 7 },
    );
  });

  it('is not a way that was cut for a while, nor one that loses a packet in thirty', () => {
    const net = new Net();
    net.run(10_000);
    net.passes = () => false;
    net.run(5_000);
    expect(bothWays(net)).toBe(true);
    net.passes = () => true;
    net.run(2_000);
    expect(bothWays(net)).toBe(true);
    net.run(3_000);
    expect(net.report(net.a).kind).toBe('direct');
    net.loss = 1 / 30;
    for (let i = 0; i < 300; i++) {
      net.run(1_000);
      expect(net.report(net.a).because?.kind).not.toBe('lossy');
    }
  });

  it('is not used alone for some pongs after data found no answer', () => {
    const net = new Net();
    net.run(10_000);
    net.give(net.a, { kind: 'suspect', peer: PEER });
    net.run(1_500);
    expect(bothWays(net)).toBe(true);
    net.run(3_000);
    expect(net.report(net.a).kind).toBe('direct');
  });

  it('is forgotten when we move to another network', () => {
    const net = new Net();
    net.loss = 0.3;
    net.run(60_000);
    expect(net.report(net.a).because?.kind).toBe('lossy');
    net.loss = 0;
    net.give(net.a, { kind: 'network', now: 'changed' });
    net.run(2_000);
    expect(net.report(net.a).kind).toBe('direct');
  });

  it('is the only one where there is no relay', () => {
    const net = new Net(3, { homeRelay: 0 });
    net.run(2_000);
    net.loss = 0.3;
    for (let i = 0; i < 120; i++) {
      net.run(1_000);
      expect(net.report(net.a)).toMatchObject({ kind: 'direct', because: undefined });
    }
  });
});

describe('a way on which probes pass and data does not', () => {
  it('is never used alone, and is remembered as bad with a date', () => {
    const net = new Net();
    net.dataPasses = false;
    net.a.heardAt = instant(0);
    for (let i = 0; i < 40; i++) {
      net.run(250);
      net.a.heardAt = net.now;
      expect(net.a.way.relay).toBe(RELAY);
    }
    const report = net.report(net.a);
    expect(report).toMatchObject({ kind: 'relay', because: { kind: 'data-lost', endpoint: net.b.endpoint } });
    expect(report.candidates[0]!.badUntil).toBeGreaterThan(net.now);
  });

  it('is the reason at any time for as long as probes pass, also when it is due to be tried again; not when they pass no more', () => {
    const net = new Net();
    net.dataPasses = false;
    const told = new Set<string | undefined>();
    for (let i = 0; i < 400; i++) {
      net.run(250);
      net.a.heardAt = net.now;
      if (i > 40) told.add(net.report(net.a).because?.kind);
    }
    expect([...told].toSorted()).toEqual(['data-lost', 'trying']);
    net.passes = () => false;
    for (let i = 0; i < 400; i++) {
      net.run(250);
      net.a.heardAt = net.now;
    }
    expect(net.report(net.a).because?.kind).toBe('no-answer');
  });

  it('is given up when it was trusted, in the step in which a new session begins', () => {
    const net = new Net();
    net.run(5_000);
    net.dataPasses = false;
    net.give(net.a, { kind: 'suspect', peer: PEER });
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: RELAY });
    net.run(100);
    net.a.heardAt = net.now;
    net.run(4_500);
    expect(net.report(net.a)).toMatchObject({ kind: 'relay', because: { kind: 'data-lost' } });
    expect(net.a.outputs.some(({ kind }) => kind === 'initiate')).toBe(true);
  });

  it('is not one on which probes do not pass either', () => {
    const net = new Net();
    net.run(5_000);
    net.passes = () => false;
    net.give(net.a, { kind: 'suspect', peer: PEER });
    net.run(100);
    net.a.heardAt = net.now;
    net.run(10_000);
    expect(net.report(net.a).kind).toBe('relay');
    expect(net.report(net.a).candidates[0]!.badUntil).toBeUndefined();
  });

  it('stays open with the relay while nothing passes anywhere', () => {
    const net = new Net();
    net.run(5_000);
    net.dataPasses = false;
    net.give(net.a, { kind: 'suspect', peer: PEER });
    for (let i = 0; i < 60; i++) {
      net.a.heardAt = instant(0);
      net.run(500);
      net.a.heardAt = instant(0);
    }
    expect(net.a.way.relay).toBe(RELAY);
  });
});

describe('when our own place changes', () => {
  it('both ways are used at once, and the old question counts no more', () => {
    const net = new Net();
    net.run(5_000);
    net.give(net.a, { kind: 'network', now: 'changed' });
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: RELAY });
    net.run(500);
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: undefined });
  });

  it('an answer to what was asked before counts for nothing', () => {
    const net = new Net();
    net.run(5);
    net.passes = (from) => from === net.b;
    net.give(net.a, { kind: 'network', now: 'changed' });
    net.run(500);
    expect(net.report(net.a).candidates[0]).toMatchObject({ endpoint: net.b.endpoint, answered: 0 });
    expect(net.a.way.direct).toBeUndefined();
  });

  it('the way is believed again only when data passes from the new place', () => {
    const net = new Net();
    net.run(5_000);
    net.dataPasses = false;
    net.give(net.a, { kind: 'network', now: 'changed' });
    for (let i = 0; i < 40; i++) {
      net.run(250);
      net.a.heardAt = net.now;
      expect(net.a.way.relay).toBe(RELAY);
    }
    expect(net.report(net.a).because?.kind).toBe('data-lost');
  });

  it('nothing is asked while there is no network', () => {
    const net = new Net();
    net.run(5_000);
    net.give(net.a, { kind: 'network', now: 'down' });
    net.passes = () => false;
    net.a.outputs.length = 0;
    net.run(30_000);
    expect(net.a.outputs.filter(({ kind }) => kind === 'send' || kind === 'send-relayed')).toEqual([]);
  });

  it('a peer that began anew with another disco key is asked again', () => {
    const net = new Net();
    net.run(5_000);
    const disco = new Uint8Array(32).fill(9);
    net.give(net.a, { kind: 'disco-key', peer: PEER, key: disco });
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: RELAY });
  });
});

describe('a new disco key of a peer', () => {
  const put = (net: Net, discoKey: Uint8Array): void => net.give(net.a, { kind: 'put-peer', peer: { id: PEER, nodeKey: net.b.nodeKey, discoKey, endpoints: [net.b.endpoint], homeRelay: RELAY } });

  it('begins the session anew when the map tells it, in the step that doubts the way', () => {
    const net = new Net();
    net.run(5_000);
    net.a.outputs.length = 0;
    put(net, new Uint8Array(32).fill(9));
    expect(net.a.outputs.map(({ kind }) => kind)).toContain('initiate');
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: RELAY });
  });

  it('is not taken back by a map that repeats the old one, and is by one that tells another', () => {
    const net = new Net();
    net.run(5_000);
    const younger = new Uint8Array(32);
    crypto.x25519Base(new Uint8Array(32).fill(9), younger);
    net.give(net.a, { kind: 'disco-key', peer: PEER, key: younger });
    net.a.outputs.length = 0;
    put(net, net.b.disco);
    expect(net.a.outputs.filter(({ kind }) => kind !== 'changed')).toEqual([]);
    put(net, new Uint8Array(32).fill(8));
    expect(net.a.outputs.map(({ kind }) => kind)).toContain('initiate');
  });
});

describe('hostile messages', () => {
  const stranger = new Uint8Array(32).fill(66);
  const forge = (net: Net, secret: Uint8Array, sender: Uint8Array, message: DiscoMessage): Uint8Array => {
    const box = new Uint8Array(32);
    crypto.boxKey(secret, net.a.disco, box);
    return sealDisco(crypto, box, sender, new Uint8Array(24).fill(7), message);
  };

  it('of unknown or false senders move nothing, answer nothing and are counted', () => {
    const net = new Net();
    net.run(5_000);
    net.a.outputs.length = 0;
    const key = new Uint8Array(32);
    crypto.x25519Base(stranger, key);
    const ping: DiscoMessage = { kind: 'ping', tx: new Uint8Array(12), nodeKey: net.b.nodeKey };
    net.give(net.a, { kind: 'datagram', from: at('203.0.113.9:9'), bytes: forge(net, stranger, key, ping) });
    net.give(net.a, { kind: 'datagram', from: at('203.0.113.9:9'), bytes: forge(net, stranger, net.b.disco, ping) });
    expect(net.a.outputs).toEqual([]);
    expect(net.a.paths.counts).toMatchObject({ unknownSender: 1, notAuthentic: 1 });
  });

  it('a pong that nobody waits for, or that came before, moves nothing', () => {
    const net = new Net();
    net.passes = () => false;
    net.run(20_000);
    const pong = forge(net, net.b.secret, net.b.disco, { kind: 'pong', tx: new Uint8Array(12).fill(1), seen: net.a.endpoint });
    for (let i = 0; i < 3; i++) net.give(net.a, { kind: 'datagram', from: net.b.endpoint, bytes: pong });
    net.run(1_000);
    expect(net.report(net.a).kind).toBe('relay');
  });

  it('a pong that is replayed keeps no way alive', () => {
    const net = new Net();
    net.run(5_000);
    const pongs = net.b.outputs.flatMap((output) => (output.kind === 'send' ? [output.bytes] : []));
    net.passes = () => false;
    for (let i = 0; i < 66; i++) {
      net.run(100);
      for (const bytes of pongs) net.give(net.a, { kind: 'datagram', from: net.b.endpoint, bytes });
    }
    expect(net.a.way.relay).toBe(RELAY);
  });

  it('a call-me-maybe over UDP, or by a relay that names another sender, is not heeded', () => {
    const net = new Net();
    const call = forge(net, net.b.secret, net.b.disco, { kind: 'call-me-maybe', endpoints: [at('203.0.113.9:9')] });
    net.give(net.a, { kind: 'datagram', from: net.b.endpoint, bytes: call });
    net.give(net.a, { kind: 'relayed', region: RELAY, source: 5 as PeerId, bytes: call });
    expect(net.report(net.a).candidates.some(({ endpoint }) => endpoint.port === 9)).toBe(false);
    expect(net.a.paths.counts.wrongRelaySender).toBe(1);
    net.give(net.a, { kind: 'relayed', region: RELAY, source: PEER, bytes: call });
    expect(net.report(net.a).candidates.some(({ endpoint }) => endpoint.port === 9)).toBe(true);
  });

  it('a ping that is replayed from many addresses is answered at few, and once at each', () => {
    const net = new Net();
    net.run(5_000);
    net.a.outputs.length = 0;
    const ping = forge(net, net.b.secret, net.b.disco, { kind: 'ping', tx: new Uint8Array(12).fill(5), nodeKey: net.b.nodeKey });
    for (let n = 0; n < 3; n++) for (let i = 1; i <= 50; i++) net.give(net.a, { kind: 'datagram', from: at(`203.0.113.${i}:7`), bytes: ping });
    const asked = new Set(net.a.outputs.flatMap((output) => (output.kind === 'send' ? [formatEndpoint(output.to)] : [])));
    expect(asked.size).toBe(4);
    expect(net.a.outputs.length).toBeLessThanOrEqual(8);
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: undefined });
  });

  it('a pong with the right question from another address counts for the address that was asked', () => {
    const net = new Net();
    net.passes = (from) => from === net.a;
    net.run(100);
    // What b sends is rewritten on its way: it comes from elsewhere.
    for (const output of net.b.outputs) if (output.kind === 'send') net.give(net.a, { kind: 'datagram', from: at('203.0.113.9:9'), bytes: output.bytes });
    const answered = new Map(net.report(net.a).candidates.map((candidate) => [formatEndpoint(candidate.endpoint), candidate.answered]));
    expect(answered.get('192.0.2.2:2')).toBeGreaterThan(0);
    expect(answered.get('203.0.113.9:9')).toBe(0);
    expect(net.a.way).toMatchObject({ direct: net.b.endpoint, relay: RELAY });
  });

  it('addresses of nowhere, of the tunnel, of ourselves and of one computer alone are never asked', () => {
    const net = new Net();
    const bad = ['0.1.2.3:1', '224.0.0.1:1', '255.255.255.255:1', '100.64.0.7:1', '[fd7a:115c:a1e0::7]:1', '[fe80::1]:1', '[ff02::1]:1', '[::1]:1', '[::]:1', '127.0.0.1:1', '127.3.3.40:7', '169.254.1.1:1', '192.0.2.1:1'];
    const endpoints = [...bad.map(at), { address: net.b.endpoint.address, port: 0 }];
    net.give(net.a, { kind: 'relayed', region: RELAY, source: PEER, bytes: forge(net, net.b.secret, net.b.disco, { kind: 'call-me-maybe', endpoints }) });
    expect(net.report(net.a).candidates.map(({ endpoint }) => formatEndpoint(endpoint))).toEqual([formatEndpoint(net.b.endpoint)]);
  });

  it('a call of a peer whose way we trust is answered by pings, and moves nothing', () => {
    const net = new Net();
    net.run(5_000);
    net.a.outputs.length = 0;
    net.give(net.a, { kind: 'relayed', region: RELAY, source: PEER, bytes: forge(net, net.b.secret, net.b.disco, { kind: 'call-me-maybe', endpoints: [at('203.0.113.9:9')] }) });
    expect(net.a.outputs.flatMap((output) => (output.kind === 'send' ? [formatEndpoint(output.to)] : []))).toContain('203.0.113.9:9');
    expect(net.a.outputs.filter(({ kind }) => kind === 'send-relayed' || kind === 'path' || kind === 'moved')).toEqual([]);
  });

  it('floods of addresses and of pings are bounded in memory and in answers', () => {
    const net = new Net();
    net.run(5_000);
    net.a.outputs.length = 0;
    for (let n = 0; n < 200; n++) {
      const endpoints = Array.from({ length: 50 }, (_, i) => at(`203.0.${n}.${i + 1}:9`));
      net.give(net.a, { kind: 'relayed', region: RELAY, source: PEER, bytes: forge(net, net.b.secret, net.b.disco, { kind: 'call-me-maybe', endpoints }) });
      const tx = new Uint8Array(12).fill(n);
      net.give(net.a, { kind: 'datagram', from: at(`198.51.100.${n + 1}:7`), bytes: forge(net, net.b.secret, net.b.disco, { kind: 'ping', tx, nodeKey: net.b.nodeKey }) });
    }
    expect(net.report(net.a).candidates.length).toBeLessThanOrEqual(CANDIDATES_AT_MOST);
    expect(net.a.outputs.filter(({ kind }) => kind === 'send').length).toBeLessThan(900);
    expect(net.report(net.a).kind).toBe('direct');
  });

  it('a NAT that shows a new port with each answer is asked a few times, and is not a hundred addresses', () => {
    const net = new Net();
    net.run(5_000);
    net.a.outputs.length = 0;
    for (let n = 0; n < 500; n++) {
      const tx = new Uint8Array(12).fill(n);
      tx[0] = n >> 8;
      net.give(net.a, { kind: 'datagram', from: { address: net.b.endpoint.address, port: 10_000 + n }, bytes: forge(net, net.b.secret, net.b.disco, { kind: 'ping', tx, nodeKey: net.b.nodeKey }) });
      net.run(40);
    }
    const sent = net.a.outputs.filter(({ kind }) => kind === 'send').length;
    // A pong for each, and the few questions and heartbeats of 20 s.
    expect(sent).toBeGreaterThanOrEqual(500);
    expect(sent).toBeLessThan(500 + BACK_BURST + 20);
    expect(net.report(net.a).candidates.length).toBeLessThanOrEqual(1 + PINGED_AT_ONE);
    expect(net.report(net.a).kind).toBe('direct');
  });

  it('a ping that names another node is not answered', () => {
    const net = new Net();
    net.a.outputs.length = 0;
    net.give(net.a, { kind: 'datagram', from: net.b.endpoint, bytes: forge(net, net.b.secret, net.b.disco, { kind: 'ping', tx: new Uint8Array(12), nodeKey: net.a.nodeKey }) });
    expect(net.a.outputs).toEqual([]);
  });

  it('a peer that tells the disco key of another one in the tunnel does not get its messages', () => {
    const net = new Net();
    const other = 7 as PeerId;
    net.give(net.a, { kind: 'put-peer', peer: { id: other, nodeKey: new Uint8Array(32).fill(8), discoKey: new Uint8Array(32).fill(8), endpoints: [], homeRelay: RELAY } });
    net.give(net.a, { kind: 'disco-key', peer: other, key: net.b.disco });
    expect(net.a.paths.counts.keyOfAnother).toBe(1);
    net.run(2_000);
    expect(net.report(net.a).kind).toBe('direct');
    expect(net.a.paths.report(other)!.candidates).toEqual([]);
  });

  it('a storm of our own questions is dropped in part, and throws nothing', () => {
    const net = new Net();
    const endpoints = Array.from({ length: CANDIDATES_AT_MOST }, (_, i) => at(`203.0.113.${i + 1}:9`));
    for (let i = 1; i <= 400; i++) {
      const keys = new Uint8Array(32).fill(i & 255);
      keys[0] = i >> 8;
      net.a.paths.handle({ kind: 'put-peer', peer: { id: i as PeerId, nodeKey: keys, discoKey: keys, endpoints, homeRelay: RELAY } }, net.now);
      net.give(net.a, { kind: 'active', peer: i as PeerId });
    }
    net.give(net.a, { kind: 'network', now: 'changed' });
    expect(net.a.paths.counts.notSent).toBeGreaterThan(0);
  });

  it('bytes of any kind throw nothing', () => {
    const net = new Net();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, looksLikeDisco) => {
        if (looksLikeDisco && bytes.length >= 40) {
          bytes.set([0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac], 0);
          bytes.set(net.b.disco, 6);
        }
        net.give(net.a, { kind: 'datagram', from: net.b.endpoint, bytes });
      }),
    );
  });
});

it('ten thousand peers that nobody uses cost no deadline, also when the network changes', () => {
  const net = new Net(1, { start: false });
  for (let i = 1; i <= 10_000; i++) {
    const keys = new Uint8Array(32).fill(i & 255);
    keys[0] = i >> 8;
    net.give(net.a, { kind: 'put-peer', peer: { id: i as PeerId, nodeKey: keys, discoKey: keys, endpoints: [at('203.0.113.7:7')], homeRelay: RELAY } });
  }
  expect(net.a.paths.nextDeadline()).toBeUndefined();
  net.give(net.a, { kind: 'network', now: 'changed' });
  expect(net.a.paths.nextDeadline()).toBeUndefined();
});

it('every peer that is relayed at rest has a reason', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.boolean(), fc.boolean(), fc.nat(40_000), (seed, one, two, ms) => {
      const net = new Net(seed);
      net.passes = (from) => (from === net.a ? one : two);
      net.run(ms);
      for (const side of [net.a, net.b]) {
        const report = net.report(side);
        if (report.kind !== 'direct') expect(report.because).toBeDefined();
        else expect(one && two).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
