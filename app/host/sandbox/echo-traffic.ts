/**
 * The traffic of the sandbox's node: a small stack at the far end of its TUN that sends a UDP echo to every peer twice a
 * second, IPv4 and IPv6 in turn, and keeps account of what came back. It also answers the peers' own pings.
 */
import type { IpAddress } from '../../base/ip.ts';
import { formatIp } from '../../base/ip.ts';
import { instant } from '../../time/instant.ts';
import { MiniStack } from '../../sim/mini-stack.ts';
import type { TunFarEnd } from '../portable/tun-end.ts';

const ECHO_EVERY = 500;
const LOOK_EVERY = 20;

export interface EchoAccount {
  readonly sent: number;
  readonly received: number;
  /** Names of peers that sent an echo back at least once. */
  readonly answered: readonly string[];
}

export interface EchoTarget {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
}

export class EchoTraffic {
  readonly #tun: TunFarEnd;
  #targets: readonly EchoTarget[] = [];
  readonly #stack: MiniStack;
  readonly #names = new Map<string, string>();
  readonly #answered = new Set<string>();
  #round = 0;
  #seq = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `addresses`: our own. */
  constructor(tun: TunFarEnd, addresses: readonly IpAddress[], targets: readonly EchoTarget[]) {
    this.#tun = tun;
    this.#stack = new MiniStack({ addresses, freshPorts: true });
    this.setTargets(targets);
    tun.onPacket((packet) => this.#arrived(packet));
  }

  /** Whom to send to from now on. What an earlier one still sends back counts. */
  setTargets(targets: readonly EchoTarget[]): void {
    this.#targets = targets;
    for (const target of targets) for (const address of target.addresses) this.#names.set(formatIp(address), target.name);
  }

  begin(): void {
    this.#send();
    this.#timer = setInterval(() => this.#send(), ECHO_EVERY);
  }

  account(): EchoAccount {
    this.#take();
    const { sent, received } = this.#stack.stats;
    return { sent, received, answered: [...this.#answered] };
  }

  /** Sends no more and waits for what is under way, at most so many ms. Goes on answering. */
  async finish(atMostMs: number): Promise<EchoAccount> {
    clearInterval(this.#timer);
    const end = performance.now() + atMostMs;
    while (this.#stack.outstanding > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    return this.account();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #send(): void {
    const now = this.#now();
    for (const { addresses } of this.#targets) {
      this.#seq += 1;
      this.#tun.send(this.#stack.udpEcho(addresses[this.#round % addresses.length]!, this.#seq, now));
    }
    this.#round += 1;
    this.#take();
  }

  #arrived(packet: Uint8Array): void {
    for (const answer of this.#stack.handlePacket(packet, this.#now())) this.#tun.send(answer);
  }

  #take(): void {
    for (const reply of this.#stack.takeReplies()) {
      const name = this.#names.get(formatIp(reply.from));
      if (name !== undefined) this.#answered.add(name);
    }
  }

  /** Real time, not the engine's, which the sandbox lets jump. */
  #now(): ReturnType<typeof instant> {
    return instant(performance.now());
  }
}
