/** UDP on node:dgram over loopback, and its in-memory twin of the tests: both held to the same suite. */
import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { datagramsCompliance } from '../../../tests/compliance/datagrams.ts';
import { LOOPBACK, MemoryNet } from '../../../tests/doubles/memory-net.ts';
import { EndpointTable } from '../../base/endpoints.ts';
import { ipv4, ipv6 } from '../../base/ip.ts';
import { Counters } from '../../ports/counters.ts';
import { udpDatagrams } from './udp-datagrams.ts';

const hasIpv6 = Object.values(os.networkInterfaces()).some((list) => list?.some((address) => address.address === '::1') ?? false);

describe('UDP on node:dgram', () => {
  datagramsCompliance({
    addresses: [ipv4(0x7f000001), ...(hasIpv6 ? [ipv6(0, 0, 0, 1)] : [])],
    factory: udpDatagrams,
    // Sending to a broadcast address is refused unless the socket asked for it.
    refused: ipv4(0xffffffff),
  });

  it('has one port for both families', async () => {
    const datagrams = await udpDatagrams(new EndpointTable(8), new Counters(1)).open(0);
    const again = udpDatagrams(new EndpointTable(8), new Counters(1)).open(datagrams.port);
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
    datagrams.close();
  });
});

describe('the in-memory net', () => {
  const net = new MemoryNet();
  datagramsCompliance({ addresses: [LOOPBACK], factory: (endpoints, counters) => net.factory(endpoints, counters), refused: ipv4(0xffffffff) });
});
