/**
 * Hands a relay connection that Node made and verified over to whoever moves its records from now on. Where a record stands
 * in its direction's count is proved, not assumed: what passed is opened once more, and must be what Node told us. Anything
 * that is not as expected, and the connection stays where it is.
 */
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { isReject } from '../../base/reject.ts';
import type { RelayCarrier } from '../../ports/relay-lane.ts';
import { CONTENT, recordLength, RecordOpener, type RecordKeys } from '../../wire/tls-record.ts';
import { recordAead } from '../crypto/record-aead.ts';
import type { RecordTap } from '../reach/record-tap.ts';
import type { ConnectionKeys, DirectionKeys, TrafficSecrets } from './traffic-secrets.ts';

export interface Handle {
  readonly tap: RecordTap;
  readonly secrets: TrafficSecrets;
}

/** `stays`: what was read of it meanwhile stands in front of what comes. */
export type HandOver = { readonly kind: 'handed-over' } | { readonly kind: 'stays'; readonly first: Uint8Array; readonly unfit: boolean };

/** `first`: what Node gave of the stream of frames. Afterwards `socket` is of no use, if it was handed over. */
export function handOver({ tap, secrets }: Handle, socket: Duplex, first: Uint8Array, generation: number, region: number, carrier: RelayCarrier): HandOver {
  const keys = socket instanceof TLSSocket ? secrets.keysOf(socket) : undefined;
  secrets.wipe();
  const fd = descriptorOf(tap);
  const passed = tap.passed;
  if (keys === undefined || fd === undefined || passed === undefined) {
    tap.forget();
    return { kind: 'stays', first, unfit: keys === undefined || fd === undefined };
  }
  const more = socket.read() as Buffer | null;
  const plain = more === null ? first : Buffer.concat([first, more]);
  const place = placeOf(passed.sent, passed.received, keys, plain);
  wipeKeys(keys);
  const taken = place !== undefined && carrier.take({ generation, region, fd, read: place.read, write: place.write, sealed: place.sealed, plain: new Uint8Array(plain) });
  if (!taken) {
    tap.forget();
    return { kind: 'stays', first: plain, unfit: place === undefined };
  }
  tap.letGo();
  socket.destroy();
  tap.socket.destroy();
  return { kind: 'handed-over' };
}

interface PlaceInStream {
  readonly read: RecordKeys;
  readonly write: RecordKeys;
  readonly sealed: Uint8Array;
}

/** Undefined: it does not fit together. For tests too. */
export function placeOf(sent: Uint8Array, received: Uint8Array, { ours, theirs }: ConnectionKeys, unread: Uint8Array): PlaceInStream | undefined {
  const out = follow(sent, ours);
  const back = follow(received, theirs);
  if (out === undefined || back === undefined || out.rest.length > 0 || out.sequence === 0 || back.sequence === 0 || !endsWith(back.data, unread)) return undefined;
  return { write: { ...copyOf(ours), sequence: out.sequence }, read: { ...copyOf(theirs), sequence: back.sequence }, sealed: back.rest };
}

/** Records of the handshake have other keys; from the first that opens on, all must. */
function follow(passed: Uint8Array, keys: DirectionKeys): { readonly sequence: number; readonly data: Buffer; readonly rest: Uint8Array } | undefined {
  const opener = new RecordOpener(recordAead, { ...keys, sequence: 0 });
  const data: Uint8Array[] = [];
  let at = 0;
  try {
    for (;;) {
      const length = recordLength(passed, at, passed.length);
      if (isReject(length)) return undefined;
      if (length === 0 || length > passed.length - at) return { sequence: opener.sequence, data: Buffer.concat(data), rest: new Uint8Array(passed.subarray(at)) };
      const opened = passed[at] === CONTENT.applicationData ? opener.open(passed.subarray(at, at + length)) : undefined;
      at += length;
      if (opened === undefined || isReject(opened)) {
        if (opener.sequence > 0) return undefined;
      } else if (opened.kind === 'data') {
        data.push(opened.bytes.slice());
      } else if (opened.kind !== 'nothing') {
        return undefined;
      }
    }
  } finally {
    opener.wipe();
  }
}

function endsWith(whole: Uint8Array, end: Uint8Array): boolean {
  return whole.length >= end.length && Buffer.compare(whole.subarray(whole.length - end.length), end) === 0;
}

function copyOf({ key, iv }: DirectionKeys): DirectionKeys {
  return { key: key.slice(), iv: iv.slice() };
}

function wipeKeys({ ours, theirs }: ConnectionKeys): void {
  for (const { key, iv } of [ours, theirs]) {
    key.fill(0);
    iv.fill(0);
  }
}

/** Node tells the descriptor of a TCP socket on the systems that have descriptors, but documents it nowhere. */
function descriptorOf(tap: RecordTap): number | undefined {
  const handle: unknown = Reflect.get(tap.socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}
