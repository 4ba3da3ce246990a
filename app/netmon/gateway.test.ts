/** Whom to ask for a port: the router of the default route, and our own address beside it. */
import { describe, expect, it } from 'vitest';
import { formatIp, parseIp } from '../base/ip.ts';
import { SimOs } from '../sim/sim-os.ts';
import { underlayOf } from './underlay.ts';

/** `GATEWAY from OWN`. The last device is the tunnel's. */
function gatewayIn(prepare: (os: SimOs) => void): string | undefined {
  const os = new SimOs(() => {});
  prepare(os);
  const own = os.addLink('mesh0', 'tunnel');
  os.addRoute(os.route('0.0.0.0/0', own, { metric: 1 }));
  const { gateway } = underlayOf(os.snapshot(), own, 'linux');
  return gateway === undefined ? undefined : `${formatIp(gateway.address)} from ${formatIp(gateway.own)}`;
}
const via = (text: string, more: object = {}): object => ({ gateway: parseIp(text)!, ...more });

describe('the gateway', () => {
  it('is that of the default route, seen from our address in its subnet', () => {
    const found = gatewayIn((os) => {
      const eth = os.addLink('eth0');
      os.addAddress(eth, '10.9.9.9');
      os.addAddress(eth, '192.168.1.7');
      os.addRoute(os.route('0.0.0.0/0', eth, via('192.168.1.1')));
      os.addRoute(os.route('10.0.0.0/8', eth, via('192.168.1.2')));
    });
    expect(found).toBe('192.168.1.1 from 192.168.1.7');
  });

  it('is that of the better of two, and of the source that the route names', () => {
    const found = gatewayIn((os) => {
      const [eth, wifi] = [os.addLink('eth0'), os.addLink('wlan0')];
      os.addAddress(eth, '192.168.1.7');
      os.addAddress(wifi, '192.168.2.7');
      os.addAddress(wifi, '192.168.2.8');
      os.addRoute(os.route('0.0.0.0/0', eth, via('192.168.1.1', { metric: 600 })));
      os.addRoute(os.route('0.0.0.0/0', wifi, via('192.168.2.1', { metric: 100, source: parseIp('192.168.2.8')! })));
    });
    expect(found).toBe('192.168.2.1 from 192.168.2.8');
  });

  it.each([
    ['a route of another table', 'eth0', '0.0.0.0/0', via('192.168.1.1', { table: 52 })],
    ['a route over a tunnel', 'wg0', '0.0.0.0/0', via('192.168.1.1')],
    ['a route without a gateway', 'eth0', '0.0.0.0/0', {}],
    ['a route to half of everything', 'eth0', '0.0.0.0/1', via('192.168.1.1')],
  ] as const)('is nobody by %s', (_, name, to, more) => {
    const found = gatewayIn((os) => {
      const link = os.addLink(name);
      os.addAddress(link, '192.168.1.7');
      os.addRoute(os.route(to, link, more));
    });
    expect(found).toBeUndefined();
  });

  it('is nobody without an address of ours on its link', () => {
    const found = gatewayIn((os) => {
      os.addRoute(os.route('0.0.0.0/0', os.addLink('eth0'), via('192.168.1.1')));
    });
    expect(found).toBeUndefined();
  });
});
