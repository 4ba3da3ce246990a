/**
 * One session: two keys, two counters, a birthday and a role (whitepaper 5.4.5, 6.2). It says what is allowed; what to do
 * about it is the peer's business.
 */
import type { PeerId } from '../base/brand.ts';
import type { TransportKeys } from '../noise/key-pairs.ts';
import type { Crypto, PacketKey } from '../ports/crypto.ts';
import { age, type Instant } from '../time/instant.ts';
import {
  REJECT_AFTER_MESSAGES_HIGH,
  REJECT_AFTER_MESSAGES_LOW,
  REJECT_AFTER_TIME,
  REKEY_AFTER_MESSAGES_HIGH,
  REKEY_AFTER_TIME,
  REKEY_AFTER_TIME_RECEIVING,
} from './constants.ts';
import { ReplayWindow } from './replay.ts';

export type Role = 'initiator' | 'responder';

export class Session {
  readonly peer: PeerId;
  readonly role: Role;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly bornAt: Instant;
  readonly sendKey: PacketKey;
  readonly receiveKey: PacketKey;
  readonly replay = new ReplayWindow();
  /** The next counter to send with. Public for the hot path; only `advanceCounter` moves it. */
  counterHigh = 0;
  counterLow = 0;

  constructor(crypto: Crypto, init: { peer: PeerId; role: Role; localIndex: number; remoteIndex: number; bornAt: Instant; keys: TransportKeys }) {
    this.peer = init.peer;
    this.role = init.role;
    this.localIndex = init.localIndex;
    this.remoteIndex = init.remoteIndex;
    this.bornAt = init.bornAt;
    this.sendKey = crypto.packetKey(init.keys.send);
    this.receiveKey = crypto.packetKey(init.keys.receive);
    init.keys.send.fill(0);
    init.keys.receive.fill(0);
  }

  isAlive(now: Instant): boolean {
    return age(this.bornAt, now) < REJECT_AFTER_TIME;
  }

  canSend(now: Instant): boolean {
    return this.isAlive(now) && !this.#isSpent();
  }

  /** A received counter that no lawful sender uses: its sessions end before REJECT_AFTER_MESSAGES. */
  isBeyondReject(high: number, low: number): boolean {
    return high === REJECT_AFTER_MESSAGES_HIGH && low >= REJECT_AFTER_MESSAGES_LOW;
  }

  /** After a send: time or count asks for a new session. Time asks the initiator only, so that both ends do not start at once. */
  wantsRekeyAfterSend(now: Instant): boolean {
    if (this.counterHigh >= REKEY_AFTER_MESSAGES_HIGH) return true;
    return this.role === 'initiator' && age(this.bornAt, now) >= REKEY_AFTER_TIME;
  }

  wantsRekeyAfterReceive(now: Instant): boolean {
    return this.role === 'initiator' && age(this.bornAt, now) >= REKEY_AFTER_TIME_RECEIVING;
  }

  /** Moves on. Call after using counterHigh/counterLow, and only when `canSend`. */
  advanceCounter(): void {
    this.counterLow = (this.counterLow + 1) >>> 0;
    if (this.counterLow === 0) this.counterHigh++;
  }

  wipe(): void {
    this.sendKey.wipe();
    this.receiveKey.wipe();
  }

  #isSpent(): boolean {
    return this.counterHigh > REJECT_AFTER_MESSAGES_HIGH || (this.counterHigh === REJECT_AFTER_MESSAGES_HIGH && this.counterLow >= REJECT_AFTER_MESSAGES_LOW);
  }
}
