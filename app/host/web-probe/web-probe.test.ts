/** The web probes of netcheck against servers on loopback: what counts as an answer, what is a portal, and what is bounded. */
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { authority, openRelayDoor, RELAY, type DoorOptions, type RelayDoor } from '../../../tests/kit/relay-link.ts';
import { formatIp, parseIp } from '../../base/ip.ts';
import type { WebProbe } from '../tailnet-host.ts';
import { WebProber, type WebProberInit } from './web-probe.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

async function door(behave: (socket: Duplex, request: string) => void, options: DoorOptions = {}): Promise<RelayDoor> {
  const opened = await openRelayDoor(behave, options);
  closing.push(() => opened.close());
  return opened;
}

const answer = (text: string) => (socket: Duplex) => void socket.write(text);
const prober = (init: Partial<WebProberInit> = {}): WebProber => new WebProber({ store: createMemoryStore(), log: { write: () => {} }, environment: {}, roots: () => [authority.cert], lookup: async () => ['127.0.0.1'], ...init });
const probe = (form: WebProbe['form'], port: number, more: Partial<WebProbe> = {}): WebProbe => ({ kind: 'web-probe', id: 1, form, host: RELAY, address: parseIp('127.0.0.1'), port, withinMs: 2_000, ...more });
const NONE = { latencyMs: undefined, portal: false };

describe('the latency of a relay over HTTPS', () => {
  it('is the time of one request, without that of connecting', async () => {
    const at = await door((socket) => void setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), 50));
    const { latencyMs, portal } = await prober().probe(probe('latency', at.port));
    expect(latencyMs).toBeGreaterThan(40);
    expect(portal).toBe(false);
    expect(at.asked[0]).toMatch(/^GET \/derp\/latency-check HTTP\/1.1\r$/m);
  });

  it('is none where another answers, or nobody, or not in time', async () => {
    const elsewhere = await door(answer('HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\nContent-Length: 0\r\n\r\n'));
    const stranger = await door(answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), { tls: authority.issue('portal.test') });
    const silent = await door(() => {});
    const garbage = await door(answer('hello\r\n\r\n'));
    const switches = await door(answer('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'));
    for (const { port } of [elsewhere, stranger, silent, garbage, switches, { port: 1 }]) expect(await prober().probe(probe('latency', port, { withinMs: 200 }))).toEqual(NONE);
  });

  it('leaves no connection behind', async () => {
    const at = await door(() => {});
    await prober().probe(probe('latency', at.port, { withinMs: 100 }));
    await new Promise((done) => setTimeout(done, 50));
    expect(at.sockets.size).toBe(0);
  });
});

describe('a captive portal', () => {
  const honest = `HTTP/1.1 204 No Content\r\nX-Tailscale-Response: response ts_${RELAY}\r\n\r\n`;

  it('is none where the relay answers the challenge', async () => {
    const at = await door(answer(honest), { tls: undefined });
    expect(await prober({ environment: { HTTP_PROXY: 'http://127.0.0.1:1' } }).probe(probe('portal', at.port))).toMatchObject({ portal: false });
    expect(at.asked[0]).toMatch(new RegExp(`^X-Tailscale-Challenge: ts_${RELAY}\r$`, 'm'));
    expect(at.asked[0]).toMatch(/^GET \/generate_204\?t=\d+ HTTP\/1.1\r$/m);
  });

  it.each([
    ['a page', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlogin'],
    ['a redirect, which is not followed', 'HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\nContent-Length: 0\r\n\r\n'],
    ['204 without the answer to the challenge', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['the answer to another challenge', 'HTTP/1.1 204 No Content\r\nX-Tailscale-Response: response ts_other\r\n\r\n'],
  ])('is who answers with %s', async (_what, text) => {
    const at = await door(answer(text), { tls: undefined });
    expect(await prober().probe(probe('portal', at.port))).toMatchObject({ portal: true });
    expect(at.asked).toHaveLength(1);
  });

  it('is not concluded from silence', async () => {
    expect(await prober().probe(probe('portal', 1))).toEqual(NONE);
    const silent = await door(() => {}, { tls: undefined });
    expect(await prober().probe(probe('portal', silent.port, { withinMs: 100 }))).toEqual(NONE);
  });
});

describe('a look-up', () => {
  it('gives addresses, or none, and never rejects', async () => {
    expect((await prober({ lookup: async () => ['127.0.0.1', '::1'] }).resolve(RELAY)).map(formatIp)).toEqual(['127.0.0.1', '::1']);
    expect(await prober({ lookup: () => Promise.reject(new Error('no')) }).resolve(RELAY)).toEqual([]);
  });

  it('of one name that is under way is not begun again', async () => {
    let asked = 0;
    const names = prober({ lookup: () => (asked++, Promise.resolve(['127.0.0.1'])) });
    await Promise.all([names.resolve(RELAY), names.resolve(RELAY), names.resolve('other.test')]);
    expect(asked).toBe(2);
  });
});
