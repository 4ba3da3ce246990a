/** Relay connections in the hands of the packet thread, against real TLS servers on loopback: both ways, their bounds, and their ends. */
import type { Duplex } from 'node:stream';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { certificate, createTestRelayLink, node, openRelayDoor, SWITCH, type TestRelayLink } from '../../../tests/kit/relay-link.ts';
import type { PeerId } from '../../base/brand.ts';
import { Counters } from '../../ports/counters.ts';
import { LANE_FRAMES, type RelayLane, type RelayLaneEvent } from '../../ports/relay-lane.ts';
import { RelayRing } from '../../ports/relay-ring.ts';
import { instant } from '../../time/instant.ts';
import { DERP, DerpReader, DerpWriter } from '../../wire/derp.ts';
import { F_DUPFD_CLOEXEC } from '../../../native-bindings/linux/headers/poll.ts';
import { libc } from '../../../native-bindings/linux/index.ts';
import { WANTED_SUITE } from '../relay-link/traffic-secrets.ts';
import { LANES, RelayLanes } from './relay-lanes.ts';

const REGION = 7;
const ANNA = 3 as PeerId;
const keyOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const wireguard = (length: number, fill = 9): Uint8Array => Uint8Array.of(4, 0, 0, 0, ...new Uint8Array(length - 4).fill(fill));
/** Node's servers choose by their own order. */
const ONE_CIPHER = { ciphers: WANTED_SUITE };
const disco = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac, ...new Uint8Array(80));

interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

interface Scene {
  readonly test: TestRelayLink;
  readonly lanes: RelayLanes;
  /** The relay's end, once it is asked. */
  readonly relay: Duplex;
  /** Below the relay's TLS. */
  readonly wire: net.Socket;
  /** What the relay got. */
  readonly frames: Frame[];
  readonly told: RelayLaneEvent[];
  readonly packets: { readonly region: number; readonly peer: PeerId; readonly bytes: Uint8Array }[];
  /** What went by the event thread. */
  readonly byRing: { readonly region: number; readonly peer: PeerId }[];
  readonly descriptors: Int32Array;
  readonly counters: Counters;
  readonly ring: RelayRing;
  now: number;
  /** Turns of the packet thread, until this holds. */
  until(condition: () => boolean): Promise<void>;
}

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

/** One connection, handed over; Anna is known by the key of threes. */
async function scene(behave: (relay: Duplex) => void = () => {}): Promise<Scene> {
  const frames: Frame[] = [];
  const relays: Duplex[] = [];
  const door = await openRelayDoor(
    (socket) => {
      relays.push(socket);
      socket.write(SWITCH);
      behave(socket);
      const reader = new DerpReader();
      socket.on('data', (bytes: Buffer) => void reader.read(bytes, (type, payload) => frames.push({ type, payload: new Uint8Array(payload) }) > 0));
    },
    { tls: { ...certificate, ...ONE_CIPHER } },
  );
  const ring = new RelayRing();
  const counters = new Counters(8);
  const descriptors = new Int32Array(LANES).fill(-1);
  const told: RelayLaneEvent[] = [];
  const packets: Scene['packets'] = [];
  const lanes: RelayLanes = new RelayLanes({
    toRelays: ring,
    counters,
    tell: (event) => {
      told.push(event);
      test.link.lane(event);
    },
    packet: (region, peer, bytes) => void packets.push({ region, peer, bytes: new Uint8Array(bytes) }),
    watch: () => {},
    descriptors,
  });
  lanes.note({ kind: 'put-peer', peer: { id: ANNA, publicKey: keyOf(3), allowedIps: [], persistentKeepaliveMs: 0, roaming: 'chosen' } });
  const take = (lane: RelayLane): boolean => {
    lanes.obey({ kind: 'lane-open', lane: { ...lane, fd: libc().fcntl(lane.fd, F_DUPFD_CLOEXEC, 0) } });
    return true;
  };
  const test = createTestRelayLink({ carrier: { isThere: true, take, send: (command) => lanes.obey(command) } });
  closing.push(
    () => door.close(),
    () => test.link.close(),
    () => lanes.close(),
  );
  test.open([node(door.port)], { region: REGION });
  await test.next('opened');
  const wire = [...door.sockets].find((socket): socket is net.Socket => socket instanceof net.Socket && !(socket instanceof tls.TLSSocket));
  const byRing: Scene['byRing'] = [];
  const made: Scene = {
    test,
    lanes,
    relay: relays[0]!,
    wire: wire!,
    frames,
    told,
    packets,
    byRing,
    descriptors,
    counters,
    ring,
    now: 1_000,
    until: async (condition) => {
      for (const end = Date.now() + 10_000; !condition(); ) {
        if (Date.now() > end) throw new Error(`it did not come: ${JSON.stringify(told)}, ${packets.length} packets, ${frames.length} frames`);
        for (let place = 0; place < LANES; place++) lanes.serve(place);
        lanes.flush(instant(made.now));
        ring.take(10_000, (region, peer, bytes) => (peer === LANE_FRAMES ? test.link.frames(region, bytes) : void byRing.push({ region, peer })));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
  return made;
}

function frame(type: number, ...parts: Uint8Array[]): Uint8Array {
  const writer = new DerpWriter();
  writer.frame(type, ...parts);
  return writer.take()!;
}

/** The first frame of a stream is small. */
const GREETING = frame(DERP.serverKey, new Uint8Array(40));

describe('what a relay sends', () => {
  it('goes to the tunnel when it is WireGuard of a known peer, and up to the machine as it came else', async () => {
    const s = await scene();
    const up = [
      frame(DERP.serverInfo, new Uint8Array(60)),
      frame(DERP.recvPacket, keyOf(3), disco),
      frame(DERP.recvPacket, keyOf(4), wireguard(200)),
      frame(DERP.recvPacket, keyOf(3).subarray(0, 9)),
      frame(DERP.recvPacket, keyOf(3)),
      frame(DERP.pong, new Uint8Array(8)),
      frame(77, new Uint8Array(0)),
    ];
    s.relay.write(Buffer.concat([frame(DERP.recvPacket, keyOf(3), wireguard(148)), ...up, frame(DERP.recvPacket, keyOf(3), wireguard(32))]));
    await s.until(() => s.packets.length === 2);
    await s.until(() => Buffer.concat(s.test.events.flatMap((event) => (event.kind === 'data' ? [event.bytes] : []))).length === Buffer.concat(up).length);
    expect(s.packets).toEqual([148, 32].map((length) => ({ region: REGION, peer: ANNA, bytes: wireguard(length) })));
    expect(Buffer.concat(s.test.events.flatMap((event) => (event.kind === 'data' ? [event.bytes] : []))).equals(Buffer.concat(up))).toBe(true);
  });

  it('may have come with the answer to our request', async () => {
    const s = await scene((relay) => void relay.write(Buffer.concat([frame(DERP.recvPacket, keyOf(3), wireguard(99)), frame(DERP.keepAlive)])));
    await s.until(() => s.packets.length === 1);
    await s.until(() => s.test.events.some(({ kind }) => kind === 'data'));
  });

  it('arrives whole and in order, megabytes of it, wherever records are cut', async () => {
    const s = await scene();
    const sent = Array.from({ length: 3_000 }, (_, i) => wireguard(32 + ((i * 37) % 1_400), i & 255));
    const stream = Buffer.concat([GREETING, ...sent.map((packet) => frame(DERP.recvPacket, keyOf(3), packet))]);
    for (let at = 0, size = 1; at < stream.length; at += size, size = 1 + ((size * 7_919) % 40_000)) s.relay.write(stream.subarray(at, at + size));
    await s.until(() => s.packets.length === sent.length);
    expect(s.packets.every(({ bytes }, i) => Buffer.compare(bytes, sent[i]!) === 0)).toBe(true);
  });

  it('of others may fill half of the ring to the machine, and leaves room for its own frames', async () => {
    const s = await scene();
    const large = frame(DERP.recvPacket, keyOf(3), Uint8Array.of(...disco, ...new Uint8Array(1_300)));
    const own = frame(DERP.health, new Uint8Array(60_000));
    s.relay.write(Buffer.concat([GREETING, ...Array.from({ length: 2_000 }, () => large), own]));
    // Nobody empties the ring meanwhile.
    const waiting = (): number => s.counters.refusals()['relay: queue to relays full'] ?? 0;
    for (let quiet = 0, before = -1; quiet < 100; quiet = waiting() > 0 && waiting() === before ? quiet + 1 : 0) {
      before = waiting();
      s.lanes.serve(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await s.until(() => s.test.events.some((event) => event.kind === 'data' && event.bytes.length === own.length));
    expect(s.told.filter(({ kind }) => kind === 'lost')).toEqual([]);
  });
});

describe('a packet for a relay', () => {
  it('goes by the ring until the machine lets it pass, and again when it does no more', async () => {
    const s = await scene();
    const push = (): boolean => s.lanes.push(REGION, ANNA, wireguard(100));
    push();
    await s.until(() => s.byRing.length === 1);
    s.test.link.send({ kind: 'carry', generation: 1, on: true });
    push();
    await s.until(() => s.frames.length === 1);
    expect(s.frames[0]).toEqual({ type: DERP.sendPacket, payload: Uint8Array.of(...keyOf(3), ...wireguard(100)) });
    s.lanes.push(REGION + 1, ANNA, wireguard(100));
    s.lanes.push(REGION, 4 as PeerId, wireguard(100));
    await s.until(() => s.byRing.length === 3);
    s.test.link.send({ kind: 'carry', generation: 1, on: false });
    push();
    await s.until(() => s.byRing.length === 4);
    expect(s.frames).toHaveLength(1);
  });

  it('keeps its place among the frames of the machine, whose bytes are told when the system has them', async () => {
    const s = await scene();
    s.test.link.send({ kind: 'carry', generation: 1, on: true });
    s.lanes.push(REGION, ANNA, wireguard(40, 1));
    s.test.link.send({ kind: 'write', generation: 1, bytes: frame(DERP.ping, new Uint8Array(8)) });
    s.lanes.push(REGION, ANNA, Uint8Array.of(0, 0, ...wireguard(40, 2)), 2, 40);
    await s.until(() => s.frames.length === 3);
    expect(s.frames.map(({ type, payload }) => [type, payload.at(-1)])).toEqual([[DERP.sendPacket, 1], [DERP.ping, 0], [DERP.sendPacket, 2]]);
    expect(await s.test.next('written')).toEqual({ kind: 'written', generation: 1, bytes: 13 });
  });

  it('is refused when too much waits; all others arrive in order once the relay reads again', async () => {
    const s = await scene((relay) => void relay.pause());
    s.test.link.send({ kind: 'carry', generation: 1, on: true });
    s.test.link.send({ kind: 'write', generation: 1, bytes: GREETING });
    const sent: number[] = [];
    let refused = 0;
    for (let i = 0; refused < 100; i++) {
      const packet = wireguard(1_300);
      new DataView(packet.buffer).setUint32(8, i);
      if (s.lanes.push(REGION, ANNA, packet)) sent.push(i);
      else refused++;
      s.lanes.flush(instant(s.now));
      if (i > 100_000) throw new Error('there is no bound');
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    s.relay.resume();
    await s.until(() => s.frames.length === 1 + sent.length);
    expect(s.frames.slice(1).map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint32(32 + 8))).toEqual(sent);
  });

  it('is told of once a second at most, with whom was heard', async () => {
    const s = await scene();
    const carried = (): RelayLaneEvent[] => s.told.filter(({ kind }) => kind === 'carried');
    s.test.link.send({ kind: 'carry', generation: 1, on: true });
    s.lanes.push(REGION, ANNA, wireguard(100));
    await s.until(() => carried().length === 1);
    s.relay.write(frame(DERP.recvPacket, keyOf(3), wireguard(100)));
    await s.until(() => s.packets.length === 1);
    expect(carried()).toEqual([{ kind: 'carried', generation: 1, sent: true, heard: [] }]);
    s.now += 1_000;
    await s.until(() => carried().length === 2);
    expect(carried()[1]).toEqual({ kind: 'carried', generation: 1, sent: false, heard: [keyOf(3)] });
    s.now += 60_000;
    s.lanes.flush(instant(s.now));
    expect(carried()).toHaveLength(2);
  });
});

describe('the end', () => {
  const lost = (s: Scene): RelayLaneEvent[] => s.told.filter(({ kind }) => kind === 'lost');

  it('comes when the relay closes, and the descriptor is closed', async () => {
    const s = await scene();
    expect(s.descriptors[0]).toBeGreaterThanOrEqual(0);
    s.test.link.send({ kind: 'carry', generation: 1, on: true });
    s.relay.end();
    await s.until(() => lost(s).length === 1);
    expect(lost(s)).toEqual([{ kind: 'lost', generation: 1, code: undefined }]);
    expect(s.descriptors[0]).toBe(-1);
    expect(s.lanes.used).toBe(0);
    s.lanes.push(REGION, ANNA, wireguard(100));
    await s.until(() => s.byRing.length === 1);
  });

  it('comes when the connection breaks', async () => {
    const s = await scene();
    s.wire.resetAndDestroy();
    await s.until(() => lost(s).length === 1);
    expect(lost(s)).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it.each([
    ['a record that nobody sealed with our key', Uint8Array.of(23, 3, 3, 0, 40, ...new Uint8Array(40))],
    ['bytes that are no record', new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('comes with %s, of which nothing is believed', async (_what, bytes) => {
    const s = await scene();
    s.wire.write(bytes);
    await s.until(() => lost(s).length === 1);
    expect(lost(s)).toMatchObject([{ code: 'TLS_RECORD' }]);
    expect(s.packets).toEqual([]);
  });

  it('comes with a frame larger than any is', async () => {
    const s = await scene();
    s.relay.write(frame(DERP.keepAlive));
    s.relay.write(Uint8Array.of(DERP.recvPacket, 0xff, 0xff, 0xff, 0xff));
    await s.until(() => lost(s).length === 1);
    expect(lost(s)).toMatchObject([{ code: 'EPROTO' }]);
  });

  it('comes at once to a connection for which there is no place', async () => {
    const s = await scene();
    const keys = { key: new Uint8Array(32), iv: new Uint8Array(12), sequence: 0 };
    const open = (generation: number): void => s.lanes.obey({ kind: 'lane-open', lane: { generation, region: 1, fd: libc().open('/dev/null', 2), read: keys, write: keys, sealed: new Uint8Array(0), plain: new Uint8Array(0) } });
    for (let i = 1; i <= LANES; i++) open(100 + i);
    expect(lost(s)).toEqual([{ kind: 'lost', generation: 100 + LANES, code: 'EMFILE' }]);
  });
});
