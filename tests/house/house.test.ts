/** Habits of the whole tree that no compiler checks. Each rule is a function, so that each can be shown to fail. */
import { describe, expect, it } from 'vitest';
import { filesBelow, isCode, isTest, read, scan } from './source-scanner.ts';

type Rule = (path: string, text: string) => string[];

const says = (broken: boolean, what: string): string[] => (broken ? [what] : []);

const headerComment: Rule = (path, text) => says(!/^(?:#![^\n]*\n)?\s*\/\*\*?/.test(text), `${path} does not begin with a comment that says what it is for`);

const noLooseEnds: Rule = (path, text) =>
  says(
    scan(text).comments.some((comment) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(comment)),
    `${path} leaves something to do in a comment; do it or write it in docs`,
  );

const noEscapes: Rule = (path, text) => {
  const { code, comments } = scan(text);
  return [
    ...says(/(?::|<|\bas|,)\s*any\b/.test(code), `${path} uses the type any: it switches the checks off for everything it touches`),
    ...says(
      comments.some((comment) => /@ts-(?:ignore|expect-error|nocheck)|(?:oxlint|eslint)-disable/.test(comment)),
      `${path} silences a check`,
    ),
  ];
};

const everyTestRuns: Rule = (path, text) =>
  says(/\b(?:it|test|describe|suite)(?:\s*\.\s*\w+)*\s*\.\s*(?:skip|only|todo|skipIf|runIf|fails)\b|\b(?:xit|xdescribe|fit|fdescribe)\s*\(/.test(scan(text).code), `${path} skips tests or runs only some`);

/** A home, and the folders that build machines like to use. Built from parts, so that this file passes its own rule. */
const MACHINE_PATHS = [['/ho', 'me/[a-z]'], ['/Us', 'ers/[A-Za-z]'], ['/ro', 'ot/'], ['/wo', 'rk/'], ['C:\\\\Us', 'ers']].map((parts) => new RegExp(`(?<![\\w.*\\]])${parts.join('')}`));
const REGISTRY = /\bhttps?:\/\/[^\s/'"]*(?:registry|artifactory|nexus|verdaccio|pypi|npmjs)[^\s'"]*/i;

const noMachine: Rule = (path, text) => [
  ...MACHINE_PATHS.flatMap((pattern) => says(pattern.test(text), `${path} names a path of one machine (${pattern.source})`)),
  ...says(REGISTRY.test(text), `${path} names a package registry: that belongs to each user's own settings`),
];

const SECRETS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['a PEM private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an npm token', /_auth(?:Token)?\s*=|\bnpm_[A-Za-z0-9]{36}\b/],
  ['a GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36}\b/],
  ['an AWS key', /\bAKIA[0-9A-Z]{16}\b/],
  ['a pre-auth key', /\btskey-[a-z]+-[A-Za-z0-9]{8,}/],
];
const noSecrets: Rule = (path, text) => SECRETS.flatMap(([name, pattern]) => says(pattern.test(text), `${path} holds ${name}`));

/** Where a secret may become text: only to be written into a file of mode 0600, or sent into a sandbox of our own. */
const MAY_EXPOSE = [/^app\/keys\//, /^app\/host\/.*(?:store|config|state|sandbox)/];
const secretsStayBytes: Rule = (path, text) =>
  says(/\bexpose(?:Base64|PrivateKeyText)\b/.test(scan(text).code) && !MAY_EXPOSE.some((place) => place.test(path)), `${path} turns a secret into text (expose...)`);

const pinned: Rule = (path, text) => {
  const parsed = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
  const all = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((key) => Object.entries(parsed[key] ?? {}));
  return all.flatMap(([name, version]) => says(!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version), `${path} does not pin ${name} (${version})`));
};

const lockfileAnywhere: Rule = (path, text) => says(/"resolved"\s*:/.test(text), `${path} names hosts to load from; npm finds them by the user's own registry`);

const everything = filesBelow('');
const code = everything.filter(isCode);
const shipped = code.filter((path) => !isTest(path) && /^(?:app|main|native-bindings|bench|renderer|tests|build)\//.test(path));
const text = everything.filter((path) => !/\.(?:png|ico|icns|woff2|ttf)$/.test(path) && path !== 'package-lock.json');

const over = (paths: readonly string[], rule: Rule): string[] => paths.flatMap((path) => rule(path, read(path)));

describe('the house', () => {
  it('every source file begins with a header comment', () => expect(over(shipped, headerComment).join('\n')).toBe(''));
  it('nothing is left to do in a comment', () => expect(over(code, noLooseEnds).join('\n')).toBe(''));
  it('no check is silenced and nothing is any', () => expect(over(code, noEscapes).join('\n')).toBe(''));
  it('every test runs', () => expect(over(code.filter((path) => isTest(path) || path.startsWith('tests/')), everyTestRuns).join('\n')).toBe(''));
  it('no file names a machine or a registry', () => expect(over(text, noMachine).join('\n')).toBe(''));
  it('no file holds a secret', () => expect(over(text, noSecrets).join('\n')).toBe(''));
  it('secrets become text only where they are stored', () => expect(over(code.filter((path) => /^(?:app|main)\//.test(path) && !isTest(path)), secretsStayBytes).join('\n')).toBe(''));
  it('dependencies are pinned exactly', () => expect(pinned('package.json', read('package.json'))).toEqual([]));
  it('the lockfile names no host', () => expect(lockfileAnywhere('package-lock.json', read('package-lock.json'))).toEqual([]));
  it('sees the tree', () => expect(text.length).toBeGreaterThan(40));
});

describe('each rule can fail', () => {
  const bad: readonly (readonly [name: string, rule: Rule, text: string])[] = [
    ['header comment', headerComment, "import { a } from './a.ts';"],
    ['loose end', noLooseEnds, '// TODO: later'],
    ['any', noEscapes, 'const a: any = 1;'],
    ['any as a cast', noEscapes, 'const a = b as any;'],
    ['any as an argument', noEscapes, 'const a = new Map<string, any>();'],
    ['ts-ignore', noEscapes, '// @ts-ignore\nconst a = 1;'],
    ['disabled lint', noEscapes, '/* oxlint-disable no-var */'],
    ['skipped test', everyTestRuns, "it.skip('a', () => {});"],
    ['focused suite', everyTestRuns, "describe.only('a', () => {});"],
    ['conditional test', everyTestRuns, "it.skipIf(ci)('a', () => {});"],
    ['home', noMachine, `see ${['/ho', 'me/ada/bowline'].join('')}`],
    ['registry', noMachine, `registry=${['https://regi', 'stry.example.org/'].join('')}`],
    ['PEM', noSecrets, ['-----BEGIN ', 'PRIVATE KEY-----'].join('')],
    ['npm token', noSecrets, ['//host/:_auth', 'Token=abc'].join('')],
    ['exposed secret', secretsStayBytes, 'log(key.exposeBase64());'],
    ['exposed secret in hex', secretsStayBytes, 'log(exposePrivateKeyText(key.bytes));'],
    ['range', pinned, '{"dependencies": {"a": "^1.2.3"}}'],
    ['resolved host', lockfileAnywhere, '{"resolved": "x"}'],
  ];
  it.each(bad)('%s', (_name, rule, sample) => expect(rule('app/node/x.ts', sample)).toHaveLength(1));

  it('and lets harmless text pass', () => {
    const harmless = '/** Says anything about any peer. */\nconst text = \'as any\'; // it.skip is banned\nconst many = [1].some(Boolean);\n';
    for (const rule of [headerComment, noLooseEnds, noEscapes, everyTestRuns, noMachine, noSecrets, secretsStayBytes]) {
      expect(rule('app/node/x.ts', harmless)).toEqual([]);
    }
  });
});
