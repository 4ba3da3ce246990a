/** What every implementation of the Store port does. Called from the tests of each. */
import { expect, it } from 'vitest';
import type { Store } from '../../app/ports/store.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** The same values as a new process sees them. */
  reopen(): Store;
}

export function storeCompliance(make: () => StoreUnderTest): void {
  it('has nothing under a name never written', () => {
    expect(make().store.read('key')).toBeUndefined();
  });

  it('gives back what was written, the newest value only, after a restart too', () => {
    const { store, reopen } = make();
    store.write('key', Uint8Array.of(1, 2, 3));
    store.write('key', Uint8Array.of(4));
    expect(store.read('key')).toEqual(Uint8Array.of(4));
    expect(reopen().read('key')).toEqual(Uint8Array.of(4));
  });

  it('keeps an empty value apart from none', () => {
    const { store } = make();
    store.write('key', new Uint8Array(0));
    expect(store.read('key')).toEqual(new Uint8Array(0));
  });

  it('keeps its own copy both ways', () => {
    const { store } = make();
    const value = Uint8Array.of(1, 2);
    store.write('key', value);
    value[0] = 9;
    const read = store.read('key');
    expect(read).toEqual(Uint8Array.of(1, 2));
    read![1] = 9;
    expect(store.read('key')).toEqual(Uint8Array.of(1, 2));
  });

  it('forgets what was removed; removing nothing is no fault', () => {
    const { store, reopen } = make();
    store.write('key', Uint8Array.of(1));
    store.write('other', Uint8Array.of(2));
    store.remove('key');
    store.remove('key');
    expect(reopen().read('key')).toBeUndefined();
    expect(reopen().read('other')).toEqual(Uint8Array.of(2));
  });

  it('forgets what was wiped; wiping nothing is no fault', () => {
    const { store, reopen } = make();
    store.write('key', Uint8Array.of(1));
    store.write('other', Uint8Array.of(2));
    store.wipe('key');
    store.wipe('key');
    expect(reopen().read('key')).toBeUndefined();
    expect(reopen().read('other')).toEqual(Uint8Array.of(2));
  });

  it('refuses names that could leave its place', () => {
    const { store } = make();
    for (const name of ['', '../key', 'a/b', '.hidden', 'key.damaged']) {
      expect(() => store.read(name)).toThrow(RangeError);
      expect(() => store.write(name, Uint8Array.of(1))).toThrow(RangeError);
      expect(() => store.wipe(name)).toThrow(RangeError);
    }
  });
}
