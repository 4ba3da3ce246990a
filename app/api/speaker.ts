/**
 * Turns every Message of the node into words of a language. The texts are in app/language under `engine.` and the message's key;
 * what follows a head is under that and `.rest`. A Message without a text fails to compile here. It knows no state and decides
 * nothing; `now` is the engine time to which ages inside a sentence refer, so that they tick. Every face speaks through it.
 *
 * Rules: present tense, name the thing, the time and the count. A head has no full stop; a rest is whole sentences.
 */
import { perLanguage, type Language } from '../language/languages.ts';
import { hasText, translator, type TextKey } from '../language/texts.ts';
import type { Message, MessageKey } from '../node/messages.ts';
import { messageValues } from './message-values.ts';
import type { Reconnects } from './reconnects.ts';
import { formatDuration } from './units.ts';

/** `head` says it; `rest`, where there is one, says what is being done or what a person may do. */
export type Words = { readonly head: string; readonly rest: string };

export interface Speaker {
  readonly language: Language;
  /** The two parts of a message. What a newer engine says is named by its key, not hidden. */
  sayParts(message: Message, now: number): Words;
  /** A message as one text, without a full stop after a lone head. */
  say(message: Message, now: number): string;
  /** `3 reconnects, longest 4.0 s, 1 still running`. */
  sayReconnects(reconnects: Reconnects): string;
}

type EngineKey = `engine.${MessageKey}`;

/** The same object each time. */
export const speaker = perLanguage(makeSpeaker);

function makeSpeaker(language: Language): Speaker {
  const words = translator(language);

  function sayParts(message: Message, now: number): Words {
    const key: EngineKey = `engine.${message.key}`;
    const restKey = `${key}.rest`;
    try {
      if (hasText(key)) {
        const values = messageValues(message, now, words, (trouble) => clause(trouble, now));
        return { head: words.text(key satisfies TextKey, values), rest: hasText(restKey) ? words.text(restKey, values) : '' };
      }
    } catch {
      // A newer engine gives other values under a key that is known here: named as well.
    }
    return { head: words.text('engine.unknown', { key: message.key }), rest: '' };
  }

  /** A trouble inside another sentence. */
  function clause(trouble: Message, now: number): string {
    return hasText(`engine.${trouble.key}`) ? sayParts(trouble, now).head : words.text('engine.part.unknown-trouble', { key: trouble.key });
  }

  return {
    language,
    sayParts,
    say(message, now) {
      const { head, rest } = sayParts(message, now);
      return rest === '' ? head : `${head}. ${rest}`;
    },
    sayReconnects: ({ count, longestMs, running }) => words.text('engine.part.reconnects', { count: longestMs === null ? 0 : count, longest: formatDuration(longestMs ?? 0, language), running }),
  };
}
