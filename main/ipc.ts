/**
 * The page's requests: who may ask, what may be asked, and the answer. Fails closed: an unknown window, a child frame, a
 * frame that is gone, another origin, a command that is not for pages, or parameters that do not fit the schema are
 * refused, logged, and nothing is called. Never throws back to the page.
 */
import { api, check, PAGE_COMMANDS, type CommandParams, type PageCommand, type ReplyFrame } from '../app/api/schema.ts';
import type { Answer, EnginePort, SandboxPort } from '../app/host/engine-port.ts';
import type { Log } from '../app/ports/log.ts';
import { CHANNELS, PAGE_URL } from './bridge.ts';
import type { ElectronPort, Sender } from './ports.ts';

type Handlers = { readonly [N in PageCommand]: (params: CommandParams<N>) => Promise<Answer<unknown>> };

/** One handler for each command of PAGE_COMMANDS; a missing or an extra one does not compile. */
function handlersFor(engine: EnginePort, sandbox: SandboxPort | undefined): Handlers {
  return {
    snapshot: async () => ({ ok: true, value: engine.snapshot() }),
    ping: ({ peer, seq }) => engine.ping(peer, seq),
    check: async ({ peer }) => engine.check(peer),
    breakIt: async ({ fault }) => {
      if (sandbox === undefined) return refused('no-sandbox', 'This is a real network: faults can only be made in the demo.');
      return { ok: true, value: await sandbox.breakIt(fault) };
    },
  };
}

const refused = (code: string, message: string): { ok: false; error: { code: string; message: string } } => ({ ok: false, error: { code, message } });

const isPageCommand = (value: unknown): value is PageCommand => (PAGE_COMMANDS as readonly unknown[]).includes(value);

/** Undefined when this sender may ask; else why not. */
export function whyNotTrusted(sender: Sender, isOurs: (windowId: number) => boolean): string | undefined {
  if (sender.windowId === undefined || !isOurs(sender.windowId)) return 'not one of our windows';
  if (sender.frame === null) return 'its frame is gone';
  if (!sender.frame.isMain) return 'a frame inside the page';
  let url: URL;
  try {
    url = new URL(sender.frame.url);
  } catch {
    return 'no address';
  }
  const page = new URL(PAGE_URL);
  // `origin` is the text "null" for custom schemes in Node: compare the parts.
  if (url.protocol !== page.protocol || url.host !== page.host) return 'another origin';
  return undefined;
}

export interface IpcParts {
  readonly electron: Pick<ElectronPort, 'handle'>;
  readonly engine: EnginePort;
  readonly sandbox?: SandboxPort;
  readonly log: Log;
  readonly isOurs: (windowId: number) => boolean;
}

export function serveIpc({ electron, engine, sandbox, log, isOurs }: IpcParts): void {
  const handlers = handlersFor(engine, sandbox);
  electron.handle(CHANNELS.request, async (sender, [command, params]): Promise<ReplyFrame> => {
    const why = whyNotTrusted(sender, isOurs);
    if (why !== undefined) {
      log.write('warn', 'ipc', `refused a request: ${why}`);
      return { id: 0, ...refused('refused', 'This page may not ask the engine.') };
    }
    if (!isPageCommand(command)) {
      log.write('warn', 'ipc', 'refused a request: a command that is not for pages');
      return { id: 0, ...refused('unknown-command', 'The engine does not know this command.') };
    }
    const checked = check(api.commands[command].params, params, command);
    if (!checked.ok) {
      log.write('debug', 'ipc', checked.error.message);
      return { id: 0, ...checked };
    }
    // The table pairs each command with its own parameters; indexing it by a variable loses the pairing.
    const handler = handlers[command] as (params: unknown) => Promise<Answer<unknown>>;
    try {
      const answer = await handler(checked.value);
      return answer.ok ? { id: 0, ok: true, result: answer.value } : { id: 0, ...answer };
    } catch (error) {
      log.write('error', 'ipc', `${command} threw: ${error instanceof Error ? error.message : String(error)}`);
      return { id: 0, ...refused('bug', `${command} ended with an error inside Bowline. The log has the details.`) };
    }
  });
}
