/**
 * What the log keeps of an error that nobody caught: its kind, its code, and where it came from. Its text is left out, as it may
 * quote what was being read. Pure. Caller: app.ts.
 */

/** Of the innermost frames. */
const FRAMES_MOST = 8;

export function faultLine(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${error === null ? 'null' : typeof error}`;
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{0,40}$/.test(error.code) ? ` ${error.code}` : '';
  const frames = (error.stack ?? '').split('\n').flatMap((line) => /^\s+at (.+)$/.exec(line)?.[1] ?? []);
  const kind = /^\w{1,40}$/.test(error.name) ? error.name : 'Error';
  return [`${kind}${code}`, ...frames.slice(0, FRAMES_MOST).map((frame) => `at ${withoutFolders(frame)}`)].join(' ');
}

/** `run (file:///PLACE/dist/main/app.js:3:4)` as `run (main/app.js:3:4)`: the folders before say who sits here. */
const withoutFolders = (frame: string): string => frame.replaceAll(/(?:file:\/\/|node:|[A-Za-z]:)?[\\/][^()]*[\\/]([^\\/()]+[\\/][^\\/()]+)/g, '$1').replaceAll('\\', '/');
