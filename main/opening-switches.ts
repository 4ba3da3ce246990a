/**
 * Switches of Chromium that would open the packaged app to whoever starts it: no fuse of Electron covers them, so the app does
 * not start with one. Pure. Callers: main.ts.
 */

const OPENING = new Set(['remote-debugging-port', 'remote-debugging-pipe', 'no-sandbox', 'disable-web-security', 'load-extension']);

/** The first of them among these arguments, by its name; undefined: none. Chromium reads `--x`, `-x` and, on Windows, `/x`. */
export function openingSwitch(args: readonly string[]): string | undefined {
  for (const arg of args) {
    const name = /^(?:--?|\/)([^=]+)/.exec(arg.trim())?.[1]?.toLowerCase();
    if (name !== undefined && OPENING.has(name)) return name;
  }
  return undefined;
}
