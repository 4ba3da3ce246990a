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
    this.way = 'refused';
    this.server.restart(this.instant);
    for (const link of this.#links.values()) link.cut('ECONNRESET');
    this.at(this.now + forMs, () => void (this.way = 'open'));
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
    if (this.way !== 'open') return;
    this.server.handle(input, this.instant);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.server.poll(); output !== undefined; output = this.server.poll()) this.#connections.get(output.connection)?.fromServer(output);
    const next = this.server.nextDeadline();
    if (next === undefined || (this.#wakeAt !== undefined && this.#wakeAt <= next.at)) return;
    const wakeAt = Math.max(next.at, this.now);
    this.#wakeAt = wakeAt;
    this.at(wakeAt, () => {
      if (this.#wakeAt !== wakeAt) return;
      this.#wakeAt = undefined;
      this.server.expire(this.instant);
      this.#drain();
    });
  }
}
