/** Every text that a person reads is in the catalogue, is asked for when it is drawn, and is asked for at all. */
import { describe, expect, it } from 'vitest';
import { en } from '../../app/language/en/index.ts';
import { filesBelow, isCode, isTest, read } from './source-scanner.ts';
import { isAskedFor, literalsOf, textsAtLoad, textsInCode, type Literals } from './text-reader.ts';

const code = filesBelow('').filter((path) => /^(?:app|main|renderer)\//.test(path) && isCode(path) && !isTest(path));
const page = code.filter((path) => path.startsWith('renderer/src/') && !path.includes('/fake-'));

/** What a head says more; named after the head (app/api/speaker.ts). */
const withoutRest = (key: string): string => key.replace(/\.rest$/, '');

describe('texts', () => {
  it('of the page stand in the catalogue, none in its code', () => expect(page.flatMap((path) => textsInCode(path, read(path)))).toEqual([]));
  it('are taken when the page is drawn, none when a module is loaded', () => expect(page.flatMap((path) => textsAtLoad(path, read(path)))).toEqual([]));
  it('of the catalogue are all asked for', () => {
    const literals: Literals = { texts: new Set(), templates: new Set() };
    for (const path of code.filter((each) => !each.startsWith('app/language/'))) literalsOf(read(path), literals);
    expect(Object.keys(en).filter((key) => !isAskedFor(withoutRest(key), literals))).toEqual([]);
  });
});

describe('each rule can fail', () => {
  it.each([
    ['between tags', 'const a = <p>Save it</p>;'],
    ['in a fragment', 'const a = <>Save it</>;'],
    ['in an expression', "const a = <p>{done ? 'Saved' : null}</p>;"],
    ['in a template', 'const a = <p>{done && `${n} saved`}</p>;'],
    ['for the ear', "const a = <p aria-label='Saved' />;"],
    ['of a part of ours', "const a = <Part label={done ? 'Saved' : ''} />;"],
    ['that is a sentence', "const a = 'Saved as a file';"],
  ])('a text %s', (_name, source) => expect(textsInCode('a.tsx', source)).toHaveLength(1));

  it('a text taken at load', () => expect(textsAtLoad('a.tsx', "const a = t('a.b');\nconst b = () => t('a.b');\n")).toEqual(['a.tsx: t(...)']));

  it('a key that no code asks for', () => {
    const literals: Literals = { texts: new Set(), templates: new Set() };
    literalsOf("const words = { red: 1 }; t('a.whole'); t(`a.colour.${name}`);", literals);
    expect(['a.whole', 'a.colour.red', 'a.colour.blue', 'a.other'].filter((key) => !isAskedFor(key, literals))).toEqual(['a.colour.blue', 'a.other']);
  });

  it('and lets code pass that says nothing', () => {
    const harmless = "const a = <p className='btn pri' data-testid='a-b' aria-label={t('a.b')}>{t('a.b')} / {n}{'\\u2192'}</p>;\n";
    expect([...textsInCode('a.tsx', harmless), ...textsAtLoad('a.tsx', `function b() { ${harmless} }`)]).toEqual([]);
  });
});
