/** A socket whose queue overflows: every datagram is either received or counted. Needs Linux; no rights beyond loopback. */
import { expect, it } from 'vitest';
import { EndpointTable } from '../../app/base/endpoints.ts';
import { parseIp } from '../../app/base/ip.ts';
import { layOut } from '../../app/host/linux-fast/places.ts';
import { Receiver } from '../../app/host/linux-fast/receiver.ts';
import { Sender } from '../../app/host/linux-fast/sender.ts';
import { Counters } from '../../app/ports/counters.ts';
import { RelayRing } from '../../app/ports/relay-ring.ts';
import { closeUdp, openUdp } from '../../native-bindings/linux/index.ts';

/** More than the largest queue that is ever asked for, twice. */
const SENT = 40_000;
const SIZE = 1_000;

it('counts the datagrams that its queue could not hold, once each', () => {
  // One by one: datagrams that came joined are counted as one.
  const [from, to] = [openUdp({ port: 0, offload: false }), openUdp({ port: 0 })];
  try {
    const places = layOut(1_420);
    const endpoints = new EndpointTable(8);
    const counters = new Counters(1);
    const errors: unknown[] = [];
    const sender = new Sender(places, from, endpoints, counters, new RelayRing(), (error) => errors.push(error));
    const receiver = new Receiver(places, endpoints, counters);
    const target = endpoints.internEndpoint({ address: parseIp('127.0.0.1')!, port: to.port });
    const send = (count: number): void => {
      for (let i = 0; i < count; i++) sender.datagram(places.memory, sender.place(0, SIZE), SIZE, target);
      sender.flush();
    };
    const receiveAll = (): number => {
      let received = 0;
      while (receiver.receive(to.v4) === 'some') {
        do received += receiver.batch.count;
        while (receiver.rest());
      }
      return received;
    };
    send(SENT);
    let received = receiveAll();
    // The kernel tells with the next datagram that finds room.
    send(1);
    received += receiveAll();
    const lost = counters.refused('underlay: receive queue full');
    expect(errors).toEqual([]);
    expect(lost).toBeGreaterThan(0);
    expect(received + lost).toBe(SENT + 1);
    send(10);
    expect(receiveAll()).toBe(10);
    expect(counters.refused('underlay: receive queue full')).toBe(lost);
  } finally {
    closeUdp(from);
    closeUdp(to);
  }
});
