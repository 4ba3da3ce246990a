/**
 * One end of a benchmark's tunnel: a TUN device and the fast packet worker with one peer, without node or API. Started
 * inside a namespace with one JSON argument; prints "ready" when traffic may flow; ends with its standard input.
 */
import { parseEndpoint, parseIp, parsePrefix } from '../../app/base/ip.ts';
import type { PeerId } from '../../app/base/brand.ts';
import { HostClock } from '../../app/host/clock.ts';
import { inFastWorker } from '../../app/host/linux-fast/fast-link.ts';
import { RouteSocket } from '../../app/host/linux-net/route-socket.ts';
import { WakeUps } from '../../app/host/wake-ups.ts';
import { Counters, countersBytes } from '../../app/ports/counters.ts';
import { instant, wallTime } from '../../app/time/instant.ts';
import { openTun } from '../../native-bindings/linux/index.ts';

export interface OneEnd {
  readonly device: string;
  readonly port: number;
  readonly mtu: number;
  /** Base64. */
  readonly privateKey: string;
  readonly peerKey: string;
  readonly peerEndpoint: string;
  /** ADDRESS/BITS of this end. */
  readonly addresses: readonly string[];
  readonly allowedIps: readonly string[];
}

const end = JSON.parse(process.argv[2] ?? '') as OneEnd;
const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));
const tun = openTun(end.device);
const routes = new RouteSocket();
const addresses = end.addresses.map((text) => {
  const [address, bits] = text.split('/');
  return { ifindex: tun.ifindex, address: parseIp(address!)!, bits: Number(bits) };
});
for (const address of addresses) routes.address('add', address);
routes.setLink(tun.ifindex, { mtu: end.mtu, up: true });
const allowed = end.allowedIps.map((text) => parsePrefix(text)!);
for (const destination of allowed) routes.route('add', { destination, type: 'unicast', table: 254, scope: destination.address.family === 4 ? 253 : 0, oif: tun.ifindex });
routes.close();

const counters = new Counters(4, new SharedArrayBuffer(countersBytes(4)));
const wakeUps = new WakeUps(WakeUps.shared());
const clock = new HostClock();
const start = inFastWorker({ tun: { fd: tun.fd, mtu: end.mtu, offload: tun.offload }, peers: 4, counters, clock, wakeUps });
const thread = await start(end.port, {
  facts: (facts) => facts.forEach((fact) => fact.kind !== 'session' && console.error(end.device, JSON.stringify(fact))),
  slept: () => {},
  ended: (why) => {
    console.error(why);
    process.exit(1);
  },
});
const now = clock.now();
thread.send([
  { kind: 'wall-clock', at: instant(now), wall: wallTime(Date.now()) },
  { kind: 'identity', privateKey: bytes(end.privateKey), addresses: addresses.map((a) => a.address), mtu: end.mtu },
  {
    kind: 'put-peer',
    peer: { id: 0 as PeerId, publicKey: bytes(end.peerKey), endpoint: parseEndpoint(end.peerEndpoint)!, allowedIps: allowed, persistentKeepaliveMs: 0, roaming: 'follow' },
  },
]);
console.log('ready', tun.offload);
process.stdin.resume();
process.stdin.on('end', () => {
  void thread.stop().then(() => {
    console.log(JSON.stringify({ refused: counters.refusals(), wakeUps: wakeUps.all(), rx: counters.read(0 as PeerId, 'rxBytes'), tx: counters.read(0 as PeerId, 'txBytes') }));
    process.exit(0);
  });
});
