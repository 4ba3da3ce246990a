/**
 * Check 26: an app that nobody signed in to speaks to nobody for ten minutes. Looks each second at the sockets of the program and its
 * children by the system's own command; what lives shorter is not seen, so a packet capture beside it is worth having.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appAt, verdict } from './packaged-app.mjs';

const MINUTES = Number(process.argv[3] ?? 10);
const { binary } = appAt(process.argv[2]);
const state = mkdtempSync(path.join(tmpdir(), 'bowline-quiet-'));
const child = spawn(binary, [`--user-data-dir=${state}`, '--hidden'], { stdio: 'ignore', env: { ...process.env, HOME: state, XDG_STATE_HOME: state, APPDATA: state, LOCALAPPDATA: state } });
const seen = new Set();

function family() {
  if (process.platform === 'win32') {
    const rows = JSON.parse(execFileSync('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', ['-NoProfile', '-Command', 'Get-CimInstance Win32_Process | Select-Object ProcessId,ParentProcessId | ConvertTo-Json -Compress'], { encoding: 'utf8' }));
    return descendants(rows.map(({ ProcessId, ParentProcessId }) => [ProcessId, ParentProcessId]));
  }
  return descendants(execFileSync('/bin/ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number)));
}

function descendants(rows) {
  const found = new Set([child.pid]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of rows) if (found.has(parent)) found.add(pid);
  }
  return found;
}

/** Remote ends that are not this computer. */
function remotes() {
  const pids = family();
  if (process.platform === 'win32') {
    const lines = execFileSync('C:\\Windows\\System32\\netstat.exe', ['-ano'], { encoding: 'utf8' }).split(/\r?\n/).map((line) => line.trim().split(/\s+/));
    return lines.filter((words) => pids.has(Number(words.at(-1)))).map((words) => words[2] ?? '');
  }
  if (process.platform === 'linux') {
    const lines = execFileSync('/usr/bin/ss', ['-Htunp'], { encoding: 'utf8' }).split('\n').filter((line) => [...line.matchAll(/pid=(\d+)/g)].some(([, pid]) => pids.has(Number(pid))));
    return lines.map((line) => line.trim().split(/\s+/)[5] ?? '');
  }
  const listed = execFileSync('/usr/sbin/lsof', ['-nP', '-i', '-a', '-p', [...pids].join(',')], { encoding: 'utf8' }).split('\n');
  return listed.flatMap((line) => /->(\S+)/.exec(line)?.[1] ?? []);
}

const isHere = (end) => /^(?:127\.|\[?::1|localhost|0\.0\.0\.0|\[::\]|\*)/.test(end) || end === '';
try {
  for (const until = Date.now() + MINUTES * 60_000; Date.now() < until && child.exitCode === null; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    let ends = [];
    try {
      ends = remotes();
    } catch {
      // Nothing found is how these commands fail too.
    }
    for (const end of ends) if (!isHere(end)) seen.add(end);
  }
  verdict([...(child.exitCode === null ? [] : [`it ended with ${child.exitCode}, so nothing was shown`]), ...[...seen].map((end) => `it spoke to ${end}`)], `nobody was spoken to in ${MINUTES} minutes`);
} finally {
  child.kill();
  rmSync(state, { recursive: true, force: true });
}
