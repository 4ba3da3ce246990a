/**
 * One simulated computer with the product's control machine, its link, its disk and its sleep; and the rules that are
 * checked at each of its steps. Caller: ControlWorld.
 */
import { createSeededRng } from '../../base/seeded-rng.ts';
import { Control } from '../../control/control.ts';
import { CONNECT_BURST, CONNECT_EVERY } from '../../control/constants.ts';
import { MapSession } from '../../control/map-session.ts';
import type { NetworkView } from '../../control/network-view.ts';
import { NO_KEYS, type ControlIncident, type ControlInit, type ControlInput, type ControlKeys, type ControlLike, type ControlOutput } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { PreAuthKey } from '../../keys/pre-auth-key.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { instant, wallTime, type Duration, type Instant } from '../../time/instant.ts';
import { randomBytes } from '../random-bytes.ts';
import { SimLink, type LinkWorld } from './sim-link.ts';

export type ControlFactory = (init: ControlInit) => ControlLike;

export interface ClientWorld extends LinkWorld {
  readonly crypto: Crypto;
  readonly wallOffset: Duration;
  violate(rule: string, text: string): void;
  trace(who: number, what: unknown): void;
}

/** Steps of one client in one virtual second: more is a storm. */
const STEPS_PER_SECOND = 200;
const DRAIN_LIMIT = 2_000;
const STALE_SLEEP: Duration = 60_000;

export class SimClient {
  readonly index: number;
  readonly name: string;
  readonly link: SimLink;
  readonly incidents: ControlIncident[] = [];
  readonly machineKey: PrivateKey;
  control: ControlLike;
  keys: ControlKeys = NO_KEYS;
  view: NetworkView | undefined;
  steps = 0;
  /** Connects of engines that are gone. */
  connectsBefore = 0;
  readonly #world: ClientWorld;
  readonly #factory: ControlFactory;
  readonly #secrets = new Set<string>();
  #armed = 0;
  #second = -1;
  #inSecond = 0;
  #startedAt = 0;
  #asleepUntil = 0;
  #runs = 0;
  #told = false;

  constructor(world: ClientWorld, index: number, delay: Duration, factory: ControlFactory = (init) => new Control(init)) {
    this.index = index;
    this.name = `client-${index}`;
    this.#world = world;
    this.#factory = factory;
    this.machineKey = new PrivateKey(randomBytes(world.rng, 32));
    this.#secret(this.machineKey.bytes);
    this.link = new SimLink(world, delay, (event) => this.#whenAwake(() => this.give({ kind: 'link', event })));
    this.control = this.#engine();
  }

  get connects(): number {
    return this.connectsBefore + this.control.counts.connects;
  }

  now(): Instant {
    return instant(this.#world.now);
  }

  /** Starts, or starts again as after the end of the process: only the keys are left. */
  start(authKey?: string): void {
    if (authKey !== undefined) this.#secrets.add(authKey);
    if (this.#runs++ > 0) {
      this.link.cut(undefined);
      this.connectsBefore += this.control.counts.connects;
      this.control = this.#engine();
      this.view = undefined;
    }
    this.#startedAt = this.#world.now;
    this.give({ kind: 'network', now: this.link.online ? 'up' : 'down' });
    this.give({
      kind: 'start',
      wall: wallTime(this.#world.now + this.#world.wallOffset),
      config: {
        url: 'https://hs.example.org',
        machineKey: this.machineKey,
        discoKey: randomBytes(this.#world.rng, 32),
        keys: this.keys,
        authKey: authKey === undefined ? undefined : new PreAuthKey(authKey),
        ephemeral: false,
        host: { os: 'linux', osVersion: '6.1', hostname: this.name, clientVersion: '0.1.0', backendLogId: this.name, arch: 'amd64', routableIps: [], requestTags: [], shieldsUp: false },
      },
    });
  }

  signIn(authKey: string): void {
    this.#secrets.add(authKey);
    this.give({ kind: 'sign-in', authKey: new PreAuthKey(authKey) });
  }

  setNetwork(online: boolean): void {
    if (this.link.online === online) return;
    if (!online) this.link.halfOpen();
    this.link.online = online;
    this.#whenAwake(() => this.give({ kind: 'network', now: this.link.online ? 'up' : 'down' }));
  }

  sleep(ms: Duration): void {
    this.#asleepUntil = Math.max(this.#asleepUntil, this.#world.now + ms);
    if (ms > STALE_SLEEP) this.link.halfOpen();
    this.#world.at(this.#asleepUntil, () => this.give({ kind: 'slept', forMs: ms, wall: wallTime(this.#world.now + this.#world.wallOffset) }));
  }

  give(input: ControlInput): void {
    if (input.kind !== 'link') this.#world.trace(this.index, input.kind);
    this.#step(() => this.control.handle(input, this.now()));
  }

  #engine(): ControlLike {
    return this.#factory({ crypto: this.#world.crypto, rng: createSeededRng(this.#world.rng.uint32()), createMapSession: () => new MapSession() });
  }

  #whenAwake(run: () => void): void {
    const runs = this.#runs;
    if (this.#world.now >= this.#asleepUntil) run();
    else this.#world.at(this.#asleepUntil, () => (runs === this.#runs ? run() : undefined));
  }

  #step(mutate: () => void): void {
    this.steps++;
    const second = Math.floor(this.#world.now / 1_000);
    this.#inSecond = second === this.#second ? this.#inSecond + 1 : 1;
    this.#second = second;
    if (this.#inSecond === STEPS_PER_SECOND) this.#world.violate('too many steps', `${this.name}: ${STEPS_PER_SECOND} within one second, next for "${this.control.nextDeadline()?.why ?? 'nothing'}"`);
    const before = this.control.view;
    mutate();
    let outputs = 0;
    for (let output = this.control.poll(); output !== undefined && outputs < DRAIN_LIMIT; output = this.control.poll(), outputs++) this.#output(output);
    if (outputs >= DRAIN_LIMIT) this.#world.violate('queue not bounded', `${this.name} did not come to rest`);
    const { phase } = this.control.state;
    if (before !== undefined && this.control.view === undefined && phase !== 'signed-out' && phase !== 'off') this.#world.violate('view lost', `${this.name} lost its last good view in phase ${phase}`);
    this.#audit();
    this.#arm();
  }

  #output(output: ControlOutput): void {
    if (output.kind === 'keys') {
      for (const key of [output.keys?.nodeKey, output.keys?.trialKey]) if (key !== undefined) this.#secret(key.bytes);
      this.keys = output.keys ?? NO_KEYS;
      this.#world.trace(this.index, 'keys');
    } else if (output.kind === 'link') {
      this.#world.trace(this.index, output.command.kind === 'request' ? output.command.body : output.command.kind);
      this.link.command(output.command);
    } else if (output.kind === 'view') {
      this.view = output.view;
      this.#world.trace(this.index, output.view.revision);
    } else {
      const shown = JSON.stringify([output, output.kind === 'changed' ? this.control.state : null]);
      this.#world.trace(this.index, shown);
      for (const secret of this.#secrets) if (shown.includes(secret)) this.#world.violate('secret told', `${this.name} let a secret out in ${output.kind}`);
      if (output.kind === 'log' && output.level === 'error') this.#world.violate('error log', `${this.name}: ${output.text}`);
      if (output.kind === 'incident') this.incidents.push(output.incident);
    }
  }

  #audit(): void {
    const { connects } = this.control.counts;
    const most = CONNECT_BURST + 1 + (this.#world.now - this.#startedAt) / CONNECT_EVERY;
    if (connects <= most || this.#told) return;
    this.#told = true;
    this.#world.violate('too many connects', `${this.name} connected ${connects} times in ${Math.round((this.#world.now - this.#startedAt) / 1_000)} s`);
  }

  #arm(): void {
    const armed = ++this.#armed;
    const due = this.control.nextDeadline();
    if (due === undefined || due.at === Infinity) return;
    this.#world.at(Math.max(due.at, this.#world.now, this.#asleepUntil), () => {
      if (armed === this.#armed) this.#step(() => this.control.expire(this.now()));
    });
  }

  /** In the forms in which bytes become text. */
  #secret(bytes: Uint8Array): void {
    this.#secrets.add([...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
    this.#secrets.add([...bytes].slice(0, 8).join(','));
    this.#secrets.add([...bytes].slice(0, 8).map((byte, i) => `"${i}":${byte}`).join(','));
  }
}
