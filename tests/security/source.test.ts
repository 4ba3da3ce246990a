/** What the source of the product must not hold, read by the scanner of the house tests: each rule is shown to fail as well. How programs are started: tests/house/programs.test.ts. */
import { describe, expect, it } from 'vitest';
import { filesBelow, isCode, isTest, read, scan } from '../house/source-scanner.ts';

const product = ['app', 'main', 'native-bindings', 'renderer'].flatMap(filesBelow).filter((path) => isCode(path) && !isTest(path));

const UNSEEN = 'certificates that are not looked at';
/** Of the scanned code, in which strings are numbers: `"#3"`. */
const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['text that is run', /\beval\s*\(|\bnew\s+Function\b|(?<![.\w])Function\s*\(/],
  ['text that becomes a timer', /\bset(?:Timeout|Interval)\s*\(\s*"#/],
  ['raw markup', /\bdangerouslySetInnerHTML\b|\.(?:inner|outer)HTML\s*=|\binsertAdjacentHTML\b|\bdocument\s*\.\s*write\b/],
  ['a file opened by its kind', /\bopenPath\b|\bshowItemInFolder\b/],
  ['rights that are asked for', /\b(?:pkexec|sudo|osascript|runas|SMJobBless|SMAppServiceDaemon)\b/i],
  ['pages inside pages', /\bwebviewTag\b/],
  ['weaker pages', /\benableBlinkFeatures\b|\bexperimentalFeatures\b|\ballowRunningInsecureContent\b|\bnodeIntegration\w*\s*:\s*true\b|\b(?:contextIsolation|webSecurity|sandbox)\s*:\s*false\b/],
  [UNSEEN, /\brejectUnauthorized\s*:\s*false\b|\bcheckServerIdentity\b/],
];

/** A relay or server whose key the map pins: judged by us, after the handshake (tests of app/host/reach). */
const JUDGES_ITSELF = 'app/host/reach/secure.ts';

const forbidden = (path: string, text: string): string[] => FORBIDDEN.filter(([what, pattern]) => pattern.test(scan(text).code) && !(path === JUDGES_ITSELF && what === UNSEEN)).map(([what]) => `${path}: ${what}`);

describe('the source of the product', () => {
  it('runs no text, makes no raw markup, weakens no page', () => expect(product.flatMap((path) => forbidden(path, read(path)))).toEqual([]));

  it('a window with a page is made in one place', () => {
    expect(product.filter((path) => /\bnew\s+(?:BrowserWindow|WebContentsView|BrowserView)\b/.test(scan(read(path)).code))).toEqual(['main/electron-adapter.ts']);
    expect(scan(read('main/electron-adapter.ts')).code.match(/\bnew\s+BrowserWindow\b/g)).toHaveLength(1);
  });

  it('sees the product', () => expect(product.length).toBeGreaterThan(400));
});

it('dependencies run no scripts, and Electron comes without one', () => {
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string; hasInstallScript?: boolean }> };
  expect(packages['node_modules/electron']).toMatchObject({ version: expect.stringMatching(/^45\./) });
  expect(packages['node_modules/electron']?.hasInstallScript).toBeUndefined();
  expect(filesBelow('').filter((path) => /(?:^|\/)(?:npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|package-lock\.json)$/.test(path))).toEqual(['package-lock.json']);
});

describe('each rule can fail', () => {
  it.each([
    'eval(text)', 'new Function(text)', "setTimeout('x()', 1)", 'a.innerHTML = b', '<p dangerouslySetInnerHTML={a} />', 'shell.openPath(a)', 'const o = { webviewTag: true }', 'const o = { nodeIntegrationInWorker: true }', 'const o = { sandbox: false }', 'const o = { rejectUnauthorized: false }',
  ])('%s', (text) => expect(forbidden('x.ts', text)).toHaveLength(1));

  it('and passes what it should', () => {
    expect(forbidden('x.ts', '// eval(x)\nconst a = "eval(x)"; retrieval(a); /eval\\(/.test(a);')).toEqual([]);
  });
});
