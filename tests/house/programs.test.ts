/** Other programs are started in few places, each by an absolute path: never by a name that PATH resolves, never through a shell. */
import { expect, it } from 'vitest';
import { filesBelow, isCode, isTest, read, scan } from './source-scanner.ts';

const SHIPPED = ['app', 'main', 'native-bindings'].flatMap(filesBelow).filter((path) => isCode(path) && !isTest(path));
/** Of node:child_process. `fork` starts this very program again, with a script of ours. */
const STARTS = /(?<![.\w#])(spawn|spawnSync|execFile|execFileSync|exec|execSync|fork)\(\s*([^,()]+(?:\([^()]*\))?)/g;

interface Start {
  readonly file: string;
  readonly how: string;
  readonly what: string;
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
});

it('a program named otherwise is found', () => {
  const head = "import { spawn, exec, execFileSync } from 'node:child_process';\n";
  const judged = (call: string): boolean[] => startsIn('x.ts', head + call).map(isByPath);
  expect(judged("spawn('ip', ['link']);")).toEqual([false]);
  expect(judged("execFileSync(name, []);")).toEqual([false]);
  expect(judged("exec('/bin/ls');")).toEqual([false]);
  expect(judged("execFileSync('/usr/bin/codesign', []); execFileSync(programPath('resolvectl'), []); spawn(process.execPath, []);")).toEqual([true, true, true]);
});
