/** What the source of the product must not hold, read by the scanner of the house tests: each rule is shown to fail as well. */
import { describe, expect, it } from 'vitest';
import { filesBelow, importsOf, isCode, isTest, read, scan } from '../house/source-scanner.ts';

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

/** `fork` starts this Node with a script of ours, and no shell. */
const MAY_START = new Set(['fork', 'spawn', 'spawnSync', 'execFile', 'execFileSync']);
/** This Node, a path from the root, or one of the table of programs (app/host/system/program-path.ts). */
const FIRST_ARGUMENT = /^\s*(?:process\s*\.\s*execPath|programPath\s*\(|"#(\d+)")/;

/** Programs that are started otherwise than by their whole path, without a shell. */
function loosePrograms(path: string, text: string): string[] {
  if (!importsOf(text).some(({ target, typeOnly }) => !typeOnly && /^(?:node:)?child_process$/.test(target))) return [];
  const { code, strings } = scan(text);
  const imported = [...code.matchAll(/import\s*\{([^}]*)\}\s*from\s*"#(\d+)"/g)].filter(([, , n]) => strings[Number(n)]!.endsWith('child_process')).flatMap(([, names]) => names!.split(',').map((name) => name.trim()));
  const others = imported.filter((name) => name !== '' && !name.startsWith('type ') && !MAY_START.has(name)).map((name) => `${path}: starts programs by ${name}`);
  const calls = [...code.matchAll(/(?<![.\w])(?:spawn|spawnSync|execFile|execFileSync)\s*\(/g)].flatMap(({ index, 0: call }) => {
    const found = FIRST_ARGUMENT.exec(code.slice(index + call.length));
    return found !== null && (found[1] === undefined || strings[Number(found[1])]!.startsWith('/')) ? [] : [`${path}: a program without its whole path`];
  });
  return [...others, ...calls, ...(/\bshell\s*:/.test(code) ? [`${path}: a shell`] : []), ...(imported.length === 0 ? [`${path}: child_process as a whole`] : [])];
}

describe('the source of the product', () => {
  it('runs no text, makes no raw markup, weakens no page', () => expect(product.flatMap((path) => forbidden(path, read(path)))).toEqual([]));

  it('starts programs by their whole path, without a shell', () => expect(product.flatMap((path) => loosePrograms(path, read(path)))).toEqual([]));

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

  it.each([
    "import { exec } from 'node:child_process';",
    "import { execFile } from 'node:child_process'; execFile('ip', []);",
    "import { spawn } from 'child_process'; spawn(name, []);",
    "import { spawn } from 'node:child_process'; spawn('/bin/x', [], { shell: true });",
    "import * as all from 'node:child_process';",
  ])('%s', (text) => expect(loosePrograms('x.ts', text)).toHaveLength(1));

  it('and passes what it should', () => {
    expect(loosePrograms('x.ts', "import { spawn, type ChildProcess } from 'node:child_process'; spawn(process.execPath, []); spawn('/usr/bin/x', []); spawn(programPath('x'), []);")).toEqual([]);
    expect(forbidden('x.ts', '// eval(x)\nconst a = "eval(x)"; retrieval(a); /eval\\(/.test(a);')).toEqual([]);
  });
});
