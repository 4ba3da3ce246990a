/**
 * Packs the app with the real electron-builder around a made-up Electron: an empty program with a fuse wire. What is real: the
 * configuration, both hooks, the choice of files, the archive, what lies outside it, the fuses. Then every module of the archive is
 * resolved, and imported by plain Node, from a folder without the rest of the tree. Linux only; downloads nothing.
 *
 *   npm run build && npm run build:icons && node tests/packaged/pack-twin.mjs
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { judgeWire, readWires } from '../../dist/build/fuse-wire.js';
import { nativesOf } from '../../dist/build/before-pack.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(path.join(root, 'node_modules/app-builder-lib/package.json'));
const asar = require('@electron/asar');

const folder = mkdtempSync(path.join(tmpdir(), 'bowline-pack-'));
const faults = [];
const check = (fine, sentence) => {
  if (!fine) faults.push(sentence);
};

/** Names as in Electron's archive for Linux; none of it can run. */
function makeElectron(to) {
  mkdirSync(path.join(to, 'resources'), { recursive: true });
  mkdirSync(path.join(to, 'locales'));
  for (const language of ['en-US', 'de', 'fr']) writeFileSync(path.join(to, 'locales', `${language}.pak`), '');
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version', 'chrome-sandbox', 'chrome_crashpad_handler']) writeFileSync(path.join(to, name), '');
  writeFileSync(path.join(to, 'electron'), Buffer.concat([Buffer.alloc(1000), Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([1, 9]), Buffer.from('101100011'), Buffer.alloc(1000)]));
  chmodSync(path.join(to, 'electron'), 0o755);
}

/** What a file names in its imports, and as files beside it (workers). */
function namesIn(text) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  return [...code.matchAll(/(?:^|[;}\n])\s*(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+\.c?js)['"]\s*,\s*import\.meta\.url/gm)].map(([, ...found]) => found.find((name) => name !== undefined));
}

try {
  const electron = path.join(folder, 'electron');
  const out = path.join(folder, 'out');
  makeElectron(electron);
  execFileSync(path.join(root, 'node_modules/.bin/electron-builder'), ['--config', 'electron-builder.yml', '--dir', '--linux', `--${process.arch}`, '--publish', 'never', `-c.electronDist=${electron}`, `-c.directories.output=${out}`], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, CSC_IDENTITY_AUTO_DISCOVERY: 'false' } });
  const packed = path.join(out, readdirSync(out).find((name) => name.startsWith('linux') && name.endsWith('unpacked')) ?? '');

  const wires = readWires(readFileSync(path.join(packed, 'bowline')));
  check(wires.length === 1, 'the program has no fuses');
  for (const wire of wires) faults.push(...judgeWire(wire, true));
  check(readdirSync(path.join(packed, 'locales')).toSorted().join() === 'de.pak,en-US.pak', "Chromium's texts are not those of en and de");

  const archive = path.join(packed, 'resources/app.asar');
  const files = asar.listPackage(archive).map((name) => name.replaceAll(path.sep, '/').slice(1));
  const app = path.join(folder, 'app');
  asar.extractAll(archive, app);
  const inside = files.filter((name) => statSync(path.join(app, name)).isFile());
  const natives = inside.filter((name) => name.endsWith('.node')).toSorted();
  check(natives.join() === nativesOf('linux', process.arch).toSorted().join(), `the natives in it are ${natives.join(', ')}`);
  for (const name of inside) {
    check(!/(?:^|\/)(?:[^/]+\.test\.js|[^/]+\.(?:ts|tsx|map|bare))$/.test(name) && !/^(?:tests|bench|build|release|docs|dist\/(?:bench|tests|build|renderer-fake))\//.test(name), `${name} is in it`);
  }
  for (const name of ['LICENSE', 'THIRD-PARTY-LICENCES', 'dist/main/natives.json', 'dist/main/preload.cjs', 'dist/renderer/index.html']) check(inside.includes(name), `${name} is not in it`);
  check(JSON.parse(readFileSync(path.join(app, 'package.json'), 'utf8')).scripts === undefined, 'its package.json has scripts');

  const ours = inside.filter((name) => /^dist\/(?:app|main|native-bindings)\/.*\.js$/.test(name));
  const importable = [];
  const reached = new Set();
  /** Whoever imports Electron, and what has work to do as soon as it is loaded. */
  const started = new Set(['dist/main/start.js', 'dist/main/main.js', 'dist/app/host/worker/packet-worker.js', 'dist/app/host/linux-fast/fast-worker.js']);
  const graph = new Map();
  for (const name of ours) {
    const file = path.join(app, name);
    const to = createRequire(file);
    const names = namesIn(readFileSync(file, 'utf8'));
    graph.set(name, []);
    for (const wanted of names) {
      if (wanted === 'electron' || wanted.startsWith('node:')) continue;
      if (wanted.startsWith('.')) {
        const there = path.posix.join(path.posix.dirname(name), wanted);
        check(inside.includes(there) || there === 'dist/app/host/sandbox/sandbox.js', `${name} needs ${wanted}, which is not in it`);
        graph.get(name).push(there);
      } else {
        try {
          check(to.resolve(wanted).startsWith(app), `${name} takes ${wanted} from elsewhere`);
        } catch (error) {
          check(error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED', `${name} needs ${wanted}, which is not in it`);
        }
      }
    }
    if (!names.includes('electron') && !started.has(name)) importable.push(name);
  }
  const walk = (name) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const next of graph.get(name) ?? []) walk(next);
  };
  walk('dist/main/start.js');
  check(reached.size > 300, `only ${reached.size} modules are reached from its first one`);
  for (const name of ours) check(!/^dist\/app\/(?:sim|cli|host\/sandbox)\//.test(name), `${name} is in it`);

  /** A module that imports Electron cannot be imported here, nor one that leads to it. */
  const leads = (name, seen = new Set()) => !seen.has(name) && (seen.add(name), namesIn(readFileSync(path.join(app, name), 'utf8')).includes('electron') || (graph.get(name) ?? []).some((next) => graph.has(next) && leads(next, seen)));
  const plain = importable.filter((name) => !leads(name));
  const script = `for (const name of ${JSON.stringify(plain.map((name) => pathToFileURL(path.join(app, name)).href))}) await import(name); process.stdout.write('all');`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH } });
  check(said === 'all', 'not every module could be imported');
  console.log(`${inside.length} files in the archive, ${natives.length} natives outside, ${ours.length} modules of ours resolved, ${plain.length} of them imported`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

for (const fault of faults) console.error(`- ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
