/** A real relay link whose events are kept and can be waited for, and servers to knock at, over TLS or bare TCP, that behave as told. */
import { createHash, X509Certificate } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { HostRelayLink, type RelayLinkInit } from '../../app/host/relay-link/relay-link.ts';
import { parseIp } from '../../app/base/ip.ts';
import type { RelayFailure, RelayLinkCommand, RelayLinkEvent } from '../../app/ports/relay-link.ts';
import type { RelayNode } from '../../app/wire/netmap/types.ts';
import { createMemoryStore } from '../doubles/memory-store.ts';
import { createLabAuthority, type LabCertificate } from './lab-certificate.ts';

export const RELAY = 'relay.test';
export const authority = createLabAuthority();
export const certificate = authority.issue(RELAY);
export const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: DERP\r\nConnection: Upgrade\r\nDerp-Version: 2\r\nDerp-Public-Key: ab\r\n\r\n';

export interface TestRelayLink {
  readonly link: HostRelayLink;
  /** As they came; bytes of `data` are copies. */
  readonly events: RelayLinkEvent[];
  /** The next event that fits and was not waited for yet; rejects after ten seconds, naming what came instead. */
  next<Kind extends RelayLinkEvent['kind']>(kind: Kind): Promise<Extract<RelayLinkEvent, { kind: Kind }>>;
  open(nodes: readonly RelayNode[], options?: Partial<Extract<RelayLinkCommand, { kind: 'open' }>>): void;
}

export function createTestRelayLink(init: Partial<RelayLinkInit> = {}): TestRelayLink {
  const events: RelayLinkEvent[] = [];
  let told = (): void => {};
  let taken = 0;
  const link = new HostRelayLink({
    store: createMemoryStore(),
    log: { write: () => {} },
    environment: {},
    roots: () => [authority.cert],
    lookup: async () => ['127.0.0.1'],
    ...init,
    onEvent: (event) => {
      events.push(event.kind === 'data' ? { ...event, bytes: event.bytes.slice() } : event);
      told();
    },
  });
  return {
    link,
    events,
    open: (nodes, options = {}) => link.send({ kind: 'open', generation: 1, region: 900, nodes, withinMs: 5_000, ...options }),
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

function isOf<Kind extends RelayLinkEvent['kind']>(event: RelayLinkEvent, kind: Kind): event is Extract<RelayLinkEvent, { kind: Kind }> {
  return event.kind === kind;
}

/** Opens these nodes and gives the failure that must come. */
export async function failureOf(nodes: readonly RelayNode[], options: Partial<Extract<RelayLinkCommand, { kind: 'open' }>> = {}, init: Partial<RelayLinkInit> = {}): Promise<RelayFailure> {
  const test = createTestRelayLink(init);
  try {
    test.open(nodes, options);
    return (await test.next('lost')).failure;
  } finally {
    test.link.close();
  }
}

/** A node of the map at this port of 127.0.0.1. */
export function node(port: number, more: Partial<RelayNode> = {}): RelayNode {
  const ipv4 = parseIp('127.0.0.1');
  if (ipv4 === undefined) throw new Error('no address');
  return { name: '900a', hostName: RELAY, certName: '', ipv4, ipv6: 'off', stunPort: undefined, stunOnly: false, relayPort: port, canPort80: false, insecureForTests: false, ...more };
}

export interface RelayDoor {
  readonly port: number;
  /** Header blocks that came, in order. */
  readonly asked: string[];
  readonly sockets: ReadonlySet<Duplex>;
  close(): void;
}

export interface DoorOptions {
  /** undefined: no TLS. */
  readonly tls?: LabCertificate | undefined;
  readonly host?: string;
  /** As soon as TLS stands (or TCP, without). */
  readonly greet?: (socket: Duplex) => void;
}

/** Hands every request to `behave` when its header block is in. */
export async function openRelayDoor(behave: (socket: Duplex, request: string) => void, options: DoorOptions = {}): Promise<RelayDoor> {
  const sockets = new Set<Duplex>();
  const asked: string[] = [];
  const meet = (socket: Duplex): void => {
    let text = '';
    options.greet?.(socket);
    socket.on('data', (bytes: Buffer) => {
      if (text.includes('\r\n\r\n')) return;
      text += bytes.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      asked.push(text);
      behave(socket, text);
    });
  };
  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = 'tls' in options && options.tls === undefined ? net.createServer(meet) : tls.createServer(options.tls ?? certificate, meet);
  server.on('connection', keep);
  server.on('secureConnection', keep);
  server.on('tlsClientError', () => {});
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(0, options.host ?? '127.0.0.1', ready);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    port: address.port,
    asked,
    sockets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Takes everyone, and sends back what comes. */
export function echo(socket: Duplex): void {
  socket.write(SWITCH);
  socket.on('data', (bytes) => socket.write(bytes));
}

/** As the map pins a certificate. */
export function pinOf(pem: string): string {
  return `sha256-raw:${createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')}`;
}
