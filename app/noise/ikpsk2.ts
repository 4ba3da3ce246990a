/**
 * The Noise pattern IKpsk2 as WireGuard uses it (whitepaper section 5.4.2 and 5.4.3): the payloads of the two handshake
 * messages, without headers and MACs. Each function either completes or returns undefined and changes nothing.
 * It knows no peers, no timers, no indices.
 */
import type { Crypto } from '../ports/crypto.ts';
import { ephemeralKeys, type StaticKeys, type TransportKeys } from './key-pairs.ts';
import { SymmetricState } from './symmetric-state.ts';

const ASCII = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const CONSTRUCTION = ASCII('Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s');
const IDENTIFIER = ASCII('WireGuard v1 zx2c4 Jason@zx2c4.com');
const EMPTY = new Uint8Array(0);

/** What the initiator keeps while it waits for the response. */
export interface PendingInitiation {
  readonly state: SymmetricState;
  readonly ephemeral: StaticKeys;
}

export interface InitiationPayload {
  readonly ephemeral: Uint8Array;
  /** 48 bytes: the sealed static key. */
  readonly sealedStatic: Uint8Array;
  /** 28 bytes: the sealed timestamp. */
  readonly sealedTimestamp: Uint8Array;
}

export interface ResponsePayload {
  readonly ephemeral: Uint8Array;
  /** 16 bytes: the tag of an empty message. */
  readonly sealedEmpty: Uint8Array;
}

export interface OpenedInitiation {
  readonly state: SymmetricState;
  readonly remoteEphemeral: Uint8Array;
  readonly remoteStatic: Uint8Array;
  /** Opens the timestamp once the caller has found the peer; false: forged. */
  openTimestamp(): Uint8Array | undefined;
}

/** First message. `ephemeralSecret` is random and used once; its buffer is wiped with the pending state. */
export function createInitiation(
  crypto: Crypto,
  own: StaticKeys,
  remoteStatic: Uint8Array,
  ephemeralSecret: Uint8Array,
  timestamp: Uint8Array,
): { pending: PendingInitiation; payload: InitiationPayload } | undefined {
  const ephemeral = ephemeralKeys(crypto, ephemeralSecret);
  const state = begin(crypto, remoteStatic);
  state.mixChainingKey(ephemeral.point);
  state.mixHash(ephemeral.point);
  if (!state.mixDh(ephemeral.secret, remoteStatic, 'key')) return undefined;
  const sealedStatic = new Uint8Array(48);
  state.encryptAndHash(own.point, sealedStatic);
  if (!state.mixDh(own.secret, remoteStatic, 'key')) return undefined;
  const sealedTimestamp = new Uint8Array(28);
  state.encryptAndHash(timestamp, sealedTimestamp);
  return { pending: { state, ephemeral }, payload: { ephemeral: ephemeral.point, sealedStatic, sealedTimestamp } };
}

/** The responder learns who calls. 'low-order' and 'forged' are refusals. */
export function openInitiation(crypto: Crypto, own: StaticKeys, payload: InitiationPayload): OpenedInitiation | 'low-order' | 'forged' {
  const state = begin(crypto, own.point);
  state.mixChainingKey(payload.ephemeral);
  state.mixHash(payload.ephemeral);
  if (!state.mixDh(own.secret, payload.ephemeral, 'key')) return 'low-order';
  const remoteStatic = state.decryptAndHash(payload.sealedStatic);
  if (remoteStatic === undefined) return 'forged';
  const remoteEphemeral = payload.ephemeral.slice();
  return {
    state,
    remoteStatic,
    remoteEphemeral,
    openTimestamp: () => (state.mixDh(own.secret, remoteStatic, 'key') ? state.decryptAndHash(payload.sealedTimestamp) : undefined),
  };
}

/** Second message, and the keys of the session. */
export function createResponse(
  crypto: Crypto,
  opened: OpenedInitiation,
  presharedKey: Uint8Array,
  ephemeralSecret: Uint8Array,
): { keys: TransportKeys; payload: ResponsePayload } | undefined {
  const { state } = opened;
  const ephemeral = ephemeralKeys(crypto, ephemeralSecret);
  state.mixChainingKey(ephemeral.point);
  state.mixHash(ephemeral.point);
  const mixed = state.mixDh(ephemeral.secret, opened.remoteEphemeral, 'chaining-key') && state.mixDh(ephemeral.secret, opened.remoteStatic, 'chaining-key');
  ephemeral.secret.fill(0);
  if (!mixed) return undefined;
  state.mixKeyAndHash(presharedKey);
  const sealedEmpty = new Uint8Array(16);
  state.encryptAndHash(EMPTY, sealedEmpty);
  const { initiator, responder } = state.split();
  state.wipe();
  return { keys: { send: responder, receive: initiator }, payload: { ephemeral: ephemeral.point, sealedEmpty } };
}

/** The initiator takes the response. Works on a copy: a forged response leaves the pending initiation as it was. */
export function openResponse(
  own: StaticKeys,
  pending: PendingInitiation,
  presharedKey: Uint8Array,
  payload: ResponsePayload,
): TransportKeys | 'low-order' | 'forged' {
  const state = pending.state.copy();
  state.mixChainingKey(payload.ephemeral);
  state.mixHash(payload.ephemeral);
  const mixed = state.mixDh(pending.ephemeral.secret, payload.ephemeral, 'chaining-key') && state.mixDh(own.secret, payload.ephemeral, 'chaining-key');
  if (!mixed) return 'low-order';
  state.mixKeyAndHash(presharedKey);
  if (state.decryptAndHash(payload.sealedEmpty) === undefined) {
    state.wipe();
    return 'forged';
  }
  const { initiator, responder } = state.split();
  state.wipe();
  return { send: initiator, receive: responder };
}

export function wipePending(pending: PendingInitiation): void {
  pending.state.wipe();
  pending.ephemeral.secret.fill(0);
}

function begin(crypto: Crypto, responderStatic: Uint8Array): SymmetricState {
  const state = SymmetricState.begin(crypto, CONSTRUCTION, IDENTIFIER);
  state.mixHash(responderStatic);
  return state;
}
