/**
 * Switches that would open the packaged app to whoever starts it, or weaken it: no fuse of Electron covers them, so the app does
 * not start with one. Left to people are those of drawing, language, data folder, log and proxy: the page has no network that a
 * proxy or a rule about hosts could change, and --enable-features is how some desktops of Linux make a window appear. Pure. Callers: main.ts.
 */

const OPENING = new Set([
  // Another program drives the page, or stands in its place.
  'remote-debugging-port', 'remote-debugging-pipe', 'remote-debugging-io-pipes', 'remote-debugging-address', 'remote-allow-origins', 'load-extension', 'disable-extensions-except',
  // The page is no longer kept apart: from the system, from other origins, from files.
  'no-sandbox', 'disable-gpu-sandbox', 'disable-setuid-sandbox', 'disable-namespace-sandbox', 'disable-seccomp-filter-sandbox', 'no-zygote', 'single-process',
  'disable-web-security', 'disable-site-isolation-trials', 'disable-site-isolation-for-policy', 'allow-file-access-from-files', 'allow-running-insecure-content',
  // A feature of the page's engine that protects it can be one of those that are named.
  'enable-blink-features', 'disable-blink-features',
  // Another program is started in the place of a process of ours, under our name and rights.
  'browser-subprocess-path', 'renderer-cmd-prefix', 'zygote-cmd-prefix', 'utility-cmd-prefix', 'gpu-launcher', 'ppapi-plugin-launcher',
  // Another V8 than the one that was tested, also in main.
  'js-flags',
  // What Node itself reads; its fuse is off, and a build without the fuse does not start either.
  'inspect', 'inspect-brk', 'inspect-brk-node', 'inspect-port', 'inspect-publish-uid', 'inspect-wait', 'debug-port',
  // Certificates of anybody.
  'ignore-certificate-errors', 'ignore-certificate-errors-spki-list',
]);

/** The first of them among these arguments, by its name; undefined: none. Chromium reads `--x`, `-x` and, on Windows, `/x`. */
export function openingSwitch(args: readonly string[]): string | undefined {
  for (const arg of args) {
    const name = /^(?:--?|\/)([^=]+)/.exec(arg.trim())?.[1]?.toLowerCase();
    if (name !== undefined && OPENING.has(name)) return name;
  }
  return undefined;
}
