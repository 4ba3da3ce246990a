/**
 * A port mapping machine on a table: the test says what the gateway answers, and sees what was asked of it and when. The
 * router that keeps to the documents is the simulator's.
 */
import { formatEndpoint, parseIp, type IpEndpoint } from '../../app/base/ip.ts';
import { createSeededRng } from '../../app/base/seeded-rng.ts';
import { PortMap } from '../../app/portmap/port-map.ts';
import type { PortMapInput, PortMapOutput } from '../../app/portmap/types.ts';
import type { Gateway } from '../../app/ports/gateway-link.ts';
import { HARD_NAT, Nat } from '../../app/sim/mesh/nat.ts';
import { PortMapServer, type PortMapServerShape } from '../../app/sim/mesh/port-map-server.ts';
import { after, instant, type Duration, type Instant } from '../../app/time/instant.ts';
import { PORT_MAPPING_PORT } from '../../app/wire/nat-pmp.ts';

export const GATEWAY: Gateway = { address: parseIp('192.168.1.1')!, own: parseIp('192.168.1.7')! };
export const OWN_PORT = 41_641;
export const OUTSIDE = parseIp('203.0.113.5')!;
/** Of the host's socket towards the router. */
const EPHEMERAL = 50_000;
const ROUND_TRIP: Duration = 2;

type Sent = { readonly at: Instant; readonly socket: number; readonly to: IpEndpoint; readonly bytes: Uint8Array };
type Mapping = Extract<PortMapOutput, { readonly kind: 'mapping' }>;

export class PortMapBench {
  readonly machine: PortMap;
  readonly sent: Sent[] = [];
  readonly mappings: { readonly to: string | undefined; readonly because: Mapping['because'] }[] = [];
  closed = 0;
  wakeUps = 0;
  now = instant(5_000_000);
  /** What comes back for a question; none: silence. */
  router: (bytes: Uint8Array, socket: number) => readonly Uint8Array[] = () => [];
  readonly #waiting: { readonly at: Instant; readonly input: PortMapInput }[] = [];

  constructor(seed = 1) {
    this.machine = new PortMap({ rng: createSeededRng(seed) });
  }

  /** A machine that may ask, at a router of this kind. */
  static at(shape: PortMapServerShape | undefined): { readonly bench: PortMapBench; readonly server: PortMapServer; readonly nat: Nat } {
    const bench = new PortMapBench();
    const nat = new Nat(HARD_NAT, OUTSIDE, createSeededRng(9));
    const server = new PortMapServer(nat, shape ?? { pcp: false, natPmp: false }, instant(bench.now - 60_000));
    bench.router = (bytes) => {
      const answer = server.answer({ address: GATEWAY.own, port: EPHEMERAL }, bytes, bench.now);
      return answer === undefined ? [] : [answer];
    };
    bench.begin();
    return { bench, server, nat };
  }

  begin(gateway: Gateway = GATEWAY): void {
    this.give({ kind: 'port', port: OWN_PORT });
    this.give({ kind: 'gateway', gateway });
    this.give({ kind: 'wanted', on: true });
  }

  give(input: PortMapInput): void {
    this.machine.handle(input, this.now);
    this.#drain();
  }

  /** A datagram of the gateway to this socket, now. */
  hear(bytes: Uint8Array, socket = this.lastSocket, from: IpEndpoint = { address: GATEWAY.address, port: PORT_MAPPING_PORT }): void {
    this.give({ kind: 'datagram', socket, from, bytes });
  }

  run(ms: Duration): this {
    const until = after(this.now, ms);
    for (;;) {
      this.#waiting.sort((a, b) => a.at - b.at);
      const reply = this.#waiting[0];
      const deadline = this.machine.nextDeadline();
      const next = Math.min(reply?.at ?? Infinity, deadline?.at ?? Infinity);
      if (next > until) break;
      this.now = instant(Math.max(next, this.now));
      if (reply !== undefined && reply.at <= this.now) {
        this.#waiting.shift();
        this.give(reply.input);
      } else {
        this.wakeUps++;
        this.machine.expire(this.now);
        this.#drain();
      }
    }
    this.now = until;
    return this;
  }

  get external(): string | undefined {
    return this.machine.external === undefined ? undefined : formatEndpoint(this.machine.external);
  }

  get lastSocket(): number {
    return this.sent.at(-1)?.socket ?? 0;
  }

  #drain(): void {
    for (let output = this.machine.poll(); output !== undefined; output = this.machine.poll()) {
      if (output.kind === 'mapping') this.mappings.push({ to: output.external === undefined ? undefined : formatEndpoint(output.external), because: output.because });
      if (output.kind !== 'link') continue;
      if (output.command.kind === 'close') {
        this.closed++;
        continue;
      }
      const { socket, gateway, port, bytes } = output.command;
      this.sent.push({ at: this.now, socket, to: { address: gateway.address, port }, bytes });
      for (const answer of this.router(bytes, socket)) this.#waiting.push({ at: after(this.now, ROUND_TRIP), input: { kind: 'datagram', socket, from: { address: gateway.address, port }, bytes: answer } });
    }
  }
}
