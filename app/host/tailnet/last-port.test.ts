/** The port of last time is kept and asked for again, and nonsense is no port. */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { keepPort, lastPort } from './last-port.ts';

describe('the UDP port of last time', () => {
  it('is none at first, then the one that was kept', () => {
    const store = createMemoryStore();
    expect(lastPort(store)).toBe(0);
    keepPort(store, 41_641, { write: () => {} });
    expect(lastPort(store)).toBe(41_641);
  });

  it.each(['', 'x', '-1', '80', '65536', '4164.5'])('is none where %j was kept', (kept) => {
    const store = createMemoryStore();
    store.write('udp-port', new TextEncoder().encode(kept));
    expect(lastPort(store)).toBe(0);
  });
});
