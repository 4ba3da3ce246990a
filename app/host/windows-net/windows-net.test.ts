/** Windows' adapter and sockets, on a driver played in this process: packets both ways, an adapter that goes, and what is loaded. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBatch, pushPacket } from '../../base/batch.ts';
import { parseIp, parsePrefix } from '../../base/ip.ts';
import { Counters } from '../../ports/counters.ts';
import type { OsRoute } from '../../ports/os-network.ts';
import { tunCompliance } from '../../../tests/compliance/tun.ts';
import { FakeWintun } from '../../../tests/doubles/fake-wintun.ts';
import { loadWintun } from '../../../native-bindings/windows/wintun.ts';
import { openAdapter } from './adapter.ts';
import { bestOther } from './best-other.ts';
import { wintunFile } from './wintun-file.ts';
import { openWintunTun } from './wintun-tun.ts';

const near = (driver: FakeWintun, mtu = 1_420) => ({ system: 'windows', file: 'wintun.dll', mtu, adapter: driver.shared } as const);

describe('the adapter as a Tun', () => {
  tunCompliance((mtu) => {
    const driver = new FakeWintun();
    const counters = new Counters(1);
    const tun = openWintunTun(near(driver, mtu), counters, driver.means());
    return { near: tun, counters, far: driver.far(mtu), close: () => tun.close() };
  });

  it('gives every packet back to the driver that it took from it', () => {
    const driver = new FakeWintun();
    const tun = openWintunTun(near(driver), new Counters(1), driver.means());
    for (let i = 0; i < 50; i++) driver.far(1_420).send(new Uint8Array(60 + i));
    driver.far(9_000).send(new Uint8Array(2_000));
    const batch = createBatch(8, 1_420);
    let got = 0;
    while (tun.read(batch) > 0) got += batch.count;
    expect([got, driver.held]).toEqual([50, 0]);
  });

  it('that is gone is neither read nor written, and goes on with another in its place', () => {
    const driver = new FakeWintun();
    const counters = new Counters(1);
    const tun = openWintunTun(near(driver), counters, driver.means());
    const batch = createBatch(4, 1_420);
    driver.gone();
    expect(tun.read(batch)).toBe(0);
    const calls = driver.calls;
    pushPacket(batch, new Uint8Array(40), -1);
    expect([tun.read(batch), tun.write(batch), driver.calls]).toEqual([0, 0, calls]);
    driver.again();
    tun.replaced!();
    driver.far(1_420).send(new Uint8Array(40));
    expect(tun.read(batch)).toBe(1);
    tun.close();
    expect(driver.watched).toBe(0);
  });
});

describe('opening the adapter', () => {
  const net = { ConvertInterfaceLuidToIndex: (_: number, index: number) => FakeWintun.put(index, 9) };

  it('tells index and session to the packet thread, also of one that takes its place', () => {
    const driver = new FakeWintun();
    const adapter = openAdapter('bowline0', driver, { wintun: driver, net, lastError: () => 0 });
    const words = new BigInt64Array(adapter.shared);
    const first = [...words];
    expect(adapter).toMatchObject({ name: 'bowline0', ifindex: 9 });
    adapter.reopen('bowline0');
    expect(words[0]).not.toBe(first[0]);
    // A thread may be in the middle of a call with the first.
    expect(driver.ended).toEqual([]);
    adapter.close();
    expect(driver.ended).toHaveLength(1);
  });

  it('that the driver refuses says why, and leaves no adapter behind', () => {
    const driver = new FakeWintun();
    driver.refuses = 'session';
    expect(() => openAdapter('bowline0', driver, { wintun: driver, net, lastError: () => 5 })).toThrow('WintunStartSession bowline0: Windows error 5');
    expect(driver.open).toBe(0);
    driver.refuses = 'adapter';
    expect(() => openAdapter('bowline0', driver, { wintun: driver, net, lastError: () => 5 })).toThrow('WintunCreateAdapter bowline0: Windows error 5');
  });
});

describe('wintun.dll', () => {
  it('is taken from our own folder alone, and only as it was signed', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wintun-'));
    const place = path.join(folder, 'wintun', 'x64');
    const right = createHash('sha256').update('right').digest('hex');
    try {
      expect(wintunFile('x64', folder, right)).toMatchObject({ ok: false, lack: 'file', sentence: expect.stringContaining('(ENOENT)') });
      fs.mkdirSync(place, { recursive: true });
      fs.writeFileSync(path.join(place, 'wintun.dll'), 'wrong');
      expect(wintunFile('x64', folder, right)).toMatchObject({ ok: false, lack: 'file', sentence: expect.stringContaining('is not loaded') });
      fs.writeFileSync(path.join(place, 'wintun.dll'), 'right');
      expect(wintunFile('x64', folder, right)).toEqual({ ok: true, file: path.join(place, 'wintun.dll') });
      expect(wintunFile('ia32', folder)).toMatchObject({ ok: false, lack: 'processor' });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('is never looked for in the folders that Windows searches', () => expect(() => loadWintun('wintun.dll')).toThrow('wintun.dll is no absolute path'));
});

describe('the way of our own datagrams', () => {
  const route = (prefix: string, link: number, metric = 0): OsRoute => ({ family: prefix.includes(':') ? 6 : 4, table: 254, prefix: parsePrefix(prefix)!, type: 'unicast', link, gateway: undefined, metric, source: undefined, protocol: undefined });
  const TUNNEL = 9;
  const ROUTES = [route('0.0.0.0/0', TUNNEL), route('0.0.0.0/0', 2, 25), route('0.0.0.0/0', 3, 50), route('192.0.2.0/24', TUNNEL), route('10.1.0.0/16', 3, 300), route('::/0', TUNNEL)];
  it.each([
    ['198.51.100.7', 2],
    ['192.0.2.7', 2],
    ['10.1.2.3', 3],
    ['2001:db8::1', undefined],
  ])('to %s is by interface %s, never by the tunnel', (to, link) => expect(bestOther(ROUTES, parseIp(to)!, TUNNEL)).toBe(link));
});
