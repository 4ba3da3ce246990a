/** The doors of a running engine: the control socket, and the local page where it is built. */
import fs from 'node:fs';
import type { Log } from '../../ports/log.ts';
import { startControlSocket, type ControlSocket } from '../control-socket/server.ts';
import type { AccountsPort, EnginePort, ShellPort } from '../engine-port.ts';
import type { CommandHost } from '../frame-commands.ts';
import { startHeadless, type Headless } from '../headless/server.ts';
import { Problem } from './problem.ts';

/** A reply is on its way before the socket closes. ms. */
const SHUTDOWN_AFTER = 50;

export interface DoorsInit {
  readonly engine: EnginePort;
  /** Undefined: no server is used. */
  readonly accounts: AccountsPort | undefined;
  readonly socket: string;
  /** Absent: only a command line surrounds it. */
  readonly shell?: ShellPort;
  /** The built page; none is served where it is missing, or undefined. */
  readonly page: string | undefined;
  readonly log: Log;
}

export interface Doors {
  /** Somebody asked over the control socket to end it. */
  readonly asked: Promise<void>;
  close(): Promise<void>;
}

/** The control socket, and the page where it is built. */
export async function openDoors(options: DoorsInit): Promise<Doors> {
  const { engine, accounts, shell, log } = options;
  let ask = (): void => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const page: { headless: Headless | undefined } = { headless: undefined };
  const host: CommandHost = { engine, accounts, sandbox: undefined, shell, ui: () => page.headless?.url(), shutdown: () => setTimeout(ask, SHUTDOWN_AFTER), log };
  const socket: ControlSocket = await startControlSocket({ host, path: options.socket }).catch((error: unknown) => {
    throw new Problem(error instanceof Error ? error.message : String(error));
  });
  try {
    if (options.page !== undefined && fs.existsSync(options.page)) page.headless = await startHeadless({ host, directory: options.page });
  } catch (error) {
    log.write('warn', 'page', `no local page: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    asked,
    close: async () => {
      await page.headless?.close();
      await socket.close();
    },
  };
}
