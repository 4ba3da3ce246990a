/** Other programs are started in few places, each by an absolute path: never by a name that PATH resolves, never through a shell. */
import { expect, it } from 'vitest';
import { filesBelow, importsOf, isCode, isTest, read, scan } from './source-scanner.ts';

const SHIPPED = ['app', 'main', 'native-bindings', 'renderer'].flatMap(filesBelow).filter((path) => isCode(path) && !isTest(path));
/** Of node:child_process. `fork` starts this very program again, with a script of ours. */
const STARTS = /(?<![.\w#])(spawn|spawnSync|execFile|execFileSync|exec|execSync|fork)\(\s*([^,()]+(?:\([^()]*\))?)/g;

interface Start {
  readonly file: string;
  readonly how: string;
  readonly what: string;
}

const MAY_START = new Set(['fork', 'spawn', 'spawnSync', 'execFile', 'execFileSync']);

/** What a file takes of node:child_process beside the functions that need no shell, as a whole, or with a shell. */
function looseIn(file: string, source: string): string[] {
  if (!importsOf(source).some(({ target, typeOnly }) => !typeOnly && /^(?:node:)?child_process$/.test(target))) return [];
  const { code, strings } = scan(source);
  const imported = [...code.matchAll(/import\s*\{([^}]*)\}\s*from\s*"#(\d+)"/g)].filter(([, , n]) => strings[Number(n)]!.endsWith('child_process')).flatMap(([, names]) => names!.split(',').map((name) => name.trim()));
  const others = imported.filter((name) => name !== '' && !name.startsWith('type ') && !MAY_START.has(name)).map((name) => `${file}: starts programs by ${name}`);
  return [...others, ...(/\bshell\s*:/.test(code) ? [`${file}: a shell`] : []), ...(imported.length === 0 ? [`${file}: child_process as a whole`] : [])];
}

/** `text`: where strings are `"#n"`, as scan() leaves them. */
function startsIn(file: string, source: string): Start[] {
  const { code, strings } = scan(source);
  if (!strings.some((text) => /^(?:node:)?child_process$/.test(text))) return [];
  const withStrings = (text: string): string => text.replaceAll(/"#(\d+)"/g, (_, n: string) => JSON.stringify(strings[Number(n)]));
  return [...code.matchAll(STARTS)].map(([, how = '', what = '']) => ({ file, how, what: withStrings(what.trim()) }));
}

function isByPath({ how, what }: Start): boolean {
  if (how === 'exec' || how === 'execSync') return false;
  return how === 'fork' || what === 'process.execPath' || /^"\/[^"]+"$/.test(what) || /^programPath\("[a-z]+"\)$/.test(what);
}

it('every program that Bowline starts is named by an absolute path', () => {
  const starts = SHIPPED.flatMap((file) => startsIn(file, read(file)));
  expect(starts.length).toBeGreaterThan(4);
  expect(starts.filter((start) => !isByPath(start))).toEqual([]);
  expect(SHIPPED.flatMap((file) => looseIn(file, read(file)))).toEqual([]);
});

it.each([
  "import { exec } from 'node:child_process';",
  "import { spawn } from 'node:child_process'; spawn('/bin/x', [], { shell: true });",
  "import * as all from 'node:child_process';",
])('is found: %s', (text) => expect(looseIn('x.ts', text)).toHaveLength(1));

it('a program named otherwise is found', () => {
  const head = "import { spawn, exec, execFileSync } from 'node:child_process';\n";
  const judged = (call: string): boolean[] => startsIn('x.ts', head + call).map(isByPath);
  expect(judged("spawn('ip', ['link']);")).toEqual([false]);
  expect(judged("execFileSync(name, []);")).toEqual([false]);
  expect(judged("exec('/bin/ls');")).toEqual([false]);
  expect(startsIn('x.ts', "import { spawn } from 'child_process'; spawn(name, []);").map(isByPath)).toEqual([false]);
  expect(looseIn('x.ts', `${head.replace(' exec,', ' type ChildProcess,')}spawn(process.execPath, []);`)).toEqual([]);
  expect(judged("execFileSync('/usr/bin/codesign', []); execFileSync(programPath('resolvectl'), []); spawn(process.execPath, []);")).toEqual([true, true, true]);
});
