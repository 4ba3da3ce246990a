/** A pre-auth key shows itself to nobody who does not ask. */
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { PreAuthKey } from './pre-auth-key.ts';

it('prints [redacted] in templates, JSON and the console', () => {
  const key = new PreAuthKey('open sesame');
  for (const shown of [`${key}`, String(key), JSON.stringify({ key }), inspect({ key }), inspect(key)]) {
    expect(shown).toContain('[redacted]');
    expect(shown).not.toContain('sesame');
  }
  expect(key.expose()).toBe('open sesame');
});
