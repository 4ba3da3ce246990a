/**
 * The server side of the control transport on loopback, for the sandbox and for tests: `/key`, the upgrade, the Noise
 * responder, the early payload, HTTP/2. What the requests mean is the handler's affair. Not for an open network: it takes
 * every machine key, and limits nothing but the size of a body.
 */
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { sameBytes } from '../../../base/bytes.ts';
import { isReject } from '../../../base/reject.ts';
import { formatKey, zeroKey } from '../../../keys/text-forms.ts';
import { answerIk } from '../../../noise/ik.ts';
import { ephemeralKeys } from '../../../noise/key-pairs.ts';
import { controlPrologue, decodeInitiation, encodeResponse, RecordOpener, RecordSealer } from '../../../noise/records.ts';
import type { Crypto } from '../../../ports/crypto.ts';
import type { Rng } from '../../../ports/rng.ts';
import { encodeEarlyPayload } from '../../../wire/early-payload.ts';
import { UPGRADE_PROTOCOL } from '../../control-link/http-steps.ts';
import { RecordStream } from '../../control-link/record-stream.ts';
import { requestOf, type DoorRequest } from './door-request.ts';

/** Bytes of a request's body. */
const MAX_BODY = 1024 * 1024;

export interface ControlDoorInit {
  readonly crypto: Crypto;
  readonly rng: Rng;
  /** Noise static key of the server, secret half. */
  readonly serverSecret: Uint8Array;
  readonly handle: (request: DoorRequest) => void;
  /** Versions below it are turned away as Headscale does: 101, then the end. */
  readonly leastVersion?: number;
  /** PEM: serves TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** 0 takes a free one. */
  readonly port?: number;
}

export interface ControlDoor {
  readonly port: number;
  readonly url: string;
  readonly serverKey: Uint8Array;
  /** Cuts every connection, as a restart of the server does. */
  dropAll(): void;
  /** The connections of this machine stay open and carry nothing any more, either way, as after a NAT forgot them. Those that it
   *  opens later are well. */
  silence(machineKey: Uint8Array): void;
  close(): Promise<void>;
}

/** Rejects when the port cannot be had. */
export async function openControlDoor(init: ControlDoorInit): Promise<ControlDoor> {
  const keys = ephemeralKeys(init.crypto, init.serverSecret.slice());
  const sockets = new Set<Duplex>();
  const machines = new WeakMap<Duplex, Uint8Array>();
  const answer: http.RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', 'http://door');
    if (request.method !== 'GET' || url.pathname !== '/key') response.writeHead(404).end();
    else if (!url.searchParams.has('v')) response.writeHead(400).end();
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ legacyPublicKey: zeroKey('machine'), publicKey: formatKey('machine', keys.point) }));
  };
  const server = init.tls === undefined ? http.createServer(answer) : https.createServer({ ...init.tls, ALPNProtocols: ['http/1.1'] }, answer);
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    const machine = enter(init, keys, request, socket, head);
    if (machine !== undefined) machines.set(socket, machine);
  });
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(init.port ?? 0, '127.0.0.1', ready);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    url: `${init.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    serverKey: keys.point,
    dropAll,
    silence(machineKey) {
      for (const socket of sockets) {
        const machine = machines.get(socket);
        if (machine === undefined || !sameBytes(machine, machineKey)) continue;
        socket.pause();
        socket.cork();
      }
    },
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        dropAll();
      }),
  };
}

/** The machine key of who was let in. */
function enter(init: ControlDoorInit, keys: ReturnType<typeof ephemeralKeys>, request: http.IncomingMessage, socket: Duplex, head: Buffer): Uint8Array | undefined {
  const { crypto } = init;
  const handshake = request.headers['x-tailscale-handshake'];
  const taken = request.url === '/ts2021' && typeof handshake === 'string' ? decodeInitiation(Buffer.from(handshake, 'base64')) : undefined;
  if (taken === undefined || isReject(taken)) {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return undefined;
  }
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${UPGRADE_PROTOCOL}\r\nConnection: upgrade\r\n\r\n`);
  if (taken.version < (init.leastVersion ?? 0)) {
    socket.end();
    return undefined;
  }
  const ephemeral = new Uint8Array(32);
  init.rng.fill(ephemeral);
  const answered = answerIk(crypto, keys, taken.message, ephemeral, controlPrologue(taken.version));
  if (typeof answered === 'string') {
    socket.end(Buffer.concat([Uint8Array.of(3, 0, answered.length), Buffer.from(answered)]));
    return undefined;
  }
  socket.write(encodeResponse(answered.message));
  const stream = new RecordStream({
    socket,
    sealer: new RecordSealer(crypto.packetKey(answered.keys.send)),
    opener: new RecordOpener(crypto.packetKey(answered.keys.receive)),
    rest: head,
    ended: () => {},
  });
  const challenge = new Uint8Array(32);
  init.rng.fill(challenge);
  stream.write(encodeEarlyPayload(Buffer.from(JSON.stringify({ nodeKeyChallenge: formatKey('challenge', challenge) }))));
  serve(stream, answered.remoteStatic, init.handle);
  return answered.remoteStatic;
}

function serve(stream: Duplex, machineKey: Uint8Array, handle: (request: DoorRequest) => void): void {
  const session = http2.performServerHandshake(stream);
  session.on('error', () => {});
  session.on('stream', (opened, headers) => {
    opened.on('error', () => {});
    const parts: Buffer[] = [];
    let length = 0;
    opened.on('data', (part: Buffer) => {
      length += part.length;
      if (length > MAX_BODY) opened.close(http2.constants.NGHTTP2_CANCEL);
      else parts.push(part);
    });
    opened.on('end', () => {
      if (length <= MAX_BODY && !opened.destroyed) handle(requestOf(opened, headers, machineKey, Buffer.concat(parts).toString('utf8')));
    });
  });
}
