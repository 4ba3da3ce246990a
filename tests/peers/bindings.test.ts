/** The Linux bindings against this kernel: sockets on loopback, a TUN device, rtnetlink. Needs root; leaves nothing behind. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseIp, parsePrefix } from '../../app/base/ip.ts';
import { RouteSocket } from '../../app/host/linux-net/route-socket.ts';
import type { Route, RouteType } from '../../app/wire/rtnetlink.ts';
import { POLLFD, POLLIN } from '../../native-bindings/linux/headers/poll.ts';
import { AF_INET, CMSGHDR, cmsgLength, cmsgSpace, IOVEC, MSG_DONTWAIT, MSGHDR, SOCKADDR_IN, SOL_UDP, UDP_GRO, UDP_SEGMENT } from '../../native-bindings/linux/headers/socket.ts';
import { Bell, closeUdp, createNativeMemory, errno, errnoName, libc, missingForTunnel, openEvent, openTun, openUdp, putPointer, SystemError, type TunDevice } from '../../native-bindings/linux/index.ts';

const TABLE = 51_877;

it('nothing is missing here', () => expect(missingForTunnel()).toBeUndefined());

describe('system calls', () => {
  it('a failure is known by its errno', () => {
    expect(libc().close(-1)).toBe(-1);
    expect(errnoName(errno())).toBe('EBADF');
    expect([11, 95, 22, 4_000].map(errnoName)).toEqual(['EAGAIN', 'EOPNOTSUPP', 'EINVAL', 'errno 4000']);
  });

  it('a bell rings a poll once', () => {
    const bell = new Bell(openEvent());
    const { view, base } = createNativeMemory(64);
    view.setInt32(POLLFD.fd, bell.fd, true);
    view.setInt16(POLLFD.events, POLLIN, true);
    expect(libc().poll(base, 1, 0)).toBe(0);
    bell.ring();
    bell.ring();
    expect(libc().poll(base, 1, 0)).toBe(1);
    expect(view.getInt16(POLLFD.revents, true)).toBe(POLLIN);
    bell.clear();
    expect(libc().poll(base, 1, 0)).toBe(0);
    libc().close(bell.fd);
  });
});

describe('UDP', () => {
  it('both families share a port; a second socket on it is refused by name', () => {
    const pair = openUdp({ port: 0, mark: 7 });
    try {
      expect(pair.v6?.port).toBe(pair.port);
      expect([pair.v4.gso, pair.v4.gro, pair.v6?.gso, pair.v6?.gro]).toEqual([true, true, true, true]);
      expect(() => openUdp({ port: pair.port })).toThrow(/^bind UDP\/IPv4 port \d+: EADDRINUSE$/);
    } finally {
      closeUdp(pair);
    }
  });

  it('one send of three and a half segments arrives as one receive that says its segment size', () => {
    const from = openUdp({ port: 0 });
    const to = openUdp({ port: 0 });
    const { bytes, view, base } = createNativeMemory(65_536);
    const [MSG, IOV, NAME, CONTROL, DATA] = [0, 64, 96, 128, 1_024];
    try {
      view.setUint16(NAME + SOCKADDR_IN.family, AF_INET, true);
      view.setUint16(NAME + SOCKADDR_IN.port, to.port);
      bytes.set([127, 0, 0, 1], NAME + SOCKADDR_IN.address);
      for (let i = 0; i < 3_500; i++) bytes[DATA + i] = i * 7;
      const sent = bytes.slice(DATA, DATA + 3_500);
      putPointer(view, MSG + MSGHDR.name, base + NAME);
      view.setUint32(MSG + MSGHDR.nameLength, SOCKADDR_IN.size, true);
      putPointer(view, MSG + MSGHDR.iov, base + IOV);
      putPointer(view, MSG + MSGHDR.iovLength, 1);
      putPointer(view, MSG + MSGHDR.control, base + CONTROL);
      putPointer(view, MSG + MSGHDR.controlLength, cmsgSpace(2));
      putPointer(view, IOV + IOVEC.base, base + DATA);
      putPointer(view, IOV + IOVEC.length, 3_500);
      putPointer(view, CONTROL + CMSGHDR.length, cmsgLength(2));
      view.setInt32(CONTROL + CMSGHDR.level, SOL_UDP, true);
      view.setInt32(CONTROL + CMSGHDR.type, UDP_SEGMENT, true);
      view.setUint16(CONTROL + CMSGHDR.data, 1_000, true);
      expect(libc().sendmsg(from.v4.fd, base, 0)).toBe(3_500);
      bytes.fill(0, DATA, DATA + 3_500);
      bytes.fill(0, CONTROL, CONTROL + 64);
      putPointer(view, MSG + MSGHDR.controlLength, 64);
      putPointer(view, IOV + IOVEC.length, 60_000);
      expect(libc().recvmsg(to.v4.fd, base, MSG_DONTWAIT)).toBe(3_500);
      expect(bytes.slice(DATA, DATA + 3_500)).toEqual(sent);
      expect([view.getInt32(CONTROL + CMSGHDR.level, true), view.getInt32(CONTROL + CMSGHDR.type, true)]).toEqual([SOL_UDP, UDP_GRO]);
      expect(view.getInt32(CONTROL + CMSGHDR.data, true)).toBe(1_000);
      expect(view.getUint16(NAME + SOCKADDR_IN.port)).toBe(from.port);
    } finally {
      closeUdp(from);
      closeUdp(to);
    }
  });
});

describe('TUN and rtnetlink', () => {
  let routes: RouteSocket;
  let tun: TunDevice | undefined;
  beforeAll(() => void (routes = new RouteSocket()));
  afterEach(() => {
    if (tun !== undefined) libc().close(tun.fd);
    tun = undefined;
  });
  afterAll(() => routes.close());
  const open = (): TunDevice => (tun = openTun('bowl-t%d'));

  it('opens with all offloads, or with fewer where asked', () => {
    expect(open()).toMatchObject({ name: expect.stringMatching(/^bowl-t\d+$/), offload: 'tcp and udp' });
    for (const offload of ['tcp', 'none'] as const) {
      libc().close(tun!.fd);
      tun = openTun('bowl-t%d', [offload]);
      expect(tun.offload).toBe(offload);
    }
  });

  it('a name in use is refused by name', () => {
    const device = open();
    expect(() => openTun(device.name)).toThrow(`ioctl TUNSETIFF ${device.name}: EBUSY`);
    expect(() => openTun('a/b')).toThrow('no slash');
  });

  it('sets MTU and state of a link', () => {
    const { ifindex, name } = open();
    routes.setLink(ifindex, { mtu: 1_280, up: true });
    expect(routes.link(name)).toEqual({ ifindex, name, mtu: 1_280, up: true });
    routes.setLink(ifindex, { up: false });
    expect(routes.links().find((l) => l.ifindex === ifindex)).toEqual({ ifindex, name, mtu: 1_280, up: false });
    expect(() => routes.link('bowl-none')).toThrow(/^get link bowl-none: ENODEV/);
    expect(() => routes.setLink(ifindex, { mtu: 1 })).toThrow(new RegExp(`^set link ${ifindex} mtu 1: EINVAL \\(mtu less than device minimum\\)$`));
  });

  it('adds, lists and deletes addresses, once each', () => {
    const { ifindex } = open();
    routes.setLink(ifindex, { up: true });
    for (const [text, bits] of [['10.77.0.1', 24], ['fd77::1', 64]] as const) {
      const address = { ifindex, address: parseIp(text)!, bits };
      routes.address('add', address);
      expect(routes.addresses()).toContainEqual(address);
      expect(() => routes.address('add', address)).toThrow(new RegExp(`^add address ${text}/${bits} on link ${ifindex}: EEXIST`));
      routes.address('delete', address);
      expect(routes.addresses()).not.toContainEqual(address);
      expect(() => routes.address('delete', address)).toThrow(': EADDRNOTAVAIL');
    }
  });

  it('adds, replaces, lists and deletes routes of each kind', () => {
    const { ifindex } = open();
    routes.setLink(ifindex, { up: true });
    const all: (Route & { type: RouteType })[] = [
      { destination: parsePrefix('10.78.0.0/16')!, type: 'unicast', table: TABLE, scope: 253, metric: 5, oif: ifindex },
      { destination: parsePrefix('0.0.0.0/0')!, type: 'unicast', table: TABLE, scope: 253, metric: 9, oif: ifindex },
      { destination: parsePrefix('fd78::/32')!, type: 'unicast', table: TABLE, scope: 0, metric: 5, oif: ifindex },
      { destination: parsePrefix('10.79.0.0/16')!, type: 'throw', table: TABLE, scope: 0, metric: 3 },
      { destination: parsePrefix('10.80.0.0/16')!, type: 'blackhole', table: TABLE, scope: 0, metric: 3 },
    ];
    const listed = (r: Route): Route | undefined =>
      routes.routes().find((x) => x.table === TABLE && x.destination.bits === r.destination.bits && x.destination.address.w3 === r.destination.address.w3 && x.destination.address.w0 === r.destination.address.w0);
    for (const r of all) {
      routes.route('add', r);
      expect(listed(r)).toMatchObject({ type: r.type, metric: r.metric, ...(r.oif === undefined ? {} : { oif: r.oif }) });
      expect(() => routes.route('add', r)).toThrow(': EEXIST');
      routes.route('replace', r);
      routes.route('delete', r);
      expect(listed(r)).toBeUndefined();
      expect(() => routes.route('delete', r)).toThrow(': ESRCH');
    }
  });

  it('adds, lists and deletes rules', () => {
    for (const family of [4, 6] as const) {
      const rules = [
        { family, priority: 29_001, table: TABLE, fwmark: TABLE, fwmask: 0xffff_ffff, invert: true, suppressPrefixLength: undefined },
        { family, priority: 29_000, table: 254, fwmark: undefined, fwmask: undefined, invert: false, suppressPrefixLength: 0 },
      ];
      for (const rule of rules) {
        routes.rule('add', rule);
        try {
          expect(routes.rules()).toContainEqual(rule);
          expect(() => routes.rule('add', rule)).toThrow(`add rule IPv${family} priority ${rule.priority} table ${rule.table}: EEXIST`);
        } finally {
          routes.rule('delete', rule);
        }
        expect(routes.rules()).not.toContainEqual(rule);
      }
    }
  });

  it('an error is a SystemError with its parts', () => {
    try {
      routes.route('delete', { destination: parsePrefix('10.99.0.0/16')!, type: 'unicast', table: TABLE, scope: 0 });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SystemError);
      expect(error).toMatchObject({ call: 'delete route', code: 'ESRCH', object: `10.99.0.0/16 table ${TABLE}` });
    }
  });
});
