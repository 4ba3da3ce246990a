/**
 * The pure core reads no clock, draws no randomness and waits for nothing: same inputs, same outputs, so that a seed or
 * a recording replays a run. The core is all of app/ outside host/ and cli/. Each ban says why.
 */
import { describe, expect, it } from 'vitest';
import { filesBelow, importsOf, isCode, isTest, read, scan } from './source-scanner.ts';

/** `word`: a global that may not be used (a property or a parameter may carry the name). `pattern`: when a name alone is not the point. */
const BANS: readonly { readonly word: string; readonly pattern?: RegExp; readonly because: string }[] = [
  { word: 'setTimeout', because: 'a machine names its next deadline; the host waits for it' },
  { word: 'setInterval', because: 'a machine names its next deadline; the host waits for it' },
  { word: 'setImmediate', because: 'order of events must not depend on an event loop' },
  { word: 'queueMicrotask', because: 'order of events must not depend on an event loop' },
  { word: 'Date', because: 'wall time comes in as an input (WallTime)' },
  { word: 'performance', because: '`now` is a parameter' },
  { word: 'Math.random', pattern: /\bMath\s*\.\s*random\b/, because: 'randomness comes from the injected Rng, or the seed proves nothing' },
  { word: 'crypto', pattern: /\bcrypto\s*\.\s*(?:getRandomValues|randomUUID|subtle|webcrypto)\b/, because: 'Electron and Node disagree about the global crypto; primitives come from the Crypto port' },
  { word: 'process', because: 'the core does not know what runs it' },
  { word: 'globalThis', because: 'a back door to everything banned here' },
  { word: 'eval', because: 'code made of text escapes every check of this file' },
  { word: 'Buffer', because: 'a Node type; Uint8Array works everywhere' },
  { word: 'fetch', because: 'I/O is an effect, interpreted by the host' },
  { word: 'async', because: 'a machine that waits can be overtaken; it returns and is called again' },
  { word: 'await', because: 'a machine that waits can be overtaken; it returns and is called again' },
  { word: 'Promise', because: 'a machine that waits can be overtaken; it returns and is called again' },
  { word: 'console', because: 'a log line is an effect with a level' },
  { word: 'toLocaleString', pattern: /\.\s*toLocale\w*/, because: "the output would depend on the computer's language" },
  { word: 'localeCompare', pattern: /\.\s*localeCompare\b/, because: "the order would depend on the computer's language" },
];

/** Uses that are meant. */
const MEANT: readonly { readonly path: string; readonly word: string; readonly because: string }[] = [
  { path: 'app/ports/datagrams.ts', word: 'Promise', because: "a type of the host's factory: only host code calls it" },
];

function impurities(path: string, source: string): string[] {
  const { code } = scan(source);
  const found = BANS.filter(({ word, pattern }) => {
    if (MEANT.some((meant) => meant.path === path && meant.word === word)) return false;
    return (pattern ?? globalUse(word)).test(code);
  }).map(({ word, because }) => `${path} mentions ${word}: ${because}`);
  const node = importsOf(source).filter(({ target }) => target.startsWith('node:'));
  return [...found, ...node.map(({ target }) => `${path} imports ${target}: only host/ and cli/ touch the operating system`)];
}

const globalUse = (word: string): RegExp => new RegExp(`(?<![.#\\w$])${word}(?![\\w$])(?!\\s*\\??:)`);

const core = filesBelow('app').filter((path) => isCode(path) && !isTest(path) && !/^app\/(?:host|cli)\//.test(path));

describe('the pure core', () => {
  it('mentions no clock, randomness, timer, promise, console or process', () => {
    expect(core.flatMap((path) => impurities(path, read(path))).join('\n')).toBe('');
  });

  it('is seen by this test', () => {
    expect(core.length).toBeGreaterThan(20);
    expect(core).toContain('app/base/ip.ts');
  });

  it('needs every exception it was given', () => {
    for (const meant of MEANT) expect(scan(read(meant.path)).code, meant.path).toContain(meant.word);
  });
});

describe('each ban can fail', () => {
  const samples: Readonly<Record<string, string>> = {
    setTimeout: 'setTimeout(f, 1);',
    setInterval: 'setInterval(f, 1);',
    setImmediate: 'setImmediate(f);',
    queueMicrotask: 'queueMicrotask(f);',
    Date: 'const t = new Date();',
    performance: 'const t = performance.now();',
    'Math.random': 'const x = Math.random();',
    crypto: 'const x = crypto.getRandomValues(y);',
    process: 'const x = process.env;',
    globalThis: 'const x = globalThis;',
    eval: 'eval(text);',
    Buffer: 'const b = Buffer.alloc(1);',
    fetch: 'fetch(url);',
    async: 'async function f() {}',
    await: 'const x = await y;',
    Promise: 'let p: Promise<number>;',
    console: 'console.log(x);',
    toLocaleString: 'const x = n.toLocaleString();',
    localeCompare: 'const x = n.localeCompare(a);',
  };
  it.each(BANS)('$word', ({ word }) => {
    const sample = samples[word];
    expect(sample, 'a sample for every ban').toBeDefined();
    expect(impurities('app/node/x.ts', sample!).some((text) => text.includes(` ${word}: `))).toBe(true);
    expect(impurities('app/node/x.ts', `// ${sample!}\nconst text = ${JSON.stringify(sample)};`)).toEqual([]);
  });

  it('node: imports', () => {
    expect(impurities('app/node/x.ts', "import { join } from 'node:path';")).toHaveLength(1);
  });

  it('but not what only sounds like it', () => {
    const fine = 'function make(crypto: Crypto, date: number): A { return f(crypto.x25519(a, b, c), this.console, lastDate, { process: 1 }); }';
    expect(impurities('app/node/x.ts', fine)).toEqual([]);
  });
});
