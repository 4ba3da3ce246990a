/** The Store port in memory, for tests of machines that persist. */
import type { Store } from '../../app/ports/store.ts';

export function createMemoryStore(): Store {
  const values = new Map<string, Uint8Array>();
  const checked = (name: string): string => {
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw new RangeError(`not a name: ${JSON.stringify(name)}`);
    return name;
  };
  return {
    read: (name) => values.get(checked(name))?.slice(),
    write: (name, value) => void values.set(checked(name), value.slice()),
    remove: (name) => void values.delete(checked(name)),
    wipe: (name) => {
      values.get(checked(name))?.fill(0);
      values.delete(name);
    },
  };
}
