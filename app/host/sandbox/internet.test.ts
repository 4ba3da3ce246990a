/** The sandbox's internet with plain sockets: what each kind of NAT lets through, and the faults. */
import dgram from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { isReject } from '../../base/reject.ts';
import { EASY_NAT, HARD_NAT } from '../../sim/mesh/nat.ts';
import { instant } from '../../time/instant.ts';
import { decodeStunResponse, encodeStunRequest } from '../../wire/stun.ts';
import { LoopbackInternet } from './internet.ts';

/** A host: a socket, and what came to it. */
class Host {
  readonly socket = dgram.createSocket('udp4');
  readonly heard: { readonly text: string; readonly from: number }[] = [];
  seen: number | undefined;

  async open(): Promise<number> {
    this.socket.on('message', (bytes, from) => {
      const stun = decodeStunResponse(bytes);
      if (isReject(stun)) this.heard.push({ text: bytes.toString(), from: from.port });
      else this.seen = stun.seen.port;
    });
    await new Promise<void>((resolve) => this.socket.bind(0, '127.0.0.1', resolve));
    return this.socket.address().port;
  }

  send(text: string | Uint8Array, port: number): void {
    this.socket.send(text, port, '127.0.0.1');
  }
}

let now = 0;
let net: LoopbackInternet;
const hosts = new Map<string, Host>();
const host = (name: string): Host => hosts.get(name)!;

async function join(name: string, shape: typeof EASY_NAT): Promise<void> {
  const made = new Host();
  hosts.set(name, made);
  net.add(name, shape);
  net.bound(name, await made.open());
}

/** What loopback carries arrives within this. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

/** Where the world sees this host when it asks. */
async function whereSeen(name: string, server = 0): Promise<number> {
  host(name).seen = undefined;
  host(name).send(encodeStunRequest(new Uint8Array(12).fill(5)), net.stunPorts[server]!);
  await settle();
  return host(name).seen!;
}

beforeEach(async () => {
  now = 1_000;
  net = await LoopbackInternet.open({ now: () => instant(now), rng: createSeededRng(4) });
});
afterEach(() => {
  net.close();
  for (const { socket } of hosts.values()) socket.close();
  hosts.clear();
});

describe('the internet of the sandbox', () => {
  it('opens a way between two easy NATs once both have sent', async () => {
    await join('a', EASY_NAT);
    await join('b', EASY_NAT);
    const [a, b] = [await whereSeen('a'), await whereSeen('b')];
    expect(new Set([a, b, host('a').socket.address().port, host('b').socket.address().port]).size).toBe(4);
    host('a').send('knock', b);
    await settle();
    expect(host('b').heard).toEqual([]);
    host('b').send('hello', a);
    await settle();
    expect(host('a').heard).toEqual([{ text: 'hello', from: b }]);
    host('a').send('hello too', b);
    await settle();
    expect(host('b').heard).toEqual([{ text: 'hello too', from: a }]);
  });

  it('opens none between an easy and a hard one, whoever sends first', async () => {
    await join('a', EASY_NAT);
    await join('b', HARD_NAT);
    const [a, b] = [await whereSeen('a'), await whereSeen('b')];
    for (let i = 0; i < 3; i++) {
      host('a').send('knock', b);
      host('b').send('knock', a);
      await settle();
    }
    expect([...host('a').heard, ...host('b').heard]).toEqual([]);
  });

  it('shows a host behind an easy NAT at one port to two servers, and answers one behind a hard NAT at the first alone', async () => {
    await join('a', EASY_NAT);
    await join('b', HARD_NAT);
    expect(await whereSeen('a', 1)).toBe(await whereSeen('a', 0));
    expect(await whereSeen('b', 0)).toBeDefined();
    expect(await whereSeen('b', 1)).toBeUndefined();
  });

  it('lets nothing in that nobody asked for, and nothing from a socket that it does not know', async () => {
    await join('a', EASY_NAT);
    const a = await whereSeen('a');
    const stranger = new Host();
    hosts.set('stranger', stranger);
    await stranger.open();
    stranger.send('spam', a);
    await settle();
    expect(host('a').heard).toEqual([]);
  });

  it('shows a host elsewhere after its NAT was rebooted, and ends the ways it had', async () => {
    await join('a', EASY_NAT);
    await join('b', EASY_NAT);
    const [a, b] = [await whereSeen('a'), await whereSeen('b')];
    host('a').send('x', b);
    host('b').send('x', a);
    await settle();
    net.reboot('a');
    host('a').heard.length = 0;
    host('b').send('lost', a);
    await settle();
    expect(host('a').heard).toEqual([]);
    expect(await whereSeen('a')).not.toBe(a);
  });

  it('a firewall stops one host, and a cut cable all, each for its time', async () => {
    await join('a', EASY_NAT);
    await join('b', EASY_NAT);
    net.block('a', 10_000);
    expect(await whereSeen('a')).toBeUndefined();
    expect(await whereSeen('b')).toBeDefined();
    net.cut(20_000);
    expect(await whereSeen('b')).toBeUndefined();
    now += 20_000;
    expect(await whereSeen('a')).toBeDefined();
    expect(await whereSeen('b')).toBeDefined();
  });

  it('follows a host to its new socket', async () => {
    await join('a', EASY_NAT);
    const before = await whereSeen('a');
    const again = new Host();
    host('a').socket.close();
    hosts.set('a', again);
    net.bound('a', await again.open());
    expect(await whereSeen('a')).not.toBe(before);
  });
});
