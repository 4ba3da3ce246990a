/**
 * Entry of the fast packet worker (`worker_threads`): one FastLoop that occupies the thread until it is told to stop. Its
 * messages wait in the port and are taken when the bell rings. When it crashes, the event thread makes a new one.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { EndpointTable } from '../../base/endpoints.ts';
import { Counters } from '../../ports/counters.ts';
import { RelayRing } from '../../ports/relay-ring.ts';
import { HostClock } from '../clock.ts';
import { nativeSources } from '../native-clocks.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { errorCode } from '../error-code.ts';
import { WakeUps } from '../wake-ups.ts';
import { obey } from '../worker/obey.ts';
import type { FromWorker, ToWorker } from '../worker/protocol.ts';
import { FastLoop, type FastTun } from './fast-loop.ts';

/** `workerData` of the fast packet worker. */
export interface FastWorkerInit {
  /** 0: a free port. */
  readonly listenPort: number;
  readonly mark: number | undefined;
  readonly tun: FastTun;
  readonly bell: number;
  /** Two 32-bit words: descriptors of the sockets, IPv4 and IPv6; -1: none. What stands there when the thread is gone is open still. */
  readonly sockets: SharedArrayBuffer;
  /** The same for relay connections, LANES words. */
  readonly lanes: SharedArrayBuffer;
  /** Rows of `counters`. */
  readonly peers: number;
  readonly counters: SharedArrayBuffer;
  readonly clock: SharedArrayBuffer;
  readonly wakeUps: SharedArrayBuffer;
  readonly toRelays: SharedArrayBuffer;
  readonly fromRelays: SharedArrayBuffer;
}

/** Slots that a peer may hold: where it is sent to, and where it was heard. */
const WAYS_A_PEER = 2;
/** Slots for senders that are no peers. */
const STRANGERS = 4_096;

const port = parentPort;
if (port === null) throw new Error('fast-worker.ts is the entry of a worker thread; it is not run by itself');
const init = workerData as FastWorkerInit;
const tell = (message: FromWorker): void => port.postMessage(message);

const descriptors = new Int32Array(init.sockets);
let loop: FastLoop | undefined;
try {
  loop = new FastLoop(
    {
      crypto: createSodiumCrypto(),
      rng: createOsRng(),
      clock: new HostClock(init.clock, nativeSources()),
      counters: new Counters(init.peers, init.counters),
      wakeUps: new WakeUps(init.wakeUps, (why, slot) => tell({ kind: 'wake-reason', why, slot })),
      endpoints: new EndpointTable(WAYS_A_PEER * init.peers + STRANGERS),
      tun: init.tun,
      bell: init.bell,
      ...(init.mark === undefined ? {} : { mark: init.mark }),
      onSockets: (open) => descriptors.set([open?.v4.fd ?? -1, open?.v6?.fd ?? -1]),
      onBell: () => takeMessages(),
      relays: { toRelays: new RelayRing(init.toRelays), fromRelays: new RelayRing(init.fromRelays) },
      onLane: (event) => tell({ kind: 'lane', event }),
      laneDescriptors: new Int32Array(init.lanes),
      onRelayed: () => tell({ kind: 'relayed' }),
      onFacts: (facts) => tell({ kind: 'facts', facts }),
      onSlept: (forMs) => tell({ kind: 'slept', forMs }),
    },
    init.listenPort,
  );
  tell({ kind: 'started' });
} catch (error) {
  tell({ kind: 'could-not-start', code: errorCode(error), text: String(error) });
}
loop?.run();
port.close();

function takeMessages(): void {
  for (let next = receiveMessageOnPort(port!); next !== undefined; next = receiveMessageOnPort(port!)) obey(loop!, next.message as ToWorker);
}
