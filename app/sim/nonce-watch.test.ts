import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NonceWatch } from './nonce-watch.ts';

function sealed(counter: number, tag = counter, receiver = 7): Uint8Array {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  bytes[0] = 4;
  view.setUint32(4, receiver, true);
  view.setUint32(8, counter, true);
  view.setUint32(44, tag, true);
  return bytes;
}

describe('the watch on nonces', () => {
  it('takes the same datagram by a link and by a relay for one', () => {
    const watch = new NonceWatch();
    expect([watch.check('bert', sealed(0), 'link'), watch.check('bert', sealed(0), 'relay')]).toEqual([undefined, undefined]);
    expect(watch.check('bert', sealed(0), 'relay')).toMatch(/used twice/);
    expect(watch.check('bert', sealed(0), 'link')).toMatch(/used twice/);
  });

  it('sees another packet under the same counter by the other way', () => {
    const watch = new NonceWatch();
    watch.check('bert', sealed(3), 'relay');
    expect(watch.check('bert', sealed(3, 9), 'link')).toMatch(/sealed two packets/);
  });

  it('sees no jump where the counters between went by a relay', () => {
    const watch = new NonceWatch();
    for (let counter = 0; counter < 10_000; counter++) expect(watch.check('bert', sealed(counter), counter < 100 ? 'link' : 'relay')).toBeUndefined();
    expect(watch.check('bert', sealed(10_000), 'link')).toBeUndefined();
    expect(watch.check('bert', sealed(20_000), 'link')).toMatch(/jumped from 10001 to 20000/);
  });

  it('knows an old counter that was left out from one that was used', () => {
    const watch = new NonceWatch();
    for (let counter = 0; counter < 2_000; counter++) if (counter !== 5) watch.check('bert', sealed(counter), 'link');
    expect(watch.check('bert', sealed(5), 'link')).toBeUndefined();
    expect(watch.check('bert', sealed(6), 'relay')).toMatch(/used twice/);
  });

  it('accepts counters in any order, each once', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 50 }, (_, i) => i), { minLength: 50 }), fc.nat(49), (order, again) => {
        const watch = new NonceWatch();
        for (const counter of order) expect(watch.check('bert', sealed(counter), 'link')).toBeUndefined();
        expect(watch.check('bert', sealed(order[again]!), 'link')).toMatch(/used twice/);
      }),
    );
  });

  it('keeps engines, their runs and sessions apart', () => {
    const watch = new NonceWatch();
    for (const [author, receiver] of [['a#1', 1], ['a#1', 2], ['a#2', 1], ['b#1', 1]] as const) expect(watch.check(author, sealed(0, 0, receiver), 'link')).toBeUndefined();
  });
});
