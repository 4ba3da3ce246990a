/** The packet path in the caller's own thread: for tests and for the small peers of the sandbox. The product uses the worker. */
import { EndpointTable } from '../base/endpoints.ts';
import type { Counters } from '../ports/counters.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { DatagramsFactory } from '../ports/datagrams.ts';
import type { RelayRings } from '../ports/relay-ring.ts';
import type { Rng } from '../ports/rng.ts';
import type { Tun } from '../ports/tun.ts';
import type { HostClock } from './clock.ts';
import { errorCode } from './error-code.ts';
import { PacketLoop } from './packet-loop.ts';
import { StartError, type StartPacketThread } from './packet-thread.ts';
import { udpDatagrams } from './portable/udp-datagrams.ts';
import type { WakeUps } from './wake-ups.ts';

export interface SameThreadInit {
  readonly crypto: Crypto;
  readonly rng: Rng;
  readonly clock: HostClock;
  readonly counters: Counters;
  readonly wakeUps: WakeUps;
  readonly relays: RelayRings;
  readonly openTun: () => Tun;
  /** UDP by default. */
  readonly datagrams?: (endpoints: EndpointTable, counters: Counters) => DatagramsFactory;
}

export function sameThread(init: SameThreadInit): StartPacketThread {
  return async (listenPort, events) => {
    const endpoints = new EndpointTable();
    const datagrams = (init.datagrams ?? udpDatagrams)(endpoints, init.counters);
    const open = PacketLoop.open({ ...init, endpoints, datagrams, tun: init.openTun(), onRelayed: events.relayedWaits, onFacts: events.facts, onSlept: events.slept }, listenPort);
    const loop = await open.catch((error: unknown) => {
      throw new StartError(errorCode(error), listenPort);
    });
    return {
      send: (commands) => {
        for (const command of commands) loop.command(command);
      },
      clockMoved: () => loop.clockMoved(),
      relayedWaits: () => loop.relayedWaits(),
      deviceReplaced: () => loop.deviceReplaced(),
      stop: () => {
        loop.close();
        return Promise.resolve();
      },
    };
  };
}
