/**
 * The way to a server, step by step: name, TCP, a proxy if the environment names one, TLS. Each step names itself to `leg`,
 * so that a time limit can say where it struck. Says nothing to the server itself, and has no time limit of its own.
 */
import type { Duplex } from 'node:stream';
import { dial, type Pace } from './dial.ts';
import { Failed } from './failure.ts';
import type { KnownNames } from './known-names.ts';
import type { Place } from './place.ts';
import { proxyFor, type Environment } from './proxy-rules.ts';
import { throughProxy } from './proxy-tunnel.ts';
import { RecordTap } from './record-tap.ts';
import { BY_ITS_NAME, secure, type TlsRule, type TlsWatch } from './secure.ts';

export type Leg = 'name' | 'connect' | 'proxy' | 'tls';

export interface Means {
  readonly names: KnownNames;
  readonly environment: Environment;
  /** PEM, asked for at each TLS connection. */
  readonly roots: () => readonly string[];
}

export interface Way {
  readonly socket: Duplex;
  /** Where the server answered; undefined behind a proxy. */
  readonly address: string | undefined;
  /** Our own end's. */
  readonly localAddress: string | undefined;
  /** Where it was asked for, and TLS lies on TCP itself. */
  readonly tap?: RecordTap;
}

export interface WayInit {
  readonly place: Place;
  /** The socket dies with it, also when the way is open. */
  readonly signal: AbortSignal;
  readonly leg: (leg: Leg) => void;
  /** Instead of asking for the name. A proxy is always looked up. */
  readonly addresses?: () => Promise<readonly string[] | Failed>;
  readonly pace?: Pace;
  readonly rule?: TlsRule;
  /** The connection may be handed over to somebody who goes on with its records. */
  readonly watch?: TlsWatch | undefined;
}

export async function openWay(means: Means, init: WayInit): Promise<Way | Failed> {
  const { place, signal } = init;
  const proxy = proxyFor(place, means.environment);
  if (proxy === 'unusable') return new Failed({ kind: 'proxy', host: place.host, port: place.port, status: undefined });
  const near = proxy ?? place;
  init.leg('name');
  const addresses = await (proxy === undefined && init.addresses !== undefined ? init.addresses() : means.names.resolve(near.host));
  if (addresses instanceof Failed) return addresses;
  init.leg(proxy === undefined ? 'connect' : 'proxy');
  const socket = await dial(near.host, addresses, near.port, signal, init.pace);
  if (socket instanceof Failed) return socket;
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  const { localAddress } = socket;
  if (proxy === undefined) {
    const tap = init.watch !== undefined && place.secure ? new RecordTap(socket) : undefined;
    return finish(means, init, { socket: tap ?? socket, address: socket.remoteAddress, localAddress, ...(tap === undefined ? {} : { tap }) });
  }
  const toProxy = proxy.secure ? await secure(socket, proxy, means.roots(), BY_ITS_NAME) : socket;
  const tunnel = toProxy instanceof Failed ? toProxy : await throughProxy(toProxy, proxy, place);
  return tunnel instanceof Failed ? tunnel : finish(means, init, { socket: tunnel, address: undefined, localAddress });
}

async function finish(means: Means, init: WayInit, way: Way): Promise<Way | Failed> {
  if (!init.place.secure) return way;
  init.leg('tls');
  const wrapped = await secure(way.socket, init.place, means.roots(), init.rule ?? BY_ITS_NAME, way.tap === undefined ? undefined : init.watch);
  return wrapped instanceof Failed ? wrapped : { ...way, socket: wrapped };
}
