/**
 * What the app hosts: the tailnet of this person, kept where the command line looks for it too, or the sandbox. It makes no
 * window and knows no Electron. Callers: main.ts.
 */
import { defaultStateDirectory, socketPath } from '../app/host/control-socket/socket-path.ts';
import { createFileStore } from '../app/host/store.ts';
import { startTailnet, TAILNET_DEVICE } from '../app/host/tailnet/start-tailnet.ts';
import type { Shell } from '../app/host/shell/shell.ts';
import type { KeyVault } from '../app/host/vault/key-vault.ts';
import { pickLanguage } from '../app/language/languages.ts';
import { translator } from '../app/language/texts.ts';
import type { Log } from '../app/ports/log.ts';
import type { Store } from '../app/ports/store.ts';
import type { Started } from './app.ts';

/** Where a missing account or device is no reason not to start: the page says so, and a person goes on from there. */
export async function hostTailnet(log: Log, shell: (store: Store) => Shell, vault: KeyVault): Promise<Started> {
  const tailnet = await startTailnet({
    server: undefined,
    authKey: undefined,
    hostname: undefined,
    device: TAILNET_DEVICE,
    acceptRoutes: false,
    socket: socketPath({}),
    stateDirectory: defaultStateDirectory(),
    // The window shows the page; no port of this computer does.
    page: undefined,
    mover: 'fast',
    whatLacks: 'told',
    shell,
    vault,
    log,
  });
  const { engine, accounts, asked } = tailnet;
  return { engine, accounts, shell: tailnet.shell, asked, stop: () => tailnet.stop(), takeBackNow: () => tailnet.takeBackNow() };
}

/** `shell` keeps the person's own settings, in the same place as for the tailnet. */
export async function hostSandbox(log: Log, make: (store: Store) => Shell): Promise<Started> {
  const shell = make(createFileStore(defaultStateDirectory(), log));
  // Not in a package, whose program cannot start the demo's peers as Node.
  const { startSandbox } = await import('../app/host/sandbox/sandbox.ts');
  const sandbox = await startSandbox({ log, shell });
  return { engine: sandbox.engine, sandbox: sandbox.faults, accounts: sandbox.accounts, shell, stop: () => sandbox.close() };
}

/** Its peers are processes of this program run as plain Node, which a packaged app refuses to be (electron-builder.yml's fuses). */
export const noSandbox = (preferred: readonly string[]): Promise<never> => Promise.reject(new Error(translator(pickLanguage(preferred)).text('app.no-sandbox')));
