/** What stands behind each state: something to every person, in both languages, and never nothing to do about an error. */
import { describe, expect, it } from 'vitest';
import { EXAMPLES_AT, examples } from '../../tests/doubles/messages.ts';
import type { Message } from '../node/messages.ts';
import { LANGUAGES } from '../language/languages.ts';
import { explain, EXPLANATIONS } from './explain.ts';
import { speaker } from './speaker.ts';

const explained = Object.values(examples).filter(({ key }) => !key.startsWith('history.'));

describe('what stands behind a state', () => {
  it.each(LANGUAGES)('is cause, what Bowline does, and what a person can do, in whole sentences (%s)', (language) => {
    for (const message of explained) {
      const found = explain(message, language);
      expect(found, message.key).not.toBeNull();
      for (const text of Object.values(found!)) expect(text, message.key).toMatch(/^[A-ZÄÖÜ"].{5,}\.$/);
    }
  });

  it('never leaves a person without a step after an error that does not mend itself', () => {
    const unmended: readonly Message['key'][] = ['cause.server-refuses', 'cause.server-key-changed', 'cause.keys-locked', 'cause.sign-in-removed', 'truth.os-fought-over', 'truth.os-misled', 'truth.os-refused', 'truth.os-no-device', 'trouble.certificate', 'trouble.proxy', 'filter.in-denied', 'cause.too-many-peers', 'cause.captive-portal'];
    for (const key of unmended) {
      expect(explain(examples[key], 'en')!.next, key).not.toMatch(/^(Nothing|Wait)/);
      expect(explain(examples[key], 'de')!.next, key).not.toMatch(/^Nichts|warten\.$/i);
    }
  });

  it('is of the trouble, where a sentence carries one', () => {
    expect(explain({ key: 'cause.server-trouble', trouble: { key: 'trouble.name-unknown', host: 'h' }, nextTryAt: null, tunnelWorks: true }, 'en')?.next).toContain('slip in the address');
  });

  it('is nothing for what a newer engine says, and for what has happened', () => {
    for (const key of ['cause.from-the-future', 'toString', '__proto__', 'history.cause.started']) expect(explain({ key } as unknown as Message, 'en')).toBeNull();
    const newer = { key: 'trouble.of-tomorrow' } as unknown as Extract<Message, { key: 'trouble.slept' }>;
    expect(explain({ key: 'truth.control-reconnecting', trouble: newer, attempt: 1 }, 'en')?.cause).toContain('The way to the server is broken');
  });

  it('explains every message that can be said', () => {
    expect(Object.keys(EXPLANATIONS).toSorted()).toEqual(explained.map(({ key }) => key).toSorted());
    expect(speaker('en').say(explained[0]!, EXAMPLES_AT)).not.toBe('');
  });
});
