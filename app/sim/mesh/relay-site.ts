/**
 * A relay and a STUN server at one place of the simulated internet: the server's machine behind connections, and the ways
 * in which such a place fails. Each connection begins with one byte each way in place of the HTTP upgrade. Callers:
 * mesh-world.ts.
 */
import type { IpEndpoint } from '../../base/ip.ts';
import { isReject } from '../../base/reject.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Rng } from '../../ports/rng.ts';
import type { Duration } from '../../time/instant.ts';
import { decodeStunRequest, encodeStunResponse } from '../../wire/stun.ts';
import type { RelayMap, RelayNode } from '../../wire/netmap/types.ts';
import { RelayServer } from '../relay-server/relay-server.ts';
import type { RelayServerInput } from '../relay-server/types.ts';
import type { Internet } from './internet.ts';
import type { Listener, StreamEnd } from './stream.ts';
import type { Station } from './topology.ts';

export const UPGRADE = Uint8Array.of(0x47);
export const UPGRADED = Uint8Array.of(0x31);
export const RELAY_PORT = 443;
const STUN_PORT = 3_478;

export class RelaySite {
  readonly region: number;
  readonly name: string;
  readonly station: Station;
  readonly server: RelayServer;
  /** False while it serves nobody: stopped, or silent. */
  running = true;
  /** How often its connections died while they were open. */
  forgotten = 0;
  readonly #internet: Internet;
  readonly #connections = new Map<number, StreamEnd>();
  #nextConnection = 1;
  #wakeAt: number | undefined;

  constructor(internet: Internet, region: number, crypto: Crypto, rng: Rng) {
    this.region = region;
    this.name = `relay-${region}.example.org`;
    this.server = new RelayServer({ crypto, rng });
    this.#internet = internet;
    this.station = internet.addStation(this.name);
    for (const family of [4, 6] as const) internet.attach(this.station, internet.root, family);
    this.#listen();
  }

  /** Its STUN endpoints. */
  get stun(): IpEndpoint[] {
    return this.station.interfaces.map(({ address }) => ({ address, port: STUN_PORT }));
  }

  /** Every connection breaks, with a reset; nothing answers until `start`. */
  stop(): void {
    this.running = false;
    this.#internet.listen(this.station, RELAY_PORT, undefined);
    this.station.sockets.delete(STUN_PORT);
    for (const end of this.#connections.values()) end.reset();
    this.#connections.clear();
    this.server.restart();
    this.#drain();
  }

  start(): void {
    this.running = true;
    this.#listen();
  }

  /** Takes what comes and says nothing, while `on`. */
  silence(on: boolean): void {
    this.running = !on;
    this.server.misbehaviour = { kind: on ? 'silent' : 'none' };
  }

  /** Every connection is dead but open, and new ones are served. */
  forgetConnections(): void {
    this.forgotten++;
    for (const end of this.#connections.values()) end.forget();
    this.#connections.clear();
  }

  /** Of the server's frames, to a node. */
  inject(nodeKey: Uint8Array, type: number, payload: Uint8Array): void {
    this.server.inject(nodeKey, type, payload);
    this.#drain();
  }

  mapNode(): RelayNode {
    const address = (family: 4 | 6): RelayNode['ipv4'] => this.station.interfaces.find((own) => own.address.family === family)?.address ?? 'off';
    return { name: `${this.region}a`, hostName: this.name, certName: '', ipv4: address(4), ipv6: address(6), stunPort: STUN_PORT, stunOnly: false, relayPort: RELAY_PORT, canPort80: false, insecureForTests: false };
  }

  #listen(): void {
    this.#internet.listen(this.station, RELAY_PORT, this.#listener);
    this.station.sockets.set(STUN_PORT, (bytes, from, to) => {
      const tx = decodeStunRequest(bytes);
      if (!isReject(tx)) this.#internet.send(this.station, to.port, from, encodeStunResponse(tx, from));
    });
  }

  readonly #listener: Listener = (end) => {
    const connection = this.#nextConnection++;
    let upgraded = false;
    this.#connections.set(connection, end);
    return {
      data: (bytes) => {
        if (upgraded) return this.#handle({ kind: 'data', connection, bytes });
        upgraded = true;
        end.send(UPGRADED);
        this.#handle({ kind: 'connected', connection });
      },
      written: (bytes) => this.#handle({ kind: 'written', connection, bytes }),
      ended: () => {
        this.#connections.delete(connection);
        this.#handle({ kind: 'closed', connection });
      },
    };
  };

  #handle(input: RelayServerInput): void {
    this.server.handle(input, this.#internet.now);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.server.poll(); output !== undefined; output = this.server.poll()) {
      const end = this.#connections.get(output.connection);
      if (output.kind === 'write') {
        end?.send(output.bytes);
      } else {
        this.#connections.delete(output.connection);
        end?.close();
      }
    }
    const next = this.server.nextDeadline();
    if (next === undefined || (this.#wakeAt !== undefined && this.#wakeAt <= next.at)) return;
    const wakeAt: Duration = Math.max(next.at, this.#internet.now);
    this.#wakeAt = wakeAt;
    this.#internet.at(wakeAt, () => {
      if (this.#wakeAt !== wakeAt) return;
      this.#wakeAt = undefined;
      this.server.expire(this.#internet.now);
      this.#drain();
    });
  }
}

export function relayMapOf(sites: readonly RelaySite[]): RelayMap {
  const regions = sites.map((site) => ({ id: site.region, code: `r${site.region}`, name: `Region ${site.region}`, avoid: false, noMeasureNoHome: false, nodes: [site.mapNode()] }));
  return { regions: new Map(regions.map((region) => [region.id, region])), scores: new Map(), omitDefaultRegions: true };
}
