/**
 * The verb `down`: asks the running host to end and waits until it has, so that the system is as before when this
 * returns. Where none runs but one was killed, it takes back what that one left.
 */
import { connectControl } from '../host/control-socket/client.ts';
import { createStderrLog } from '../host/log.ts';
import { recoverSystem } from '../host/tunnel/tunnel-host.ts';
import { translator } from '../language/texts.ts';
import type { Common, Terminal } from './verbs.ts';

export interface DownOptions extends Common {
  readonly stateDirectory: string;
}

const { text } = translator('en');

/** ms. */
const LOOK_EVERY = 50;
const END_WITHIN = 15_000;

export async function down(options: DownOptions, terminal: Terminal): Promise<0 | 1> {
  const connected = await connectControl(options.socket);
  if (!connected.ok) {
    const left = connected.error.code === 'not-running' ? await recoverSystem(options.stateDirectory, createStderrLog('warn')) : 0;
    if (left === 0) return fail(connected.error.message, connected.error.code, options, terminal);
    return done(text('cli.taken-back', { changes: left }), options, terminal);
  }
  const asked = await connected.value.request('shutdown', {});
  connected.value.close();
  if (!asked.ok) return fail(asked.error.message, asked.error.code, options, terminal);
  for (let waited = 0; waited < END_WITHIN; waited += LOOK_EVERY) {
    const again = await connectControl(options.socket);
    if (!again.ok) return done(text('cli.down'), options, terminal);
    again.value.close();
    await terminal.wait(LOOK_EVERY);
  }
  return fail(text('cli.still-running', { seconds: END_WITHIN / 1_000 }), 'still-running', options, terminal);
}

function done(text: string, options: DownOptions, terminal: Terminal): 0 {
  terminal.out(options.json ? JSON.stringify({ down: true }) : text);
  return 0;
}

function fail(message: string, code: string, options: DownOptions, terminal: Terminal): 1 {
  if (options.json) terminal.out(JSON.stringify({ error: { code, message } }));
  terminal.error(`bowline: ${message}`);
  return 1;
}
