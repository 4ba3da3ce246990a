/**
 * What the app hosts: the tailnet of this person, kept where the command line looks for it too, or the sandbox. It makes no
 * window and knows no Electron. Callers: main.ts.
 */
import type { ShellPort } from '../app/host/engine-port.ts';
import { defaultStateDirectory, socketPath } from '../app/host/control-socket/socket-path.ts';
import { startSandbox } from '../app/host/sandbox/sandbox.ts';
import { startTailnet } from '../app/host/tailnet/start-tailnet.ts';
import type { Log } from '../app/ports/log.ts';
import type { Started } from './app.ts';

const DEVICE = 'bowline0';

/** Where a missing account or device is no reason not to start: the page says so, and a person goes on from there. */
export async function hostTailnet(log: Log, shell: ShellPort | undefined): Promise<Started> {
  const tailnet = await startTailnet({
    server: undefined,
    authKey: undefined,
    hostname: undefined,
    device: DEVICE,
    acceptRoutes: false,
    socket: socketPath({}),
    stateDirectory: defaultStateDirectory(),
    // The window shows the page; no port of this computer does.
    page: undefined,
    mover: 'fast',
    whatLacks: 'told',
    ...(shell === undefined ? {} : { shell }),
    log,
  });
  const { engine, accounts, asked } = tailnet;
  return { engine, accounts, asked, stop: () => tailnet.stop(), takeBackNow: () => tailnet.takeBackNow() };
}

export async function hostSandbox(log: Log): Promise<Started> {
  const sandbox = await startSandbox({ log });
  return { engine: sandbox.engine, sandbox: sandbox.faults, accounts: sandbox.accounts, stop: () => sandbox.close() };
}
