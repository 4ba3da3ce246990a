/**
 * The security checks of the app by number: what must hold, which test fails when it does not, and what only a packaged app can
 * show. docs/SECURITY.md is written from it (BOWLINE_RENEW_SECURITY=1 npx vitest run tests/security), and a test holds that each
 * file and title named here is there. Read by tests/security/checks.test.ts alone.
 */

export interface Held {
  readonly file: string;
  /** Part of the title of the test that fails; absent: all of the file. */
  readonly title?: string;
}

export interface Check {
  readonly check: string;
  readonly held: readonly Held[];
  /** What none of these tests can show. */
  readonly rest?: string;
  /** Script of tests/packaged that would show it. */
  readonly script?: string;
}

const PACKAGED = 'a packaged app, which none was yet';

export const CHECKS: readonly Check[] = [
  {
    check: 'one place makes windows with a page: sandboxed, apart from Node and from the preload, web security as it comes',
    held: [{ file: 'main/electron-adapter.test.ts', title: 'has its page in a sandbox' }, { file: 'tests/security/source.test.ts', title: 'a window with a page is made in one place' }],
  },
  {
    check: 'the sandbox of all pages is on before the app is ready, and a packaged app does not start without it',
    held: [{ file: 'main/app.test.ts', title: 'locks first, then refuses everything' }, { file: 'main/opening-switches.test.ts' }],
  },
  {
    check: 'a page has no `require`, `process` or `Buffer`, and one key of ours',
    held: [{ file: 'tests/ui/policy.test.ts', title: 'the page has nothing of Node' }, { file: 'tests/security/bridge.test.ts', title: 'gives the page one key' }],
    rest: `that Electron adds nothing: ${PACKAGED}`,
    script: 'renderer.mjs',
  },
  {
    check: 'the bridge has what its type has; no function of it takes a channel or gives an event',
    held: [{ file: 'tests/security/bridge.test.ts' }],
  },
  {
    check: 'each message is judged in one place that fails closed: an unknown window, a frame inside, a frame that is gone, another origin are refused and logged, and nothing is called',
    held: [{ file: 'main/ipc.test.ts', title: 'are refused from %s, logged, and nothing is called' }, { file: 'tests/security/bridge.test.ts', title: 'main listens on the one channel' }],
  },
  {
    check: 'each payload fits the schema, or reaches nothing and throws nowhere',
    held: [{ file: 'main/ipc.test.ts', title: 'with any parameters at all never throw' }, { file: 'tests/security/payloads.test.ts' }],
  },
  {
    check: 'the page names no path, address, program, log or channel: it chooses from lists, and links are compared whole',
    held: [{ file: 'app/host/shell/shell.test.ts', title: 'opens links of its table' }, { file: 'tests/security/payloads.test.ts', title: 'no parameter of the page is a path' }],
  },
  {
    check: 'only files of the page are served, from a list made at start, with their type and no sniffing',
    held: [{ file: 'main/app.test.ts', title: 'do not exist at %s' }, { file: 'tests/security/page-files.test.ts' }, { file: 'app/host/headless/static-files.test.ts' }],
  },
  {
    check: 'the policy of contents lets in our own files alone, and no text becomes markup or script; in the app and in a browser',
    held: [{ file: 'main/app.test.ts', title: 'come under a policy' }, { file: 'tests/ui/policy.test.ts', title: 'text becomes neither markup nor script' }, { file: 'app/host/headless/server.test.ts', title: 'every answer carries the security headers' }],
    script: 'renderer.mjs',
  },
  {
    check: 'the page reaches no network: no request, socket, stream, picture, frame or WebRTC',
    held: [{ file: 'main/electron-adapter.test.ts', title: 'no request leaves' }, { file: 'tests/ui/policy.test.ts', title: 'the page reaches nothing' }, { file: 'tests/ui/policy.test.ts', title: 'WebRTC sends nothing' }],
    rest: `in Electron itself: ${PACKAGED}`,
    script: 'renderer.mjs',
  },
  {
    check: 'the page goes nowhere and opens nothing but the link that is shown, in the browser of the system',
    held: [{ file: 'main/electron-adapter.test.ts', title: '%s goes nowhere' }, { file: 'main/electron-adapter.test.ts', title: 'no window is opened' }, { file: 'tests/ui/policy.test.ts', title: 'and sends no form' }],
    rest: `in Electron itself: ${PACKAGED}`,
    script: 'renderer.mjs',
  },
  {
    check: 'no permission is given, asked for or looked up, whatever its name; no device, no screen, no download',
    held: [{ file: 'main/electron-adapter.test.ts', title: 'every permission' }, { file: 'main/electron-adapter.test.ts', title: 'nothing is downloaded' }],
  },
  {
    check: 'the fuses of Electron are set, every one of them decided; a build with others ends',
    held: [{ file: 'build/packaging.test.ts', title: 'sets every fuse that the builder can set' }, { file: 'build/after-pack.test.ts' }],
    rest: `WasmTrapHandlers stays as Electron ships it; that a fuse does what it says: ${PACKAGED}`,
    script: 'fuses.mjs',
  },
  {
    check: 'an archive or a native of which one byte was changed does not start',
    held: [{ file: 'main/native-list.test.ts', title: 'keep the app from starting' }, { file: 'build/packaging.test.ts', title: 'keeps everything but natives in the archive' }],
    rest: `the archive, which Electron judges: ${PACKAGED}`,
    script: 'flip-byte.mjs',
  },
  {
    check: 'switches that open Chromium or Node, or weaken them, end the start of a packaged app',
    held: [{ file: 'main/opening-switches.test.ts' }, { file: 'main/app.test.ts', title: 'does not start with a switch that opens it' }],
    rest: `ELECTRON_RUN_AS_NODE and NODE_OPTIONS, which fuses refuse: ${PACKAGED}`,
    script: 'environment.mjs',
  },
  {
    check: 'one instance: its lock comes before any socket, log or device; the second shows the first and ends, and its arguments are those of a stranger',
    held: [{ file: 'main/app.test.ts', title: 'locks first, then refuses everything' }, { file: 'main/app.test.ts', title: 'as a second instance opens nothing and quits' }, { file: 'main/deep-link.test.ts', title: 'is found among arguments' }],
  },
  {
    check: 'a link opens a page that asks; it connects to nothing and changes no server',
    held: [{ file: 'main/deep-link.test.ts' }, { file: 'main/app.test.ts', title: 'follows a link from anywhere to the page that asks' }, { file: 'tests/ui/join-link.test.ts' }],
  },
  {
    check: 'keys lie sealed by the key store of the system, whole, readable by their user alone; a store that keeps plain text is none',
    held: [{ file: 'app/host/vault/vault.test.ts' }, { file: 'main/vault-standing.test.ts' }, { file: 'app/host/accounts/sealed-accounts.test.ts' }],
    rest: `the real key stores: ${PACKAGED}`,
  },
  {
    check: 'no secret reaches the page, a log, a report, a recording, a file, arguments or the text of a crash',
    held: [
      { file: 'app/host/tailnet/start-tailnet.test.ts', title: 'shows no key anywhere' },
      { file: 'app/recorder/secrets.test.ts' },
      { file: 'app/api/report.test.ts', title: 'holds no name, no key' },
      { file: 'main/fault-line.test.ts', title: 'without its text' },
      { file: 'tests/house/house.test.ts', title: 'secrets become text only where they are stored' },
    ],
  },
  {
    check: 'an update that is signed by anybody else, expired, older, too large, of another size, system or processor is refused before it is loaded',
    held: [{ file: 'app/host/update/manifest.test.ts' }, { file: 'main/updater.test.ts', title: 'is refused before anything is downloaded' }],
  },
  {
    check: 'its file is hashed again right before it is started, and its place is ours, whatever the feed says',
    held: [{ file: 'main/updater.test.ts', title: 'does not begin when the file was changed' }, { file: 'app/host/update/manifest.test.ts', title: 'names a file, never a path' }],
    rest: 'between that and the start a program of the same user could change it',
  },
  {
    check: 'the socket for commands takes frames of a bounded length, one version and a closed list of commands from its user alone',
    held: [{ file: 'app/host/control-socket/control-socket.test.ts' }, { file: 'app/host/frame-commands.test.ts' }],
  },
  {
    check: 'what was changed on the system is taken back when the app is killed',
    held: [{ file: 'tests/peers/route-wipe.test.ts', title: 'leaves nothing after the next' }],
    rest: 'on Linux. There is no privileged helper, so none that could take orders of others',
  },
  {
    check: 'no shell, no `eval`, no raw markup, no remote objects; programs are started by their whole path',
    held: [{ file: 'tests/security/source.test.ts' }, { file: 'tests/house/programs.test.ts' }],
  },
  {
    check: 'a supported Electron, exact versions, one lock file, no scripts of packages',
    held: [{ file: 'tests/security/source.test.ts', title: 'dependencies run no scripts' }, { file: 'tests/house/house.test.ts', title: 'dependencies are pinned exactly' }, { file: 'build/licences.test.ts' }],
    rest: '`npm audit` asks the registry: it is a step of docs/RELEASE.md',
  },
  {
    check: 'nothing is sent while the app rests, and no dictionary, component or report of a crash is fetched or sent',
    held: [{ file: 'main/electron-adapter.test.ts', title: 'no request leaves' }],
    rest: `by Chromium on its own: ${PACKAGED}`,
    script: 'quiet-network.mjs',
  },
  {
    check: 'macOS: signed, notarised, with no right more than is needed',
    held: [{ file: 'build/packaging.test.ts', title: 'asks macOS for one exception' }],
    rest: `signature and notary: ${PACKAGED}`,
    script: 'codesign.mjs',
  },
  {
    check: 'Windows: every file signed and stamped, and updates say by whom',
    held: [{ file: 'build/packaging.test.ts', title: 'signs natives on Windows' }, { file: 'build/packaging.test.ts', title: 'names the place of updates exactly' }],
    rest: `the signatures: ${PACKAGED}`,
    script: 'authenticode.mjs',
  },
];

export const FOLDER = 'tests/packaged/';

/** Rows of docs/SECURITY.md. */
export function securityTable(): string {
  const held = ({ file, title }: Held): string => (title === undefined ? `\`${file}\`` : `\`${file}\` (${title.replaceAll('%s ', '').replaceAll(' at %s', '')})`);
  const rows = CHECKS.map(({ check, held: by, rest, script }, i) => `| ${i + 1} | ${check} | ${by.map(held).join('; ')} | ${[...(rest === undefined ? [] : [rest]), ...(script === undefined ? [] : [`\`${FOLDER}${script}\``])].join('; ')} |`);
  return ['| | check | held by | not shown |', '|---|---|---|---|', ...rows].join('\n');
}
