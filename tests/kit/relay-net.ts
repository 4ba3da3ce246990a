/**
 * Relay machines and relay servers joined by pipes in memory, in virtual time: bytes cut anywhere, connections that are cut,
 * that die and stay open, servers that are away or silent, computers that sleep. The test says which.
 */
import { createSeededRng } from '../../app/base/seeded-rng.ts';
import { PrivateKey } from '../../app/keys/keys.ts';
import type { RelayLinkCommand, RelayLinkEvent } from '../../app/ports/relay-link.ts';
import type { Rng } from '../../app/ports/rng.ts';
import { Relays } from '../../app/relay/relays.ts';
import type { RelaySink } from '../../app/relay/types.ts';
import { RelayServer } from '../../app/sim/relay-server/relay-server.ts';
import { instant, type Instant } from '../../app/time/instant.ts';
import { CLOSED, crypto, publicOf, relayMap, relayNode, secretOf } from './relay-kit.ts';

/** One way, and a third of what opening takes. */
const DELAY = 20;

interface Pipe {
  readonly member: Member;
  readonly generation: number;
  readonly site: Site;
  /** Of the server. */
  readonly connection: number;
  /** dead: open at both ends, and nothing passes. */
  state: 'opening' | 'open' | 'dead' | 'over';
}

interface Site {
  readonly region: number;
  readonly server: RelayServer;
  isAway: boolean;
}

interface Received {
  readonly source: Uint8Array;
  readonly bytes: Uint8Array;
}

export class Member {
  readonly n: number;
  readonly home: number;
  readonly relays: Relays;
  readonly received: Received[] = [];
  readonly pipes = new Map<number, Pipe>();
  asleepSince: Instant | undefined;
  /** What came while it slept. */
  readonly missed: RelayLinkEvent[] = [];
  readonly sink: RelaySink = { packet: (_, source, bytes) => void this.received.push({ source: source.slice(), bytes: bytes.slice() }), peerGone: () => undefined };

  constructor(n: number, home: number, rng: Rng) {
    this.n = n;
    this.home = home;
    this.relays = new Relays({ crypto, rng });
  }
}

export class RelayNet {
  now: Instant = instant(0.7);
  readonly sites: readonly Site[];
  readonly members: readonly Member[];
  readonly #rng: Rng;
  readonly #events: { at: number; seq: number; run: () => void }[] = [];
  #seq = 0;
  #connections = 0;
  wakes = 0;

  constructor(seed: number, members: number, regions = 2) {
    this.#rng = createSeededRng(seed);
    this.sites = Array.from({ length: regions }, (_, i) => ({ region: i + 1, server: new RelayServer({ crypto, rng: createSeededRng(seed + 100 + i) }), isAway: false }));
    this.members = Array.from({ length: members }, (_, i) => new Member(i + 1, 1 + (i % regions), createSeededRng(seed + 200 + i)));
    const map = relayMap(Object.fromEntries(this.sites.map(({ region }) => [region, [relayNode(`${region}a`)]])));
    for (const member of this.members) {
      member.relays.handle({ kind: 'identity', nodeKey: new PrivateKey(secretOf(member.n)) }, this.now);
      member.relays.handle({ kind: 'map', map }, this.now);
      member.relays.handle({ kind: 'home', region: member.home }, this.now);
      this.#drain(member);
    }
  }

  send(from: Member, to: Member, bytes: Uint8Array): void {
    if (from.asleepSince !== undefined) return;
    from.relays.send(to.home, publicOf(to.n), bytes, this.now);
    this.#drain(from);
  }

  tell(member: Member, input: Parameters<Relays['handle']>[0]): void {
    if (member.asleepSince !== undefined) return;
    member.relays.handle(input, this.now);
    this.#drain(member);
  }

  // ---- faults

  /** Both ends hear of it. */
  cut(member: Member): void {
    for (const pipe of member.pipes.values()) this.#break(pipe);
  }

  /** Nobody hears of it. */
  kill(member: Member): void {
    for (const pipe of member.pipes.values()) if (pipe.state === 'open') pipe.state = 'dead';
  }

  sleep(member: Member): void {
    member.asleepSince ??= this.now;
  }

  wake(member: Member): void {
    const since = member.asleepSince;
    if (since === undefined) return;
    member.asleepSince = undefined;
    member.relays.expire(this.now);
    member.relays.handle({ kind: 'slept', forMs: this.now - since }, this.now);
    this.#drain(member);
    for (const event of member.missed.splice(0)) this.#toMember(member, event);
  }

  away(site: Site, isAway: boolean): void {
    site.isAway = isAway;
    if (!isAway) return;
    site.server.restart();
    this.#drainSite(site);
  }

  silence(site: Site, isSilent: boolean): void {
    site.server.misbehaviour = isSilent ? { kind: 'silent' } : { kind: 'none' };
  }

  garbage(site: Site, to: Member, bytes: number): void {
    site.server.injectGarbage(publicOf(to.n), bytes);
    this.#drainSite(site);
  }

  announceRestart(site: Site, inMs: number): void {
    site.server.announceRestart(inMs, 1_000);
    this.#drainSite(site);
  }

  // ---- time

  run(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#nextAt(); next <= end; next = this.#nextAt()) {
      if (++this.wakes > 2_000_000) throw new Error('something wakes for nothing');
      this.now = instant(Math.max(this.now, next));
      while (this.#events.length > 0 && this.#events[0]!.at <= this.now) this.#events.shift()!.run();
      for (const member of this.members) {
        if (member.asleepSince !== undefined) continue;
        member.relays.expire(this.now);
        this.#drain(member);
      }
      for (const site of this.sites) {
        site.server.expire(this.now);
        this.#drainSite(site);
      }
    }
    this.now = instant(end);
  }

  #nextAt(): number {
    const deadlines = [...this.members.filter(({ asleepSince }) => asleepSince === undefined).map(({ relays }) => relays.nextDeadline()?.at), ...this.sites.map(({ server }) => server.nextDeadline()?.at)];
    return Math.min(this.#events[0]?.at ?? Infinity, ...deadlines.map((at) => at ?? Infinity));
  }

  #after(ms: number, run: () => void): void {
    const event = { at: this.now + ms, seq: this.#seq++, run };
    let i = this.#events.length;
    while (i > 0 && this.#events[i - 1]!.at > event.at) i--;
    this.#events.splice(i, 0, event);
  }

  #drain(member: Member): void {
    for (let output = member.relays.poll(); output !== undefined; output = member.relays.poll()) if (output.kind === 'link') this.#command(member, output.command);
  }

  #command(member: Member, command: RelayLinkCommand): void {
    const { generation } = command;
    if (command.kind === 'open') {
      this.#open(member, generation, command.region);
      return;
    }
    const pipe = member.pipes.get(generation);
    if (pipe === undefined) return;
    if (command.kind === 'close') {
      member.pipes.delete(generation);
      const wasOpen = pipe.state === 'open';
      pipe.state = 'over';
      if (wasOpen) this.#after(DELAY, () => this.#toSite(pipe, { kind: 'closed', connection: pipe.connection }));
      return;
    }
    if (command.kind === 'carry') return;
    const bytes = command.bytes.slice();
    // The buffer goes back to its owner: who keeps a view of it sees this.
    command.bytes.fill(0xdd);
    this.#after(0, () => this.#toMember(member, { kind: 'written', generation, bytes: bytes.length }));
    this.#after(DELAY, () => {
      if (pipe.state === 'open') for (const part of this.#chunks(bytes)) this.#toSite(pipe, { kind: 'data', connection: pipe.connection, bytes: part });
    });
  }

  #open(member: Member, generation: number, region: number): void {
    const site = this.sites.find((candidate) => candidate.region === region)!;
    const pipe: Pipe = { member, generation, site, connection: ++this.#connections, state: 'opening' };
    member.pipes.set(generation, pipe);
    this.#after(3 * DELAY, () => {
      if (pipe.state !== 'opening') return;
      if (site.isAway) {
        this.#lost(pipe);
        return;
      }
      pipe.state = 'open';
      this.#toMember(member, { kind: 'opened', generation, node: `${region}a`, localAddress: undefined });
      this.#toSite(pipe, { kind: 'connected', connection: pipe.connection });
    });
  }

  #break(pipe: Pipe): void {
    if (pipe.state === 'open') this.#toSite(pipe, { kind: 'closed', connection: pipe.connection });
    this.#lost(pipe);
  }

  #lost(pipe: Pipe): void {
    if (pipe.state === 'over') return;
    pipe.state = 'over';
    pipe.member.pipes.delete(pipe.generation);
    this.#toMember(pipe.member, { kind: 'lost', generation: pipe.generation, failure: CLOSED });
  }

  #toMember(member: Member, event: RelayLinkEvent): void {
    if (member.asleepSince !== undefined) {
      member.missed.push(event.kind === 'data' ? { ...event, bytes: event.bytes.slice() } : event);
      return;
    }
    member.relays.receive(event, this.now, member.sink);
    if (event.kind === 'data') event.bytes.fill(0xee);
    this.#drain(member);
  }

  #toSite(pipe: Pipe, input: Parameters<RelayServer['handle']>[0]): void {
    pipe.site.server.handle(input, this.now);
    if (input.kind === 'data') input.bytes.fill(0xee);
    this.#drainSite(pipe.site);
  }

  #drainSite(site: Site): void {
    for (let output = site.server.poll(); output !== undefined; output = site.server.poll()) {
      const { connection } = output;
      const pipe = this.#pipeOf(site, connection);
      if (output.kind === 'close') {
        if (pipe !== undefined) this.#after(DELAY, () => void (pipe.state === 'open' && this.#lost(pipe)));
        continue;
      }
      const bytes = output.bytes.slice();
      output.bytes.fill(0xdd);
      this.#after(0, () => {
        site.server.handle({ kind: 'written', connection, bytes: bytes.length }, this.now);
        this.#drainSite(site);
      });
      if (pipe === undefined) continue;
      this.#after(DELAY, () => {
        for (const part of this.#chunks(bytes)) if (pipe.state === 'open') this.#toMember(pipe.member, { kind: 'data', generation: pipe.generation, bytes: part });
      });
    }
  }

  #pipeOf(site: Site, connection: number): Pipe | undefined {
    for (const { pipes } of this.members) for (const pipe of pipes.values()) if (pipe.site === site && pipe.connection === connection) return pipe;
    return undefined;
  }

  #chunks(bytes: Uint8Array): Uint8Array[] {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + (this.#rng.uint32() % (this.#rng.uint32() % 3 === 0 ? 7 : 4_000));
      parts.push(bytes.slice(at, end));
      at = end;
    }
    return parts;
  }
}
