/**
 * The control server of a World, and the links of its hosts to it: carries commands and events between the nodes and the
 * server model on the World's clock, and can take the server away. It decides nothing. Callers: the World.
 */
import type { ControlLinkCommand, ControlLinkEvent } from '../ports/control-link.ts';
import type { Rng } from '../ports/rng.ts';
import { instant, type Duration, type Instant } from '../time/instant.ts';
import { ControlServer } from './control-server/control-server.ts';
import type { ServerInput } from './control-server/types.ts';
import { SimLink, type LinkWorld } from './control/sim-link.ts';
import { randomBytes } from './random-bytes.ts';

export const SERVER_URL = 'https://hs.example.org';
const WAY: Duration = 20;
const BACKLOG_MOST = 10_000;

export interface TailnetServerInit {
  readonly rng: Rng;
  /** Wall time of the World's zero. */
  readonly wallZero: number;
  readonly now: () => number;
  readonly at: (ms: number, run: () => void) => void;
}

export class TailnetServer implements LinkWorld {
  readonly server: ControlServer;
  readonly serverKey: Uint8Array;
  readonly authKey: string;
  readonly rng: Rng;
  way: LinkWorld['way'] = 'open';
  readonly #init: TailnetServerInit;
  readonly #links = new Map<number, SimLink>();
  readonly #connections = new Map<number, SimLink>();
  #backlog: ServerInput[] = [];
  /** Ends of absences that are to come: the last one counts. */
  #away = 0;
  #nextConnection = 1;
  #wakeAt: number | undefined;

  constructor(init: TailnetServerInit) {
    this.#init = init;
    this.rng = init.rng;
    this.serverKey = randomBytes(init.rng, 32);
    this.server = new ControlServer({ rng: init.rng, url: SERVER_URL, wallOffset: init.wallZero });
    this.authKey = this.server.createPreAuthKey({ user: 'anna', reusable: true });
  }

  get now(): number {
    return this.#init.now();
  }

  /** The server's clock is the World's. */
  get instant(): Instant {
    return instant(this.now);
  }

  /** `host`: any number that names it. `deliver` hears what the link says from now on. */
  join(host: number, deliver: (event: ControlLinkEvent) => void): void {
    this.#links.set(host, new SimLink(this, WAY, deliver));
  }

  /** The way of this host, for whoever breaks it. */
  linkOf(host: number): SimLink | undefined {
    return this.#links.get(host);
  }

  /** Without a network nothing passes, and what was open is dead. */
  setOnline(host: number, online: boolean): void {
    const link = this.#links.get(host);
    if (link === undefined) return;
    if (!online) link.halfOpen();
    link.online = online;
  }

  command(host: number, command: ControlLinkCommand): void {
    this.#links.get(host)?.command(command);
  }

  /** The process of this host ended. */
  left(host: number): void {
    this.command(host, { kind: 'disconnect' });
  }

  /** Everything that the administrator did goes out. */
  changed(): void {
    this.#drain();
  }

  /** The server ends, and is back after a while. */
  restart(forMs: Duration): void {
    this.#backlog = [];
    this.server.restart(this.instant);
    for (const link of this.#links.values()) link.cut('ECONNRESET');
    this.#leave('refused', forMs);
  }

  /** Its system takes connections and bytes; nothing is answered for a while, then all of it. */
  freeze(forMs: Duration): void {
    if (this.way === 'open') this.#leave('swallowed', forMs);
  }

  /** Its name is not to be had. */
  loseName(forMs: Duration): void {
    if (this.way === 'open') this.#leave('no-name', forMs);
  }

  at(ms: number, run: () => void): void {
    this.#init.at(ms, run);
  }

  openConnection(link: SimLink): number {
    const connection = this.#nextConnection++;
    this.#connections.set(connection, link);
    return connection;
  }

  toServer(input: ServerInput): void {
    if (input.kind === 'closed') this.#connections.delete(input.connection);
    if (this.way === 'refused') return;
    if (this.way === 'swallowed') {
      if (this.#backlog.length < BACKLOG_MOST) this.#backlog.push(input);
      return;
    }
    this.server.handle(input, this.instant);
    this.#drain();
  }

  #leave(way: LinkWorld['way'], forMs: Duration): void {
    this.way = way;
    const away = ++this.#away;
    this.at(this.now + forMs, () => {
      if (away !== this.#away) return;
      this.way = 'open';
      const waiting = this.#backlog;
      this.#backlog = [];
      for (const input of waiting) this.toServer(input);
      this.server.expire(this.instant);
      this.#drain();
    });
  }

  #drain(): void {
    if (this.way === 'swallowed') return;
    for (let output = this.server.poll(); output !== undefined; output = this.server.poll()) this.#connections.get(output.connection)?.fromServer(output);
    const next = this.server.nextDeadline();
    if (next === undefined || (this.#wakeAt !== undefined && this.#wakeAt <= next.at)) return;
    const wakeAt = Math.max(next.at, this.now);
    this.#wakeAt = wakeAt;
    this.at(wakeAt, () => {
      if (this.#wakeAt !== wakeAt) return;
      this.#wakeAt = undefined;
      if (this.way === 'swallowed') return;
      this.server.expire(this.instant);
      this.#drain();
    });
  }
}
