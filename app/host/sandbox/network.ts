/**
 * What lies between the nodes of the sandbox: the internet of NATs and the relay, opened and closed together, and what can
 * happen to them. It knows no engine: nodes are names with a UDP port.
 */
import { parseIp } from '../../base/ip.ts';
import type { Log } from '../../ports/log.ts';
import { EASY_NAT, HARD_NAT } from '../../sim/mesh/nat.ts';
import { instant } from '../../time/instant.ts';
import type { RelayMap, RelayNode, RelayRegion } from '../../wire/netmap/types.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import type { NetworkDeeds } from './faults.ts';
import { LoopbackInternet } from './internet.ts';
import { RelayDoor } from './relay-door.ts';

/** Time of the internet: it does not sleep with a node. */
const now = () => instant(performance.now());

export class SandboxNetwork {
  readonly #internet: LoopbackInternet;
  readonly #relay: RelayDoor;
  readonly #log: Log;

  private constructor(internet: LoopbackInternet, relay: RelayDoor, log: Log) {
    this.#internet = internet;
    this.#relay = relay;
    this.#log = log;
  }

  /** Rejects when no port can be had; nothing is left open then. */
  static async open(log: Log): Promise<SandboxNetwork> {
    const internet = await LoopbackInternet.open({ now, rng: createOsRng() });
    try {
      return new SandboxNetwork(internet, await RelayDoor.open(now), log);
    } catch (error) {
      internet.close();
      throw error;
    }
  }

  /** easy: a direct way leads through. hard: none does from behind another NAT. */
  add(name: string, nat: 'easy' | 'hard'): void {
    this.#internet.add(name, nat === 'easy' ? EASY_NAT : HARD_NAT);
  }

  remove(name: string): void {
    this.#internet.remove(name);
  }

  /** The UDP socket of this node has this port now. */
  bound(name: string, port: number): void {
    this.#internet.bound(name, port);
  }

  /** A relay with a STUN server, and a second STUN server, since one alone cannot tell whether a NAT takes another port for each destination. */
  relayMap(): RelayMap {
    const regions = this.#internet.stunPorts.map((stunPort, i): RelayRegion => {
      const isRelay = i === 0;
      const node: RelayNode = {
        name: `${i + 1}a`,
        hostName: '127.0.0.1',
        certName: '',
        ipv4: parseIp('127.0.0.1') ?? 'off',
        ipv6: 'off',
        stunPort,
        stunOnly: !isRelay,
        relayPort: this.#relay.port,
        canPort80: false,
        insecureForTests: false,
      };
      return { id: i + 1, code: isRelay ? 'sandbox' : 'stun', name: isRelay ? 'Sandbox' : 'STUN only', avoid: false, noMeasureNoHome: false, nodes: [node] };
    });
    return { regions: new Map(regions.map((region) => [region.id, region])), scores: new Map(), omitDefaultRegions: true };
  }

  /** To the node `own`, or to all. `nodeKey`: by which the relay knows it. */
  deeds(own: string, nodeKey: () => Uint8Array | undefined): NetworkDeeds {
    return {
      cut: (forMs) => {
        this.#internet.cut(forMs);
        this.#relay.cut(forMs);
      },
      blockUdp: (forMs) => this.#internet.block(own, forMs),
      rebootNat: () => this.#internet.reboot(own),
      stopRelay: () => this.#relay.stop(),
      startRelay: () => void this.#relay.start().catch((error: unknown) => this.#log.write('error', 'sandbox', `the relay did not start again: ${String(error)}`)),
      staleRelay: () => {
        const key = nodeKey();
        return key !== undefined && this.#relay.goDead(key);
      },
    };
  }

  close(): Promise<void> {
    this.#internet.close();
    return this.#relay.close();
  }
}
