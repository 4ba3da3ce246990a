/** The TUNs of this process: the compliance suite for each, and what is particular to one across threads. */
import { afterEach, describe, expect, it } from 'vitest';
import { tunCompliance } from '../../../tests/compliance/tun.ts';
import { Counters } from '../../ports/counters.ts';
import { createMemoryTun } from './memory-tun.ts';
import { createPortTun, openPortTun, type PortTunFar } from './port-tun.ts';
import { TUN_QUEUE } from './tun-end.ts';

describe('a TUN in memory', () => {
  tunCompliance((mtu) => {
    const counters = new Counters(1);
    const { near, far } = createMemoryTun(mtu, counters);
    return { near, far, counters, close: () => far.close() };
  });
});

describe('a TUN over a MessagePort', () => {
  tunCompliance((mtu) => {
    const counters = new Counters(1);
    const far = createPortTun(mtu);
    const near = openPortTun(far.connect(), counters);
    return {
      near,
      far,
      counters,
      close: () => {
        far.close();
        near.close();
      },
    };
  });

  let far: PortTunFar | undefined;
  afterEach(() => far?.close());

  it('refuses packets while nobody is connected', () => {
    far = createPortTun(1_420);
    expect(far.send(new Uint8Array(20))).toBe(false);
  });

  it('works again after a new connection, whatever was under way on the one before', async () => {
    far = createPortTun(1_420);
    far.connect();
    for (let i = 0; i < TUN_QUEUE; i++) far.send(new Uint8Array(20));
    expect(far.send(new Uint8Array(20))).toBe(false);
    const near = openPortTun(far.connect(), new Counters(1));
    const readable = new Promise<void>((resolve) => near.onReadable(resolve));
    expect(far.send(new Uint8Array(20))).toBe(true);
    await readable;
    near.close();
  });
});
