import { describe, expect, it } from 'vitest';
import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { de } from './de/index.ts';
import { en } from './en/index.ts';
import { LANGUAGES, pickLanguage } from './languages.ts';
import { translator, type TextKey } from './texts.ts';

/** Names of the arguments of a text, and the choices of each `select`. */
function argumentsOf(text: string): string[] {
  const found = new Set<string>();
  const walk = (elements: readonly MessageFormatElement[]): void => {
    for (const element of elements) {
      if (element.type === TYPE.literal || element.type === TYPE.pound) continue;
      if (element.type === TYPE.select) found.add(`${element.value}: ${Object.keys(element.options).toSorted().join('|')}`);
      else if (element.type !== TYPE.tag) found.add(element.value);
      if (element.type === TYPE.select || element.type === TYPE.plural) for (const { value } of Object.values(element.options)) walk(value);
    }
  };
  walk(parse(text, { ignoreTag: true }));
  return [...found].toSorted();
}

const keys = Object.keys(en) as TextKey[];

describe('the texts', () => {
  it('say in every language what English says, with the same arguments', () => {
    expect(Object.keys(de).toSorted()).toEqual(keys.toSorted());
    const wrong = keys.filter((key) => JSON.stringify(argumentsOf(en[key])) !== JSON.stringify(argumentsOf(de[key])));
    expect(wrong).toEqual([]);
  });

  it('never say what says nothing', () => {
    const banned = /something went wrong|oops|please wait|successfully|!|etwas ist schief|hoppla|bitte warten|erfolgreich/i;
    expect(keys.filter((key) => banned.test(en[key]) || banned.test(de[key]))).toEqual([]);
  });

  it('can be told to lack an argument', () => {
    expect(argumentsOf('{n, plural, one {# of {total}} other {# of {total}}} {kind, select, a {x} other {y}}')).toEqual(['kind: a|other', 'n', 'total']);
    expect(() => translator('en').text('settings.title', {})).not.toThrow();
  });
});

describe('the language', () => {
  it('is the first one asked for that Bowline speaks throughout, else English', () => {
    expect([['de-AT', 'en'], ['fr', 'de'], ['en-GB', 'de'], ['fr'], []].map((tags) => pickLanguage(tags))).toEqual(['de', 'de', 'en', 'en', 'en']);
    expect(LANGUAGES.map((language) => translator(language).language)).toEqual([...LANGUAGES]);
  });
});
