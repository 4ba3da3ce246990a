/**
 * The Noise pattern IK (revision 34, sections 5.3 and 7.5) with 25519, ChaChaPoly and BLAKE2s, both sides, with empty
 * payloads: the handshake of the control channel. Messages here are without frame headers (records.ts has those). Each
 * function either completes or returns why not. It knows no server, no version number and no timers.
 */
import type { Crypto } from '../ports/crypto.ts';
import { ephemeralKeys, type StaticKeys, type TransportKeys } from './key-pairs.ts';
import { SymmetricState } from './symmetric-state.ts';

const PROTOCOL = Uint8Array.from('Noise_IK_25519_ChaChaPoly_BLAKE2s', (c) => c.charCodeAt(0));
const EMPTY = new Uint8Array(0);
const KEY = 32;
const TAG = 16;

/** Ephemeral key, sealed static key, tag of an empty payload. */
export const IK_INITIATION_LENGTH = KEY + KEY + TAG + TAG;
/** Ephemeral key, tag of an empty payload. */
export const IK_RESPONSE_LENGTH = KEY + TAG;

/** What the initiator keeps while it waits. Good for one response: `finishIk` and `wipeIk` erase it. */
export interface PendingIk {
  readonly state: SymmetricState;
  readonly ephemeral: StaticKeys;
  readonly own: StaticKeys;
}

export interface AnsweredIk {
  readonly keys: TransportKeys;
  /** Who calls: proved, because only the owner of its secret can have sealed the message's end. */
  readonly remoteStatic: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * -> e, es, s, ss. `ephemeralSecret`: 32 random bytes, used once; its buffer is wiped with the pending state. Undefined:
 * the responder's key is a low-order point.
 */
export function beginIk(crypto: Crypto, own: StaticKeys, remoteStatic: Uint8Array, ephemeralSecret: Uint8Array, prologue: Uint8Array): { pending: PendingIk; message: Uint8Array } | undefined {
  const state = begin(crypto, prologue, remoteStatic);
  const ephemeral = ephemeralKeys(crypto, ephemeralSecret);
  const message = new Uint8Array(IK_INITIATION_LENGTH);
  message.set(ephemeral.point);
  state.mixHash(ephemeral.point);
  if (!state.mixDh(ephemeral.secret, remoteStatic, 'key')) return undefined;
  state.encryptAndHash(own.point, message.subarray(KEY, 2 * KEY + TAG));
  if (!state.mixDh(own.secret, remoteStatic, 'key')) return undefined;
  state.encryptAndHash(EMPTY, message.subarray(2 * KEY + TAG));
  return { pending: { state, ephemeral, own }, message };
}

/** <- e, ee, se. `message` has IK_INITIATION_LENGTH bytes. */
export function answerIk(crypto: Crypto, own: StaticKeys, message: Uint8Array, ephemeralSecret: Uint8Array, prologue: Uint8Array): AnsweredIk | 'low-order' | 'forged' {
  const state = begin(crypto, prologue, own.point);
  const remoteEphemeral = message.slice(0, KEY);
  state.mixHash(remoteEphemeral);
  if (!state.mixDh(own.secret, remoteEphemeral, 'key')) return 'low-order';
  const remoteStatic = state.decryptAndHash(message.subarray(KEY, 2 * KEY + TAG));
  if (remoteStatic === undefined) return 'forged';
  if (!state.mixDh(own.secret, remoteStatic, 'key')) return 'low-order';
  if (state.decryptAndHash(message.subarray(2 * KEY + TAG)) === undefined) return 'forged';

  const ephemeral = ephemeralKeys(crypto, ephemeralSecret);
  const answer = new Uint8Array(IK_RESPONSE_LENGTH);
  answer.set(ephemeral.point);
  state.mixHash(ephemeral.point);
  const mixed = state.mixDh(ephemeral.secret, remoteEphemeral, 'key') && state.mixDh(ephemeral.secret, remoteStatic, 'key');
  ephemeral.secret.fill(0);
  if (!mixed) return 'low-order';
  state.encryptAndHash(EMPTY, answer.subarray(KEY));
  const { initiator, responder } = state.split();
  state.wipe();
  return { keys: { send: responder, receive: initiator }, remoteStatic, message: answer };
}

/** Takes the response (IK_RESPONSE_LENGTH bytes): the only one there will be, so the pending state is erased either way. */
export function finishIk(pending: PendingIk, message: Uint8Array): TransportKeys | 'low-order' | 'forged' {
  const { state, ephemeral, own } = pending;
  const remoteEphemeral = message.slice(0, KEY);
  state.mixHash(remoteEphemeral);
  const mixed = state.mixDh(ephemeral.secret, remoteEphemeral, 'key') && state.mixDh(own.secret, remoteEphemeral, 'key');
  const opened = mixed && state.decryptAndHash(message.subarray(KEY)) !== undefined;
  const keys = state.split();
  wipeIk(pending);
  if (!mixed) return 'low-order';
  return opened ? { send: keys.initiator, receive: keys.responder } : 'forged';
}

export function wipeIk(pending: PendingIk): void {
  pending.state.wipe();
  pending.ephemeral.secret.fill(0);
}

function begin(crypto: Crypto, prologue: Uint8Array, responderStatic: Uint8Array): SymmetricState {
  const state = SymmetricState.begin(crypto, PROTOCOL, prologue);
  state.mixHash(responderStatic);
  return state;
}
