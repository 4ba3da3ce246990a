/**
 * One relay connection in the hands of the packet thread: records, frames, and what waits for the system. Packets of known
 * peers go to the tunnel, all other frames up to the relay machine, which decides everything; its own frames come down. It
 * never blocks: what the system does not take waits here, bounded, and packets for which there is no room are refused.
 * Caller: relay-lanes.ts.
 */
import type { PeerId } from '../../base/brand.ts';
import { isReject } from '../../base/reject.ts';
import type { KeyIndex } from '../../node/mesh/key-index.ts';
import type { RelayLane as Opening } from '../../ports/relay-lane.ts';
import { DERP, DERP_HEADER, DERP_KEY, DERP_PACKET, DerpReader } from '../../wire/derp.ts';
import { recordLength, RECORD_AT_MOST, RECORD_EXTRA, RECORD_PLAIN, RecordOpener, RecordSealer } from '../../wire/tls-record.ts';
import { errno, errnoName, libc, createNativeMemory } from '../../../native-bindings/linux/index.ts';
import { recordAead } from '../crypto/record-aead.ts';
import { READ_ROOM } from './places.ts';

/** Bytes that wait for the system, beyond which packets are refused: as in the relay machine. */
const PACKETS_WAIT = 512 * 1_024;
/** Room for these, for one turn's packets and for frames of the machine, which has limits of its own. */
const OUT_ROOM = 2 * 1_024 * 1_024;
/** WireGuard's messages begin with 1 to 4 and three zeros. */
const WIREGUARD_TYPES = 4;

export interface LaneSink {
  /** `bytes` are valid only during the call. */
  packet(region: number, peer: PeerId, bytes: Uint8Array): void;
  /** One frame for the machine. `payload` is valid only during the call. */
  frame(generation: number, type: number, payload: Uint8Array): void;
}

/** How it ended. `code`: undefined: the relay closed. */
export interface Ended {
  readonly code: string | undefined;
}

export class RelayLane {
  readonly generation: number;
  readonly region: number;
  readonly fd: number;
  /** Packets for its region may go by it. */
  carries = false;
  /** Since it was told last. */
  sent = false;
  readonly heard = new Set<PeerId>();
  readonly #sink: LaneSink;
  readonly #peers: KeyIndex;
  readonly #libc = libc();
  readonly #opener: RecordOpener;
  readonly #sealer: RecordSealer;
  readonly #reader = new DerpReader();
  readonly #in = createNativeMemory(READ_ROOM + RECORD_AT_MOST);
  readonly #out = createNativeMemory(OUT_ROOM);
  /** Frames of the next record. */
  readonly #plain = new Uint8Array(RECORD_PLAIN + 1);
  readonly #header = new Uint8Array(DERP_HEADER);
  /** Writes of the machine that wait, by where they end in all that was ever sealed. */
  readonly #asked: { readonly until: number; readonly bytes: number }[] = [];
  #inEnd = 0;
  #plainLength = 0;
  #outStart = 0;
  #outEnd = 0;
  #sealedBytes = 0;
  #writtenBytes = 0;

  /** `opening.plain` is the caller's to hand to `begin`. */
  constructor(opening: Opening, peers: KeyIndex, sink: LaneSink) {
    this.generation = opening.generation;
    this.region = opening.region;
    this.fd = opening.fd;
    this.#peers = peers;
    this.#sink = sink;
    this.#opener = new RecordOpener(recordAead, opening.read);
    this.#sealer = new RecordSealer(recordAead, opening.write);
    this.#in.bytes.set(opening.sealed);
    this.#inEnd = opening.sealed.length;
  }

  /** The system did not take all: it is to be asked when it takes more. */
  get waits(): boolean {
    return this.#outEnd > this.#outStart;
  }

  /** What came before it was ours. */
  begin(plain: Uint8Array): Ended | undefined {
    return this.#frames(plain) ?? this.#records();
  }

  /** Reads once. 'some': more may wait. */
  read(): 'some' | 'none' | Ended {
    const room = this.#in.bytes.length - this.#inEnd;
    const got = this.#libc.read(this.fd, this.#in.base + this.#inEnd, room);
    if (got < 0) {
      const code = errnoName(errno());
      return code === 'EAGAIN' || code === 'EINTR' ? 'none' : { code };
    }
    if (got === 0) return { code: undefined };
    this.#inEnd += got;
    return this.#records() ?? (got === room ? 'some' : 'none');
  }

  /** A packet for a node, by its raw key. False: too much waits. */
  packet(key: Uint8Array, from: Uint8Array, offset: number, length: number): boolean {
    // Also when it is refused: who sends and hears nothing has a reason for doubt.
    this.sent = true;
    if (length > DERP_PACKET || this.#waiting + length > PACKETS_WAIT) return false;
    const payload = DERP_KEY + length;
    const header = this.#header;
    header[0] = DERP.sendPacket;
    header[1] = payload >>> 24;
    header[2] = payload >>> 16;
    header[3] = payload >>> 8;
    header[4] = payload;
    this.#gather(header, 0, DERP_HEADER);
    this.#gather(key, 0, DERP_KEY);
    this.#gather(from, offset, length);
    return true;
  }

  /** Frames of the machine. */
  frames(bytes: Uint8Array): Ended | undefined {
    if (this.#waiting + bytes.length + (1 + bytes.length / RECORD_PLAIN) * RECORD_EXTRA > OUT_ROOM - RECORD_AT_MOST) return { code: 'ENOBUFS' };
    this.#gather(bytes, 0, bytes.length);
    this.#seal();
    this.#asked.push({ until: this.#sealedBytes, bytes: bytes.length });
    return undefined;
  }

  /** Gives the system what it takes now. `written`: bytes of the machine that are gone with it. */
  flush(written: (bytes: number) => void): Ended | undefined {
    this.#seal();
    while (this.#outEnd > this.#outStart) {
      const gone = this.#libc.write(this.fd, this.#out.base + this.#outStart, this.#outEnd - this.#outStart);
      if (gone < 0) {
        const code = errnoName(errno());
        if (code === 'EAGAIN' || code === 'EINTR') break;
        return { code };
      }
      this.#outStart += gone;
      this.#writtenBytes += gone;
    }
    if (this.#outStart === this.#outEnd) this.#outStart = this.#outEnd = 0;
    let bytes = 0;
    while (this.#asked.length > 0 && this.#asked[0]!.until <= this.#writtenBytes) bytes += this.#asked.shift()!.bytes;
    if (bytes > 0) written(bytes);
    return undefined;
  }

  close(): void {
    this.#opener.wipe();
    this.#sealer.wipe();
    this.#plain.fill(0);
    this.#libc.close(this.fd);
  }

  get #waiting(): number {
    return this.#outEnd - this.#outStart + this.#plainLength;
  }

  /** Opens what is whole. */
  #records(): Ended | undefined {
    const { bytes } = this.#in;
    let at = 0;
    for (;;) {
      const length = recordLength(bytes, at, this.#inEnd);
      if (isReject(length)) return { code: 'TLS_RECORD' };
      if (length === 0 || length > this.#inEnd - at) break;
      const opened = this.#opener.open(bytes.subarray(at, at + length));
      at += length;
      if (isReject(opened)) return { code: 'TLS_RECORD' };
      const ended = this.#opened(opened);
      if (ended !== undefined) return ended;
    }
    if (at > 0) bytes.copyWithin(0, at, this.#inEnd);
    this.#inEnd -= at;
    return undefined;
  }

  #opened(opened: Exclude<ReturnType<RecordOpener['open']>, { readonly refused: string }>): Ended | undefined {
    switch (opened.kind) {
      case 'data':
        return this.#frames(opened.bytes);
      case 'nothing':
        return undefined;
      case 'end':
        return { code: undefined };
      case 'unusable':
        return { code: opened.why === 'alert' ? 'TLS_ALERT' : 'TLS_RECORD' };
      default:
        return opened satisfies never;
    }
  }

  #frames(bytes: Uint8Array): Ended | undefined {
    return this.#reader.read(bytes, this.#frame) === undefined ? undefined : { code: 'EPROTO' };
  }

  readonly #frame = (type: number, payload: Uint8Array): boolean => {
    const length = payload.length - DERP_KEY;
    if (type === DERP.recvPacket && length > 4 && length <= DERP_PACKET && isWireGuard(payload)) {
      const peer = this.#peers.find(payload.subarray(0, DERP_KEY));
      if (peer !== undefined) {
        this.heard.add(peer);
        this.#sink.packet(this.region, peer, payload.subarray(DERP_KEY));
        return true;
      }
    }
    this.#sink.frame(this.generation, type, payload);
    return true;
  };

  #gather(from: Uint8Array, offset: number, length: number): void {
    for (let at = 0; at < length; ) {
      const part = Math.min(length - at, RECORD_PLAIN - this.#plainLength);
      const start = offset + at;
      this.#plain.set(start === 0 && part === from.length ? from : from.subarray(start, start + part), this.#plainLength);
      this.#plainLength += part;
      at += part;
      if (this.#plainLength === RECORD_PLAIN) this.#seal();
    }
  }

  #seal(): void {
    if (this.#plainLength === 0) return;
    const { bytes } = this.#out;
    if (this.#outEnd + this.#plainLength + RECORD_EXTRA > bytes.length) {
      bytes.copyWithin(0, this.#outStart, this.#outEnd);
      this.#outEnd -= this.#outStart;
      this.#outStart = 0;
    }
    const length = this.#sealer.seal(this.#plain, this.#plainLength, bytes, this.#outEnd);
    this.#plainLength = 0;
    this.#outEnd += length;
    this.#sealedBytes += length;
  }
}

function isWireGuard(payload: Uint8Array): boolean {
  const type = payload[DERP_KEY]!;
  return type > 0 && type <= WIREGUARD_TYPES && payload[DERP_KEY + 1] === 0 && payload[DERP_KEY + 2] === 0 && payload[DERP_KEY + 3] === 0;
}
