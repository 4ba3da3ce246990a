/**
 * The Datagrams port without a system: sockets of one process at 127.0.0.1, a tap on all that is sent, and a way to
 * inject datagrams from any address. Passes tests/compliance/datagrams.ts.
 */
import { MAX_PACKET, packetAt, pushPacket } from '../../app/base/batch.ts';
import type { EndpointId } from '../../app/base/brand.ts';
import type { EndpointTable } from '../../app/base/endpoints.ts';
import { ipv4, type IpEndpoint } from '../../app/base/ip.ts';
import { RingQueue } from '../../app/base/ring.ts';
import type { Counters } from '../../app/ports/counters.ts';
import type { Datagrams, DatagramsFactory, UnderlayError } from '../../app/ports/datagrams.ts';

export const LOOPBACK = ipv4(0x7f000001);
const QUEUE = 2_048;
const FIRST_FREE_PORT = 40_000;

interface Socket {
  arrived(bytes: Uint8Array, from: IpEndpoint): void;
  readonly waiting: RingQueue<unknown>;
}

export class MemoryNet {
  readonly #sockets = new Map<number, Socket>();
  #nextPort = FIRST_FREE_PORT;
  /** Sees every datagram that is sent. */
  tap: (bytes: Uint8Array, fromPort: number, to: IpEndpoint) => void = () => {};

  /** Room left in the receive queue of a port. */
  room(port: number): number {
    return QUEUE - (this.#sockets.get(port)?.waiting.size ?? QUEUE);
  }

  inject(port: number, bytes: Uint8Array, from: IpEndpoint): void {
    this.#sockets.get(port)?.arrived(bytes, from);
  }

  factory(endpoints: EndpointTable, counters: Counters): DatagramsFactory {
    return {
      open: (wanted) => {
        const port = wanted === 0 ? this.#nextPort++ : wanted;
        if (this.#sockets.has(port)) return Promise.reject(Object.assign(new Error(`port ${port} is taken`), { code: 'EADDRINUSE' }));
        return Promise.resolve(this.#socket(port, endpoints, counters));
      },
    };
  }

  #socket(port: number, endpoints: EndpointTable, counters: Counters): Datagrams {
    const waiting = new RingQueue<{ readonly bytes: Uint8Array; readonly from: EndpointId }>(QUEUE);
    let state: 'telling' | 'told' | 'closed' = 'telling';
    let onReadable = (): void => {};
    let onError: (error: UnderlayError | undefined) => void = () => {};
    let told = false;
    const tell = (): void => {
      if (state !== 'telling' || waiting.size === 0) return;
      state = 'told';
      onReadable();
    };
    this.#sockets.set(port, {
      waiting,
      arrived: (bytes, from) => {
        if (bytes.length > MAX_PACKET) return counters.refuse('datagram: wrong length for its type');
        if (!waiting.push({ bytes, from: endpoints.internEndpoint(from) })) counters.refuse('underlay: receive queue full');
        tell();
      },
    });
    return {
      port,
      receive: (batch) => {
        batch.count = 0;
        while (batch.count < batch.offset.length) {
          const next = waiting.shift();
          if (next === undefined) break;
          pushPacket(batch, next.bytes, next.from);
        }
        if (batch.count === 0 && state === 'told') state = 'telling';
        return batch.count;
      },
      send: (batch) => {
        let taken = 0;
        for (let i = 0; i < batch.count; i++) {
          const to = endpoints.get(batch.tag[i] as EndpointId);
          if (to === undefined || state === 'closed' || to.address.w3 === 0xffffffff) {
            counters.refuse('underlay: system refused to send');
            if (to !== undefined && state !== 'closed' && !told) onError({ code: 'EACCES', during: 'send' });
            told = true;
            continue;
          }
          if (told) onError(undefined);
          told = false;
          taken++;
          const bytes = packetAt(batch, i).slice();
          this.tap(bytes, port, to);
          this.#sockets.get(to.port)?.arrived(bytes, { address: LOOPBACK, port });
        }
        return taken;
      },
      onReadable: (callback) => {
        onReadable = callback;
        tell();
      },
      onError: (callback) => (onError = callback),
      close: () => {
        if (state === 'closed') return;
        state = 'closed';
        waiting.clear();
        this.#sockets.delete(port);
      },
    };
  }
}
