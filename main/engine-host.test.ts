import { expect, it } from 'vitest';
import { noSandbox } from './engine-host.ts';

it('an installed app says why it has no demo network, and where there is one', async () => {
  await expect(noSandbox(['en-GB'])).rejects.toThrow(/from its source.*npm run demo/);
  await expect(noSandbox(['de-DE'])).rejects.toThrow(/aus dem Quelltext/);
});
