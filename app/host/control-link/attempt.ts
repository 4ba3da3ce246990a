/**
 * One way to a control server, step by step: name, TCP, proxy, TLS, its key, upgrade, Noise. Each step names itself to
 * `phase`, so that a time limit can say where it struck. With a pinned key there is one connection and no question for the
 * key; only when the handshake then fails is the key asked for, to tell a changed key from anything else.
 */
import type { Duplex } from 'node:stream';
import { beginIk, wipeIk, type PendingIk } from '../../noise/ik.ts';
import type { StaticKeys, TransportKeys } from '../../noise/key-pairs.ts';
import { controlPrologue, encodeInitiation } from '../../noise/records.ts';
import type { ControlFailure } from '../../ports/control-link.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Rng } from '../../ports/rng.ts';
import { CAPABILITY_VERSION } from '../../wire/capability-version.ts';
import { Failed } from '../reach/failure.ts';
import { openWay, type Means, type Way } from '../reach/open-way.ts';
import type { ControlFailed } from './failure.ts';
import { finishHandshake } from './handshake.ts';
import { fetchKey, upgrade } from './http-steps.ts';
import type { Route } from './routes.ts';

export type Phase = Extract<ControlFailure, { kind: 'timed-out' }>['during'];

export interface Surroundings extends Means {
  readonly crypto: Crypto;
  readonly rng: Rng;
}

export interface Established {
  readonly socket: Duplex;
  readonly keys: TransportKeys;
  readonly rest: Uint8Array;
  readonly serverKey: Uint8Array;
  /** Where the server answered; undefined behind a proxy. */
  readonly address: string | undefined;
}

export interface AttemptInit {
  readonly route: Route;
  readonly machine: StaticKeys;
  readonly pinnedKey: Uint8Array | undefined;
  readonly signal: AbortSignal;
  readonly phase: (phase: Phase) => void;
}

export async function attempt(around: Surroundings, init: AttemptInit): Promise<Established | ControlFailed> {
  const { route, pinnedKey } = init;
  const serverKey = pinnedKey ?? (route.mayLearnKey ? await askKey(around, init) : new Failed<ControlFailure>({ kind: 'refused', host: route.host, port: route.port }));
  if (serverKey instanceof Failed) return serverKey;
  const opened = await open(around, init);
  if (opened instanceof Failed) return opened;
  const done = await speak(around, init, opened, serverKey);
  if (!(done instanceof Failed)) return done;
  opened.socket.destroy();
  return (pinnedKey === undefined || !route.mayLearnKey || init.signal.aborted ? undefined : await changedKey(around, init, pinnedKey)) ?? done;
}

async function speak(around: Surroundings, init: AttemptInit, opened: Way, serverKey: Uint8Array): Promise<Established | ControlFailed> {
  const { crypto } = around;
  const { host } = init.route;
  const ephemeral = new Uint8Array(32);
  around.rng.fill(ephemeral);
  const begun = beginIk(crypto, init.machine, serverKey, ephemeral, controlPrologue(CAPABILITY_VERSION));
  if (begun === undefined) return new Failed<ControlFailure>({ kind: 'protocol', host, what: "the server's key is no key" });
  init.phase('upgrade');
  const upgraded = await upgrade(opened.socket, init.route, encodeInitiation(CAPABILITY_VERSION, begun.message));
  const done = upgraded instanceof Failed ? upgraded : await shake(init, upgraded, begun.pending);
  if (done instanceof Failed) {
    wipeIk(begun.pending);
    return done;
  }
  return { ...done, serverKey, address: opened.address };
}

async function shake(init: AttemptInit, upgraded: { readonly socket: Duplex; readonly first: Uint8Array }, pending: PendingIk): Promise<Pick<Established, 'socket' | 'keys' | 'rest'> | ControlFailed> {
  init.phase('noise');
  const finished = await finishHandshake(upgraded.socket, upgraded.first, pending, init.route.host);
  return finished instanceof Failed ? finished : { socket: upgraded.socket, ...finished };
}

async function askKey(around: Surroundings, init: AttemptInit): Promise<Uint8Array | ControlFailed> {
  const opened = await open(around, init);
  if (opened instanceof Failed) return opened;
  init.phase('key');
  return fetchKey(opened.socket, init.route);
}

/** Undefined: the key is still the pinned one, or cannot be had. */
async function changedKey(around: Surroundings, init: AttemptInit, pinned: Uint8Array): Promise<ControlFailed | undefined> {
  const offered = await askKey(around, init);
  if (offered instanceof Failed || around.crypto.equal(offered, pinned)) return undefined;
  return new Failed<ControlFailure>({ kind: 'key-changed', host: init.route.host, pinned, offered });
}

/** The socket dies with the attempt's signal. */
function open(around: Surroundings, { route, signal, phase }: AttemptInit): Promise<Way | Failed> {
  return openWay(around, { place: route, signal, leg: phase });
}
