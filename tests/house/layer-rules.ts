/**
 * The import table of the architecture as data, and the function that judges one import by it. A module may import
 * itself, what its row names, and nothing else. Adding a machine means adding a row here.
 */
import type { Import } from './source-scanner.ts';
import { isTest, resolveImport } from './source-scanner.ts';

export interface Row {
  /** A folder or a file, from the root. The longest matching row counts. */
  readonly from: string;
  /** Folders, files, or npm packages (`npm:name`), or `node:`. */
  readonly mayImport: readonly string[];
  /** The same, but only as types. */
  readonly typesOnly?: readonly string[];
  readonly because: string;
}

const L0 = ['app/base', 'app/time', 'app/ports'];
const L1 = ['app/keys', 'app/noise', 'app/wire'];
/** L1 too, but of no use to a machine: only the host reads files and cuts packets. */
const FOR_THE_HOST = ['app/config', 'app/offload', 'app/queueing'];
const L2 = ['app/wireguard', 'app/routes', 'app/paths', 'app/netcheck', 'app/relay', 'app/control', 'app/netmon', 'app/osguard', 'app/filter', 'app/names', 'app/portmap'];
const L3 = ['app/dataplane', 'app/node'];
const CORE = [...L0, ...L1, ...FOR_THE_HOST, ...L2, ...L3, 'app/recorder', 'app/language', 'app/api'];

const NO_SIDEWAYS = 'machines meet only in dataplane/ and node/; a machine that imports another cannot be tested or replaced alone';

export const TABLE: readonly Row[] = [
  { from: 'app/base', mayImport: [...L0, 'npm:ipaddr.js'], because: 'the bottom: everything stands on it, so it stands on nothing; ipaddr.js only reads and prints text' },
  { from: 'app/time', mayImport: L0, because: 'the bottom, as base/' },
  { from: 'app/ports', mayImport: L0, typesOnly: L1, because: 'ports are types that both the core and the host can see' },
  { from: 'app/keys', mayImport: L0, because: 'keys must be usable by every codec without dragging one in' },
  { from: 'app/noise', mayImport: [...L0, 'app/keys'], because: 'a handshake pattern knows keys and primitives, no wire format' },
  {
    from: 'app/wire',
    mayImport: [...L0, 'app/keys', 'native-bindings/darwin/headers', 'native-bindings/windows/headers'],
    because: 'a codec turns bytes into values and back; it knows no machine. Layouts of system structs are data, kept beside the calls that use them too',
  },
  { from: 'native-bindings/darwin/headers', mayImport: [], because: 'numbers and offsets only, so that a codec of the pure core can read them' },
  { from: 'native-bindings/windows/headers', mayImport: [], because: 'numbers and offsets only, so that a codec of the pure core can read them' },
  { from: 'app/language', mayImport: ['npm:intl-messageformat'], because: 'words by their keys; it knows no state, so that every face can speak through it' },
  { from: 'app/config', mayImport: [...L0, 'app/keys'], because: 'a parser of configuration files turns text into values; it knows no machine and no system' },
  { from: 'app/offload', mayImport: [...L0, 'app/wire'], because: 'cutting and joining packets is arithmetic on bytes; it knows no device' },
  { from: 'app/queueing', mayImport: L0, because: 'the order of packets is arithmetic on numbers and times; it knows no device and no tunnel' },
  ...L2.map((from): Row => ({ from, mayImport: [...L0, ...L1], because: NO_SIDEWAYS })),
  { from: 'app/dataplane', mayImport: [...L0, ...L1, ...L2], because: 'the only place that orders the packet path; it runs in its own thread, so it may not see the node' },
  { from: 'app/node', mayImport: [...L0, ...L1, ...L2], because: 'owns the machines of the event thread; it speaks to the packet thread in commands and facts only' },
  {
    from: 'app/recorder',
    mayImport: [...L0, ...L1, 'app/node'],
    because: 'it stands around a node and feeds it again later: it knows what goes in and out, and none of the machines inside',
  },
  { from: 'app/api', mayImport: [...L0, ...L1, ...L3, 'app/recorder/pseudonyms.ts', 'app/language', 'npm:valibot'], because: 'the contract shows the node, it does not reach around it' },
  {
    from: 'app/host',
    mayImport: [...CORE, 'native-bindings', 'node:', 'npm:sodium-native', 'npm:@noble/hashes', 'npm:ws', 'npm:koffi', 'npm:valibot', 'npm:electron-log'],
    because: 'the only engine code that touches the operating system; test code (sim/) does not ship, so it stays out, but for the sandbox',
  },
  {
    from: 'app/host/sandbox',
    mayImport: [...CORE, 'app/host', 'app/sim', 'node:', 'npm:valibot'],
    because: "the sandbox tailnet of the demo is made of the simulator's twins on real sockets",
  },
  { from: 'app/cli', mayImport: [...CORE, 'app/host', 'node:', 'npm:commander', 'npm:valibot'], because: 'a front end: it talks to a host and starts one' },
  { from: 'app/cli/sim.ts', mayImport: [...CORE, 'app/host', 'app/sim', 'app/cli', 'node:', 'npm:commander'], because: 'the command that runs scenarios' },
  {
    from: 'app/sim',
    mayImport: CORE,
    because: 'the simulated world drives the same machines that ship, and interprets the same effects; cryptography is handed to it as a port',
  },
  {
    from: 'main',
    mayImport: ['app/host', 'app/api', 'app/base', 'app/language', 'app/time', 'node:', 'npm:electron-log', 'npm:valibot'],
    typesOnly: ['app/node/messages.ts', 'app/ports'],
    because: 'Electron main is thin: it hosts the engine and shows it; only electron-adapter.ts touches Electron itself',
  },
  { from: 'main/electron-adapter.ts', mayImport: ['main', 'app/api', 'node:', 'npm:electron'], because: 'the one file that the tests replace by a fake' },
  { from: 'main/electron-life.ts', mayImport: ['main', 'npm:electron'], because: 'how the app ends, apart from electron-adapter.ts because it is long; the tests replace it by the same fake' },
  { from: 'main/electron-hands.ts', mayImport: ['main', 'app/host/shell/autostart-file.ts', 'node:', 'npm:electron'], typesOnly: ['app/host/shell'], because: "the shell's hands on Electron, without a decision; tests bring fakes" },
  { from: 'main/update-carrier.ts', mayImport: ['app/host/error-code.ts', 'npm:electron-updater'], typesOnly: ['app/host/update', 'app/ports'], because: 'the only file that makes electron-updater do anything; it runs on plain Node too, so that tests drive the real one' },
  { from: 'main/electron-update.ts', mayImport: ['main', 'node:', 'npm:electron', 'npm:electron-updater'], typesOnly: ['app/host/update'], because: 'as electron-hands.ts' },
  { from: 'main/electron-vault.ts', mayImport: ['main', 'npm:electron'], typesOnly: ['app/host/vault'], because: 'as electron-hands.ts' },
  { from: 'main/electron-refusal.ts', mayImport: ['npm:electron'], because: 'as electron-hands.ts; loaded before anything that has a native' },
  { from: 'main/electron-notes.ts', mayImport: ['main', 'npm:electron'], because: 'as electron-tray.ts' },
  { from: 'main/electron-tray.ts', mayImport: ['main', 'node:', 'npm:electron'], because: 'the tray of electron-adapter.ts, apart because it is long; the tests replace it by the same fake' },
  {
    from: 'main/preload.ts',
    mayImport: ['main/bridge.ts', 'app/api', 'npm:electron'],
    because: "a sandboxed preload script sees Electron's two bridge calls and the schema; no Node",
  },
  {
    from: 'renderer',
    mayImport: [
      'app/api',
      'app/language',
      'npm:react',
      'npm:react-dom',
      'npm:zustand',
      'npm:@fontsource-variable/inter',
      'npm:valibot',
      'npm:lucide-react',
    ],
    typesOnly: ['app/node/messages.ts'],
    because: 'the page is sandboxed: it knows the schema and the words, no engine, no Node, no Electron',
  },
  { from: 'renderer/src/fake-shell.ts', mayImport: ['renderer', 'app/api', 'app/recorder/pseudonyms.ts'], because: "a test's engine makes its report as the real one does, with the same stand-ins" },
  { from: 'renderer/vite.config.ts', mayImport: ['renderer', 'node:', 'npm:vite', 'npm:@vitejs/plugin-react'], because: 'runs at build time, in Node' },
  { from: 'native-bindings', mayImport: [...L0, 'node:', 'npm:koffi'], because: 'system calls as functions; the host decides what they mean' },
  { from: 'bench', typesOnly: ['renderer/src/fake-bridge.ts'], mayImport: ['app', 'main', 'bench', 'tests/kit/many-peers.ts', 'tests/ui/chromium.ts', 'tests/ui/serve.ts', 'tests/ui/demo-run.ts', 'tests/doubles', 'native-bindings', 'node:', 'npm:sodium-native', 'npm:@noble/hashes', 'npm:commander', 'npm:playwright-core', 'npm:ws'], because: 'measures anything' },
  { from: 'build', mayImport: ['main/tray-pictures.ts', 'main/native-list.ts', 'app/host/update/manifest.ts', 'app/host/update/file-hash.ts', 'node:', 'npm:electron-builder', 'npm:vite'], because: 'runs at packaging time, knows no engine; what it signs is judged by the code of the app' },
  { from: 'tests/packaged', mayImport: ['tests/packaged', 'dist/build', 'node:', 'npm:@electron/asar', 'npm:playwright-core'], because: 'plain scripts for packaged apps; they judge by what the hooks of the build judge by' },
  {
    from: 'tests',
    mayImport: ['app', 'main', 'renderer', 'bench', 'build', 'native-bindings', 'node:', 'npm:playwright-core', 'npm:axe-core', 'npm:valibot', 'npm:ws', 'npm:vite', 'npm:electron', 'npm:sodium-native', 'npm:koffi'],
    because: 'a test may stand anywhere',
  },
];

/** Test files stand outside the layers, as folder tests/ does; product code may not lean on them. */
const TEST_ROW: Row = {
  from: '*.test.ts',
  mayImport: ['app', 'main', 'renderer', 'bench', 'tests', 'native-bindings', 'build', 'node:', 'npm:vitest', 'npm:fast-check', 'npm:@formatjs/icu-messageformat-parser', 'npm:valibot', 'npm:sodium-native', 'npm:@noble/hashes', 'npm:ws', 'npm:ipaddr.js', 'npm:react', 'npm:react-dom', 'npm:zustand', 'npm:electron-updater', 'npm:koffi', 'npm:yaml'],
  because: 'a test may use the simulator, the real cryptography and files',
};

const inside = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

export function rowFor(path: string): Row | undefined {
  if (isTest(path)) return TEST_ROW;
  const fits = TABLE.filter((row) => inside(path, row.from));
  return fits.toSorted((a, b) => b.from.length - a.from.length)[0];
}

function matches(target: string, allowed: string): boolean {
  if (allowed === 'node:') return target.startsWith('node:');
  if (allowed.startsWith('npm:')) return inside(target, allowed.slice(4));
  return inside(target, allowed);
}

/** Undefined when the import is fine, else one sentence that names file, target and reason. */
export function judge(path: string, found: Import): string | undefined {
  const row = rowFor(path);
  if (row === undefined) return `${path} belongs to no row of the import table`;
  const target = resolveImport(path, found.target);
  if (found.target === '(computed)') return isTest(path) ? undefined : `${path} imports a computed target, which no rule can check`;
  if (isTest(target)) return `${path} imports the test ${target}: product code and other tests never lean on a test`;
  if (inside(target, 'vitest') || target === 'fast-check') {
    return isTest(path) || inside(path, 'tests') || path === 'vitest.config.ts' ? undefined : `${path} imports ${target}: only tests do`;
  }
  if (inside(target, row.from) || row.mayImport.some((allowed) => matches(target, allowed))) return undefined;
  if ((row.typesOnly ?? []).some((allowed) => matches(target, allowed))) {
    return found.typeOnly ? undefined : `${path} imports ${target} as a value; only its types are allowed: ${row.because}`;
  }
  return `${path} imports ${target}: ${row.because}`;
}
