/** Wintun's functions on memory of this process: what the system sends into the adapter is received, what is sent comes out. */
import koffi from 'koffi';
import { ADAPTER_GONE, type Wintun } from '../../native-bindings/windows/wintun.ts';
import { addressOf } from '../../native-bindings/memory.ts';
import type { WintunMeans } from '../../app/host/windows-net/wintun-tun.ts';

const move = koffi.load('libc.so.6').func('void memmove(int64 to, int64 from, size_t size)') as (to: number, from: number, size: number) => void;
const NO_MORE_ITEMS = 259;
/** Packets that fit into its ring. */
const RING = 1_024;

export class FakeWintun implements Wintun {
  readonly shared = new SharedArrayBuffer(16);
  calls = 0;
  open = 0;
  ended: number[] = [];
  refuses: 'nothing' | 'adapter' | 'session' = 'nothing';
  #waiting: Uint8Array[] = [];
  readonly #out = new Map<number, Uint8Array>();
  #signals = new Set<() => void>();
  #onPacket: ((packet: Uint8Array) => void) | undefined;
  #state: 'there' | 'gone' = 'there';
  #error = 0;
  #sessions = 0;

  /** Writes a 32-bit word; for functions that give one back. */
  static put(at: number, word: number): number {
    const bytes = new Uint8Array(64);
    new DataView(bytes.buffer).setUint32(0, word, true);
    move(at, addressOf(bytes), 4);
    return 0;
  }

  /** Packets that were given out and not given back. */
  get held(): number {
    return this.#out.size;
  }

  get watched(): number {
    return this.#signals.size;
  }

  gone(): void {
    this.#state = 'gone';
  }

  again(): void {
    this.#state = 'there';
  }

  means(): WintunMeans {
    const watch = (_: number, signalled: () => void) => {
      this.#signals.add(signalled);
      return () => {
        this.#signals.delete(signalled);
        return Promise.resolve();
      };
    };
    return { wintun: this, wait: { watch }, lastError: () => this.#error, move };
  }

  far(mtu: number) {
    return {
      send: (packet: Uint8Array): boolean => {
        if (packet.length > mtu || this.#waiting.length >= RING) return false;
        this.#waiting.push(packet.slice());
        setImmediate(() => this.#signals.forEach((signalled) => signalled()));
        return true;
      },
      onPacket: (callback: (packet: Uint8Array) => void): void => {
        this.#onPacket = callback;
      },
    };
  }

  WintunCreateAdapter(): number {
    if (this.refuses === 'adapter') return 0;
    this.open++;
    return 1;
  }

  WintunCloseAdapter(): void {
    this.open--;
  }

  WintunGetAdapterLUID(): void {}

  WintunStartSession(): number {
    return this.refuses === 'session' ? 0 : ++this.#sessions;
  }

  WintunEndSession(session: number): void {
    this.ended.push(session);
  }

  WintunGetReadWaitEvent(): number {
    return 1;
  }

  WintunReceivePacket(_: number, size: number): number {
    this.calls++;
    const packet = this.#state === 'gone' ? undefined : this.#waiting.shift();
    if (packet === undefined) {
      this.#error = this.#state === 'gone' ? ADAPTER_GONE : NO_MORE_ITEMS;
      return 0;
    }
    FakeWintun.put(size, packet.length);
    return this.#give(packet);
  }

  WintunReleaseReceivePacket(_: number, packet: number): void {
    if (!this.#out.delete(packet)) throw new Error('given back what was not given out');
  }

  WintunAllocateSendPacket(_: number, size: number): number {
    this.calls++;
    return this.#state === 'gone' ? 0 : this.#give(new Uint8Array(size));
  }

  WintunSendPacket(_: number, packet: number): void {
    const bytes = this.#out.get(packet)!;
    this.#out.delete(packet);
    this.#onPacket?.(bytes.slice(0, this.#lengths.get(packet)));
  }

  readonly #lengths = new Map<number, number>();

  #give(packet: Uint8Array): number {
    const room = new Uint8Array(Math.max(128, packet.length));
    room.set(packet);
    const at = addressOf(room);
    this.#out.set(at, room);
    this.#lengths.set(at, packet.length);
    return at;
  }
}
