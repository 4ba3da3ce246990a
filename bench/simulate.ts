/** Virtual seconds that the simulator plays in one real second: two nodes that echo each other every second. */
import { createSodiumCrypto } from '../app/host/crypto/sodium-crypto.ts';
import { simulateBench } from '../app/sim/scenarios.ts';
import { measure, type Bench } from './bench.ts';
import { versionOf } from './packages.ts';

const VIRTUAL_SECONDS = 3_600;

export const simulate: Bench = {
  name: 'simulate',
  what: 'virtual seconds per real second of the simulator, a pair with one echo a second each way',
  needs: 'Node only',
  seconds: 60,
  async run({ rounds }, say) {
    say(`${VIRTUAL_SECONDS} virtual seconds a round`);
    const crypto = createSodiumCrypto();
    const sample = (): number => {
      const began = process.hrtime.bigint();
      simulateBench(crypto, VIRTUAL_SECONDS);
      return VIRTUAL_SECONDS / (Number(process.hrtime.bigint() - began) / 1e9);
    };
    return [await measure('a busy pair', 'virtual s per s', [{ name: 'bowline', version: versionOf('bowline'), sample }], rounds)];
  },
};
