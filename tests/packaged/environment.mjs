/** Check 15: a packaged app is no Node, whatever its environment says, opens no door for a debugger, and refuses switches that open it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appAt, runFor, verdict } from './packaged-app.mjs';

const SAYS_WITHIN = 10_000;
const PORT = 39_229;
const IS_NODE = 42;
const { binary } = appAt(process.argv[2]);
const faults = [];

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });

const room = mkdtempSync(path.join(tmpdir(), 'bowline-environment-'));
const mark = path.join(room, 'loaded');
const script = path.join(room, 'load.cjs');
writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'x');`);
const asNode = await runFor(SAYS_WITHIN, binary, ['-e', `process.exit(${IS_NODE})`], { ELECTRON_RUN_AS_NODE: '1' });
if (asNode.status === IS_NODE) faults.push('ELECTRON_RUN_AS_NODE makes it Node');
await runFor(SAYS_WITHIN, binary, [], { NODE_OPTIONS: `--require ${script}` });
if (existsSync(mark)) faults.push('NODE_OPTIONS loads a file into it');
rmSync(room, { recursive: true });
for (const name of [`--inspect=${PORT}`, `--remote-debugging-port=${PORT}`, '--no-sandbox', '--disable-web-security', '--load-extension=x', '--js-flags=--expose-gc', '--renderer-cmd-prefix=x']) {
  const running = runFor(SAYS_WITHIN, binary, [name]);
  await new Promise((resolve) => setTimeout(resolve, SAYS_WITHIN / 2));
  if (await answers(PORT)) faults.push(`${name} opens a port`);
  if ((await running).alive) faults.push(`it starts with ${name}`);
}
verdict(faults, 'the environment and the command line open nothing');
