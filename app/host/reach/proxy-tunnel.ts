/** CONNECT at an HTTP proxy (RFC 9110 section 9.3.6). Time is the caller's affair. No failure repeats what the proxy wrote. */
import type { Duplex } from 'node:stream';
import { settled } from './dial.ts';
import { Failed } from './failure.ts';
import { hostAndPort, requestOver } from './http-headers.ts';
import type { Place } from './place.ts';
import type { Proxy } from './proxy-rules.ts';

/** Asks the proxy for a way to the server. The socket afterwards is the server's. */
export function throughProxy(socket: Duplex, proxy: Proxy, place: Place): Promise<Duplex | Failed> {
  const { promise, resolve } = settled<Duplex | Failed>();
  const target = hostAndPort(place);
  const refused = (status: number | undefined): Failed => new Failed({ kind: 'proxy', host: proxy.host, port: proxy.port, status });
  const asked = requestOver(socket, { method: 'CONNECT', path: target, headers: { Host: target, ...(proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization }) } });
  asked.on('connect', (response, tunnel, head) => {
    if (response.statusCode !== 200) {
      tunnel.destroy();
      return resolve(refused(response.statusCode));
    }
    if (head.length > 0) tunnel.unshift(head);
    resolve(tunnel);
  });
  asked.on('error', () => resolve(refused(undefined)));
  asked.end();
  return promise;
}
