/** The relay machine over the real relay link, in real time: what the node's runner does with them, for tests and benchmarks of the two alone. */
import { createOsRng } from '../../app/host/crypto/os-rng.ts';
import { createSodiumCrypto } from '../../app/host/crypto/sodium-crypto.ts';
import { HostRelayLink } from '../../app/host/relay-link/relay-link.ts';
import { PrivateKey } from '../../app/keys/keys.ts';
import { Relays } from '../../app/relay/relays.ts';
import type { RelayOutput, RelaySink } from '../../app/relay/types.ts';
import { instant, type Instant } from '../../app/time/instant.ts';
import type { RelayMap } from '../../app/wire/netmap/types.ts';
import { createMemoryStore } from '../doubles/memory-store.ts';

export interface RealRelaysInit {
  readonly map: RelayMap;
  readonly home: number;
  /** PEM of the authorities that are believed. */
  readonly roots: readonly string[];
  readonly sink: RelaySink;
  /** After bytes left for the system: there may be room again. */
  readonly room?: () => void;
  /** Everything but commands for the link. */
  readonly told?: (output: RelayOutput) => void;
}

const crypto = createSodiumCrypto();
const rng = createOsRng();

export class RealRelays {
  readonly relays = new Relays({ crypto, rng });
  /** Raw public key: what peers know us by. */
  readonly key = new Uint8Array(32);
  readonly #init: RealRelaysInit;
  readonly #link: HostRelayLink;
  #timer: NodeJS.Timeout | undefined;

  constructor(init: RealRelaysInit) {
    this.#init = init;
    const secret = new Uint8Array(32);
    rng.fill(secret);
    crypto.x25519Base(secret, this.key);
    this.#link = new HostRelayLink({
      store: createMemoryStore(),
      log: { write: () => {} },
      environment: {},
      roots: () => init.roots,
      onEvent: (event) => {
        this.relays.receive(event, this.now, init.sink);
        if (event.kind === 'written') init.room?.();
        this.drain();
      },
    });
    this.relays.handle({ kind: 'identity', nodeKey: new PrivateKey(secret) }, this.now);
    this.relays.handle({ kind: 'map', map: init.map }, this.now);
    this.relays.handle({ kind: 'home', region: init.home }, this.now);
    this.drain();
  }

  get now(): Instant {
    return instant(performance.now());
  }

  get isUp(): boolean {
    return this.relays.state(this.#init.home).kind === 'up';
  }

  /** Carries out what the machine wants, after anything was said to it. */
  drain(): void {
    for (let output = this.relays.poll(); output !== undefined; output = this.relays.poll()) {
      if (output.kind === 'link') this.#link.send(output.command);
      else this.#init.told?.(output);
    }
    const next = this.relays.nextDeadline();
    clearTimeout(this.#timer);
    if (next === undefined || next.at === Infinity) return;
    this.#timer = setTimeout(() => {
      this.relays.expire(this.now);
      this.drain();
    }, Math.max(0, Math.ceil(next.at - this.now)));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#link.close();
  }
}
