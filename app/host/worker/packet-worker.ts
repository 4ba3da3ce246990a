/**
 * Entry of the packet worker (`worker_threads`): one PacketLoop with real crypto, UDP and a TUN whose far end lies in the
 * event thread. It holds no state of its own: when it crashes, the event thread makes a new one and configures it anew.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { EndpointTable } from '../../base/endpoints.ts';
import { Counters } from '../../ports/counters.ts';
import { RelayRing } from '../../ports/relay-ring.ts';
import { HostClock } from '../clock.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { errorCode } from '../error-code.ts';
import { PacketLoop } from '../packet-loop.ts';
import { openPortTun } from '../portable/port-tun.ts';
import { udpDatagrams } from '../portable/udp-datagrams.ts';
import { WakeUps } from '../wake-ups.ts';
import { obey } from './obey.ts';
import { openDevice } from './open-device.ts';
import type { FromWorker, PacketWorkerInit, ToWorker } from './protocol.ts';

const port = parentPort;
if (port === null) throw new Error('packet-worker.ts is the entry of a worker thread; it is not run by itself');
const init = workerData as PacketWorkerInit;
const tell = (message: FromWorker): void => port.postMessage(message);

const counters = new Counters(init.peers, init.counters);
/** Slots that a peer may hold: where it is sent to, and where it was heard. */
const WAYS_A_PEER = 2;
/** Slots for senders that are no peers. */
const STRANGERS = 4_096;
const endpoints = new EndpointTable(WAYS_A_PEER * init.peers + STRANGERS);
/** Commands that came before the socket was bound. */
const early: ToWorker[] = [];
let take = (message: ToWorker): void => void early.push(message);
port.on('message', (message: ToWorker) => take(message));

try {
  const near = init.tun;
  // Where there is no device, the system calls are not loaded.
  const { tun, datagrams } = 'port' in near ? { tun: openPortTun(near, counters), datagrams: undefined } : await openDevice(near, endpoints, counters);
  const loop = await PacketLoop.open(
    {
      crypto: createSodiumCrypto(),
      rng: createOsRng(),
      clock: new HostClock(init.clock),
      counters,
      wakeUps: new WakeUps(init.wakeUps, (why, slot) => tell({ kind: 'wake-reason', why, slot })),
      endpoints,
      datagrams: datagrams ?? udpDatagrams(endpoints, counters, init.reach),
      tun,
      relays: { toRelays: new RelayRing(init.toRelays), fromRelays: new RelayRing(init.fromRelays) },
      onRelayed: () => tell({ kind: 'relayed' }),
      onFacts: (facts) => tell({ kind: 'facts', facts }),
      onSlept: (forMs) => tell({ kind: 'slept', forMs }),
    },
    init.listenPort,
  );
  tell({ kind: 'started' });
  take = (message) => {
    obey(loop, message);
    if (message.kind === 'stop') port.close();
  };
  for (const message of early.splice(0)) take(message);
} catch (error) {
  tell({ kind: 'could-not-start', code: errorCode(error), text: String(error) });
  port.close();
  if ('port' in init.tun) init.tun.port.close();
}
