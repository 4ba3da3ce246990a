/** A real control link whose events are kept and can be waited for, and doors for it to knock at: honest, and hostile ones written byte by byte. */
import net from 'node:net';
import { createOsRng } from '../../app/host/crypto/os-rng.ts';
import { createSodiumCrypto } from '../../app/host/crypto/sodium-crypto.ts';
import { HostControlLink, type ControlLinkInit } from '../../app/host/control-link/control-link.ts';
import { answerIk } from '../../app/noise/ik.ts';
import { ephemeralKeys, type StaticKeys, type TransportKeys } from '../../app/noise/key-pairs.ts';
import { controlPrologue, decodeInitiation, encodeResponse } from '../../app/noise/records.ts';
import { isReject } from '../../app/base/reject.ts';
import { formatKey } from '../../app/keys/text-forms.ts';
import type { ControlFailure, ControlLinkCommand, ControlLinkEvent } from '../../app/ports/control-link.ts';
import { createMemoryStore } from '../doubles/memory-store.ts';

export const crypto = createSodiumCrypto();
export const rng = createOsRng();

export function secret(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}

export interface TestLink {
  readonly link: HostControlLink;
  readonly events: ControlLinkEvent[];
  /** The next event that fits and was not waited for yet; rejects after ten seconds, naming what came instead. */
  next<Kind extends ControlLinkEvent['kind']>(kind: Kind): Promise<Extract<ControlLinkEvent, { kind: Kind }>>;
  connect(url: string, options?: Partial<Extract<ControlLinkCommand, { kind: 'connect' }>>): void;
}

export function createTestLink(init: Partial<ControlLinkInit> = {}): TestLink {
  const events: ControlLinkEvent[] = [];
  let told = (): void => {};
  let taken = 0;
  const link = new HostControlLink({
    crypto,
    rng,
    store: createMemoryStore(),
    log: { write: () => {} },
    environment: {},
    ...init,
    onEvent: (event) => {
      events.push(event);
      told();
    },
  });
  return {
    link,
    events,
    connect: (url, options = {}) => link.obey({ kind: 'connect', generation: 1, url, machineKey: secret(9), pinnedKey: undefined, withinMs: 5_000, ...options }),
    next: (kind) =>
      new Promise((done, failed) => {
        const timer = setTimeout(() => failed(new Error(`no ${kind} came, but ${JSON.stringify(events.map((event) => (event.kind === 'lost' ? event : event.kind)))}`)), 10_000);
        const look = (): void => {
          const at = events.findIndex((event, i) => i >= taken && event.kind === kind);
          const event = events[at];
          if (event === undefined || !isOf(event, kind)) return;
          taken = at + 1;
          clearTimeout(timer);
          told = () => {};
          done(event);
        };
        told = look;
        look();
      }),
  };
}

function isOf<Kind extends ControlLinkEvent['kind']>(event: ControlLinkEvent, kind: Kind): event is Extract<ControlLinkEvent, { kind: Kind }> {
  return event.kind === kind;
}

/** Connects to `url` and gives the failure that must come. */
export async function failureAt(url: string, options: Partial<Extract<ControlLinkCommand, { kind: 'connect' }>> = {}, init: Partial<ControlLinkInit> = {}): Promise<ControlFailure> {
  const test = createTestLink(init);
  try {
    test.connect(url, options);
    return (await test.next('lost')).failure;
  } finally {
    test.link.close();
  }
}

export interface HostileDoor {
  readonly url: string;
  readonly keys: StaticKeys;
  close(): void;
}

/** Answers /key well, and hands every other request to `behave` when its header block is in. */
export async function openHostileDoor(behave: (socket: net.Socket, request: string, keys: StaticKeys) => void, key?: (socket: net.Socket) => void): Promise<HostileDoor> {
  const keys = ephemeralKeys(crypto, secret(33));
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      const before = text.includes('\r\n\r\n');
      text += bytes.toString('latin1');
      if (before || !text.includes('\r\n\r\n')) return;
      if (!text.startsWith('GET /key')) return behave(socket, text, keys);
      const body = JSON.stringify({ publicKey: formatKey('machine', keys.point) });
      if (key === undefined) socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      else key(socket);
      return undefined;
    });
  });
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    keys,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: tailscale-control-protocol\r\nConnection: upgrade\r\n\r\n';

/** Answers the upgrade and the handshake as an honest server does; gives the keys to do harm with. */
export function shakeHands(socket: net.Socket, request: string, keys: StaticKeys): TransportKeys {
  const header = /^x-tailscale-handshake: (\S+)\r$/im.exec(request)?.[1] ?? '';
  const taken = decodeInitiation(Buffer.from(header, 'base64'));
  if (isReject(taken)) throw new Error(taken.refused);
  const ephemeral = new Uint8Array(32);
  rng.fill(ephemeral);
  const answered = answerIk(crypto, keys, taken.message, ephemeral, controlPrologue(taken.version));
  if (typeof answered === 'string') throw new Error(answered);
  // One write: what follows the header block in the same packet must not be lost.
  socket.write(Buffer.concat([Buffer.from(SWITCH), encodeResponse(answered.message)]));
  return answered.keys;
}
