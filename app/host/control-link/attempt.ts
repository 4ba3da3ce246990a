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
import { dial } from './dial.ts';
import { Failed } from './failure.ts';
import { finishHandshake } from './handshake.ts';
import { fetchKey, throughProxy, upgrade } from './http-steps.ts';
import type { ControlNames } from './names.ts';
import { proxyFor, type Environment } from './proxy-rules.ts';
import type { Route } from './routes.ts';
import { secure } from './secure.ts';

export type Phase = Extract<ControlFailure, { kind: 'timed-out' }>['during'];

export interface Surroundings {
  readonly crypto: Crypto;
  readonly rng: Rng;
  readonly names: ControlNames;
  readonly environment: Environment;
  /** PEM, asked for at each TLS connection. */
  readonly roots: () => readonly string[];
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

interface Opened {
  readonly socket: Duplex;
  readonly address: string | undefined;
}

export async function attempt(around: Surroundings, init: AttemptInit): Promise<Established | Failed> {
  const { route, pinnedKey } = init;
  const serverKey = pinnedKey ?? (route.mayLearnKey ? await askKey(around, init) : new Failed({ kind: 'refused', host: route.host, port: route.port }));
  if (serverKey instanceof Failed) return serverKey;
  const opened = await open(around, init);
  if (opened instanceof Failed) return opened;
  const done = await speak(around, init, opened, serverKey);
  if (!(done instanceof Failed)) return done;
  opened.socket.destroy();
  return (pinnedKey === undefined || !route.mayLearnKey || init.signal.aborted ? undefined : await changedKey(around, init, pinnedKey)) ?? done;
}

async function speak(around: Surroundings, init: AttemptInit, opened: Opened, serverKey: Uint8Array): Promise<Established | Failed> {
  const { crypto } = around;
  const { host } = init.route;
  const ephemeral = new Uint8Array(32);
  around.rng.fill(ephemeral);
  const begun = beginIk(crypto, init.machine, serverKey, ephemeral, controlPrologue(CAPABILITY_VERSION));
  if (begun === undefined) return new Failed({ kind: 'protocol', host, what: "the server's key is no key" });
  init.phase('upgrade');
  const upgraded = await upgrade(opened.socket, init.route, encodeInitiation(CAPABILITY_VERSION, begun.message));
  const done = upgraded instanceof Failed ? upgraded : await shake(init, upgraded, begun.pending);
  if (done instanceof Failed) {
    wipeIk(begun.pending);
    return done;
  }
  return { ...done, serverKey, address: opened.address };
}

async function shake(init: AttemptInit, upgraded: { readonly socket: Duplex; readonly first: Uint8Array }, pending: PendingIk): Promise<Pick<Established, 'socket' | 'keys' | 'rest'> | Failed> {
  init.phase('noise');
  const finished = await finishHandshake(upgraded.socket, upgraded.first, pending, init.route.host);
  return finished instanceof Failed ? finished : { socket: upgraded.socket, ...finished };
}

async function askKey(around: Surroundings, init: AttemptInit): Promise<Uint8Array | Failed> {
  const opened = await open(around, init);
  if (opened instanceof Failed) return opened;
  init.phase('key');
  return fetchKey(opened.socket, init.route);
}

/** Undefined: the key is still the pinned one, or cannot be had. */
async function changedKey(around: Surroundings, init: AttemptInit, pinned: Uint8Array): Promise<Failed | undefined> {
  const offered = await askKey(around, init);
  if (offered instanceof Failed || around.crypto.equal(offered, pinned)) return undefined;
  return new Failed({ kind: 'key-changed', host: init.route.host, pinned, offered });
}

/** TCP, a proxy if there must be one, TLS if the route says so. The socket dies with `signal`. */
async function open(around: Surroundings, init: AttemptInit): Promise<Opened | Failed> {
  const { route, signal } = init;
  const proxy = proxyFor(route, around.environment);
  if (proxy === 'unusable') return new Failed({ kind: 'proxy', host: route.host, port: route.port, status: undefined });
  const near = proxy ?? route;
  init.phase('name');
  const addresses = await around.names.resolve(near.host);
  if (addresses instanceof Failed) return addresses;
  init.phase(proxy === undefined ? 'connect' : 'proxy');
  const socket = await dial(near.host, addresses, near.port, signal);
  if (socket instanceof Failed) return socket;
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  const address = proxy === undefined ? socket.remoteAddress : undefined;
  if (proxy !== undefined) {
    const toProxy = proxy.secure ? await secure(socket, proxy.host, proxy.port, around.roots()) : socket;
    const tunnel = toProxy instanceof Failed ? toProxy : await throughProxy(toProxy, proxy, route);
    if (tunnel instanceof Failed) return tunnel;
    return finishOpen(around, init, tunnel, address);
  }
  return finishOpen(around, init, socket, address);
}

async function finishOpen(around: Surroundings, init: AttemptInit, socket: Duplex, address: string | undefined): Promise<Opened | Failed> {
  const { route } = init;
  if (!route.secure) return { socket, address };
  init.phase('tls');
  const wrapped = await secure(socket, route.host, route.port, around.roots());
  return wrapped instanceof Failed ? wrapped : { socket: wrapped, address };
}
