/**
 * TSMP: the small messages that nodes of a mesh send each other inside the tunnel, as IP protocol 99. Pure codec of the
 * payload, and of whole IP packets around one. It knows no peer and answers nothing: dataplane/ does.
 *
 * Facts: Tailscale's published sources (net/packet, tsmp). Integers are big-endian.
 */
import type { Arena } from '../base/batch.ts';
import type { IpAddress } from '../base/ip.ts';
import { reject, type Reject } from '../base/reject.ts';
import { IPV4_HEADER, IPV6_HEADER } from './ip-packet.ts';
import { beginIpPacket } from './ip-writer.ts';

export const PROTOCOL_TSMP = 99;

/** Why a node refused a flow. `unknown`: a letter of a newer program. */
export type TsmpRejectReason = 'rules' | 'shields-up' | 'forwarding-off' | 'host-firewall' | 'unknown-destination' | 'unknown';

export type TsmpMessage =
  /** Ports as the sender of the refused flow sees them. `maybeBroken`: the refuser has cause to think that it errs. */
  | {
      readonly kind: 'reject';
      readonly protocol: number;
      readonly reason: TsmpRejectReason;
      readonly sourcePort: number;
      readonly destinationPort: number;
      readonly maybeBroken: boolean;
    }
  /** Eight bytes that come back. */
  | { readonly kind: 'ping'; readonly data: Uint8Array }
  /** `apiPort`: of the sender's peer API; 0 or undefined: it has none. */
  | { readonly kind: 'pong'; readonly data: Uint8Array; readonly apiPort: number | undefined }
  /** The sender's disco public key, raw. */
  | { readonly kind: 'disco-key'; readonly key: Uint8Array };

const TYPE = { reject: 0x21, ping: 0x70, pong: 0x6f, discoKey: 0x61 } as const;
const PING_DATA = 8;
const DISCO_KEY = 32;
const MAYBE_BROKEN = 1;
const LETTERS: readonly (readonly [number, TsmpRejectReason])[] = [
  [0x41, 'rules'],
  [0x53, 'shields-up'],
  [0x46, 'forwarding-off'],
  [0x57, 'host-firewall'],
  [0x54, 'unknown-destination'],
  [0x3f, 'unknown'],
];
const REASONS = new Map<number, TsmpRejectReason>(LETTERS);
const LETTER = new Map<TsmpRejectReason, number>(LETTERS.map(([letter, reason]) => [reason, letter]));

const TOO_SHORT = reject('tsmp: too short');
const UNKNOWN_TYPE = reject('tsmp: unknown type');

/** The message in `length` bytes at `at`. Bytes behind what a message needs are ignored: later programs may add some. */
export function decodeTsmp(arena: Arena, at: number, length: number): TsmpMessage | Reject<'tsmp: too short' | 'tsmp: unknown type'> {
  if (length < 1) return TOO_SHORT;
  const { bytes, view } = arena;
  const data = (size: number): Uint8Array => bytes.slice(at + 1, at + 1 + size);
  switch (bytes[at]) {
    case TYPE.reject:
      if (length < 7) return TOO_SHORT;
      return {
        kind: 'reject',
        protocol: bytes[at + 1]!,
        reason: REASONS.get(bytes[at + 2]!) ?? 'unknown',
        sourcePort: view.getUint16(at + 3),
        destinationPort: view.getUint16(at + 5),
        maybeBroken: length > 7 && (bytes[at + 7]! & MAYBE_BROKEN) !== 0,
      };
    case TYPE.ping:
      return length < 1 + PING_DATA ? TOO_SHORT : { kind: 'ping', data: data(PING_DATA) };
    case TYPE.pong:
      if (length < 1 + PING_DATA) return TOO_SHORT;
      return { kind: 'pong', data: data(PING_DATA), apiPort: length < 3 + PING_DATA ? undefined : view.getUint16(at + 1 + PING_DATA) };
    case TYPE.discoKey:
      return length < 1 + DISCO_KEY ? TOO_SHORT : { kind: 'disco-key', key: data(DISCO_KEY) };
    default:
      return UNKNOWN_TYPE;
  }
}

export function encodeTsmp(message: TsmpMessage): Uint8Array {
  switch (message.kind) {
    case 'reject': {
      const head = [TYPE.reject, message.protocol, LETTER.get(message.reason)!, ...u16(message.sourcePort), ...u16(message.destinationPort)];
      return Uint8Array.from(message.maybeBroken ? [...head, MAYBE_BROKEN] : head);
    }
    case 'ping':
      return Uint8Array.from([TYPE.ping, ...message.data]);
    case 'pong':
      return Uint8Array.from([TYPE.pong, ...message.data, ...(message.apiPort === undefined ? [] : u16(message.apiPort))]);
    case 'disco-key':
      return Uint8Array.from([TYPE.discoKey, ...message.key]);
    default:
      return message satisfies never;
  }
}

/** A whole IP packet with this message, with zeros behind it up to `atLeast` bytes. Both addresses are of one family. */
export function encodeTsmpPacket(source: IpAddress, destination: IpAddress, message: TsmpMessage, atLeast = 0): Uint8Array {
  const payload = encodeTsmp(message);
  const header = source.family === 4 ? IPV4_HEADER : IPV6_HEADER;
  const { packet, at } = beginIpPacket(source, destination, PROTOCOL_TSMP, Math.max(payload.length, atLeast - header));
  packet.set(payload, at);
  return packet;
}

function u16(value: number): readonly [number, number] {
  return [(value >>> 8) & 0xff, value & 0xff];
}
