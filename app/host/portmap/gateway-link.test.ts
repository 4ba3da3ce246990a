/** The socket towards the router, on loopback. 127.0.0.2 is a stranger there. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { parseIp } from '../../base/ip.ts';
import type { Gateway, GatewayDatagram } from '../../ports/gateway-link.ts';
import type { Log } from '../../ports/log.ts';
import { HostGatewayLink } from './gateway-link.ts';

const LOOPBACK = '127.0.0.1';
const GATEWAY: Gateway = { address: parseIp(LOOPBACK)!, own: parseIp(LOOPBACK)! };
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function router(address = LOOPBACK): Promise<{ readonly socket: dgram.Socket; readonly port: number; next(): Promise<{ text: string; from: dgram.RemoteInfo }> }> {
  const socket = dgram.createSocket('udp4');
  open.push(socket);
  socket.bind(0, address);
  await once(socket, 'listening');
  return {
    socket,
    port: socket.address().port,
    async next() {
      const [message, from] = (await once(socket, 'message')) as [Buffer, dgram.RemoteInfo];
      return { text: text(message), from };
    },
  };
}

function link(): { readonly link: HostGatewayLink; readonly heard: GatewayDatagram[]; readonly logged: string[]; next(): Promise<GatewayDatagram> } {
  const heard: GatewayDatagram[] = [];
  const logged: string[] = [];
  let wake: () => void = () => {};
  const log: Log = { write: (_level, _area, line) => void logged.push(line) };
  const made = new HostGatewayLink({
    heard: (datagram) => {
      heard.push({ ...datagram, bytes: datagram.bytes.slice() });
      wake();
    },
    log,
  });
  open.push(made);
  return {
    link: made,
    heard,
    logged,
    async next() {
      if (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return heard.shift()!;
    },
  };
}

describe('the socket towards the router', () => {
  it('sends from our address, and tells which attempt an answer is of', async () => {
    const gateway = await router();
    const { link: ours, next } = link();
    ours.obey({ kind: 'send', socket: 7, gateway: GATEWAY, port: gateway.port, bytes: bytes('question') });
    const { text: asked, from } = await gateway.next();
    expect([asked, from.address]).toEqual(['question', LOOPBACK]);
    gateway.socket.send('answer', from.port, from.address);
    expect(await next()).toMatchObject({ socket: 7, from: { address: GATEWAY.address, port: gateway.port } });
  });

  it('is another one for another attempt, and hears nothing for the one before', async () => {
    const gateway = await router();
    const { link: ours, heard, next } = link();
    ours.obey({ kind: 'send', socket: 1, gateway: GATEWAY, port: gateway.port, bytes: bytes('one') });
    const first = await gateway.next();
    ours.obey({ kind: 'send', socket: 2, gateway: GATEWAY, port: gateway.port, bytes: bytes('two') });
    const second = await gateway.next();
    expect(second.from.port).not.toBe(first.from.port);
    gateway.socket.send('late', first.from.port, LOOPBACK);
    gateway.socket.send('answer', second.from.port, LOOPBACK);
    const answer = await next();
    expect([answer.socket, text(answer.bytes)]).toEqual([2, 'answer']);
    expect(heard).toEqual([]);
  });

  it('hears nobody but the gateway, and nothing too long', async () => {
    const [gateway, stranger] = [await router(), await router('127.0.0.2')];
    const { link: ours, heard, next } = link();
    ours.obey({ kind: 'send', socket: 1, gateway: GATEWAY, port: gateway.port, bytes: bytes('question') });
    const { from } = await gateway.next();
    stranger.socket.send('forged', from.port, LOOPBACK);
    gateway.socket.send(new Uint8Array(1_101), from.port, LOOPBACK);
    gateway.socket.send('answer', from.port, LOOPBACK);
    expect(text((await next()).bytes)).toBe('answer');
    expect(heard).toEqual([]);
  });

  it('sends what was given before it closes', async () => {
    const gateway = await router();
    const { link: ours } = link();
    ours.obey({ kind: 'send', socket: 1, gateway: GATEWAY, port: gateway.port, bytes: bytes('delete') });
    ours.obey({ kind: 'close' });
    expect((await gateway.next()).text).toBe('delete');
    ours.close();
  });

  it('outlives an address of ours that is gone, and takes the next attempt', async () => {
    const gateway = await router();
    const { link: ours, logged } = link();
    ours.obey({ kind: 'send', socket: 1, gateway: { ...GATEWAY, own: parseIp('192.0.2.77')! }, port: gateway.port, bytes: bytes('lost') });
    ours.obey({ kind: 'send', socket: 2, gateway: GATEWAY, port: gateway.port, bytes: bytes('found') });
    expect((await gateway.next()).text).toBe('found');
    expect(logged.join()).toContain('EADDRNOTAVAIL');
  });
});
