/**
 * Where the parts of a packaged Bowline lie on each system, and how it is started apart from the one that a person uses. Run by hand
 * on the system that the package is for. Callers: the scripts of this folder.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const BINARIES = { darwin: 'Contents/MacOS/Bowline', win32: 'Bowline.exe', linux: 'bowline' };
const RESOURCES = { darwin: 'Contents/Resources', win32: 'resources', linux: 'resources' };

/** Of the app in this folder (Bowline.app, or the folder of the program). Ends with status 2 and a sentence when it is none. */
export function appAt(folder, system = process.platform) {
  const usage = (why) => {
    process.stderr.write(`${path.basename(process.argv[1])}: ${why}\nusage: node ${path.relative(process.cwd(), process.argv[1])} FOLDER   (Bowline.app on macOS; elsewhere the folder of the program)\n`);
    process.exit(2);
  };
  if (folder === undefined) usage('which app?');
  const at = path.resolve(folder);
  const binary = path.join(at, BINARIES[system] ?? 'bowline');
  if (!existsSync(binary)) usage(`${binary} is not there`);
  const resources = path.join(at, RESOURCES[system] ?? 'resources');
  const framework = path.join(at, 'Contents/Frameworks/Electron Framework.framework/Electron Framework');
  return { folder: at, binary, resources, archive: path.join(resources, 'app.asar'), outside: path.join(resources, 'app.asar.unpacked'), withFuses: system === 'darwin' ? framework : binary };
}

/** A copy that may be changed, handed to `work` and removed afterwards. */
export async function withCopy(app, work) {
  const room = mkdtempSync(path.join(tmpdir(), 'bowline-packaged-'));
  try {
    const to = path.join(room, path.basename(app.folder));
    cpSync(app.folder, to, { recursive: true, verbatimSymlinks: true });
    await work(appAt(to));
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

/** Starts it with a state of its own and waits `ms`: what became of it, and what it said. */
export async function runFor(ms, binary, args = [], env = {}) {
  const state = mkdtempSync(path.join(tmpdir(), 'bowline-state-'));
  const child = spawn(binary, [`--user-data-dir=${state}`, '--hidden', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: state, XDG_STATE_HOME: state, APPDATA: state, LOCALAPPDATA: state, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk.toString('utf8')));
  const ended = await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    child.once('error', (error) => resolve({ status: null, error: error.message }));
    child.once('exit', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal });
    });
  });
  if (ended === undefined) child.kill('SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 500));
  rmSync(state, { recursive: true, force: true });
  return { alive: ended === undefined, status: ended?.status ?? null, said };
}

/** Every file below, as whole paths. */
export const filesBelow = (folder) => (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)) : []);

/** Tells the faults and ends: 0 none, 1 some. */
export function verdict(faults, fine) {
  process.stdout.write(faults.length === 0 ? `${fine}\n` : `${faults.map((fault) => `- ${fault}`).join('\n')}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
