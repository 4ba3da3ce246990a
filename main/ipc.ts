/**
 * The page's door in Electron: who may ask. Fails closed: an unknown window, a child frame, a frame that is gone, or
 * another origin is refused, logged, and nothing is called. What may be asked (PAGE_COMMANDS) and with which parameters
 * is judged by the same answerer that serves the local page, so that the two doors cannot differ.
 */
import { refusal } from '../app/api/answers.ts';
import { PAGE_COMMANDS, type ReplyFrame } from '../app/api/schema.ts';
import type { AccountsPort, EnginePort, SandboxPort, ShellPort } from '../app/host/engine-port.ts';
import { createAnswerer } from '../app/host/frame-commands.ts';
import type { Log } from '../app/ports/log.ts';
import { CHANNELS, PAGE_URL } from './bridge.ts';
import type { ElectronPort, Sender } from './ports.ts';

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
  readonly accounts?: AccountsPort;
  readonly shell?: ShellPort;
  readonly log: Log;
  readonly isOurs: (windowId: number) => boolean;
}

export function serveIpc({ electron, engine, sandbox, accounts, shell, log, isOurs }: IpcParts): void {
  // `ui` and `shutdown` are not among the page's commands; these two never run.
  const answer = createAnswerer({ engine, sandbox, accounts, shell, ui: () => undefined, shutdown: () => {}, log }, PAGE_COMMANDS);
  electron.handle(CHANNELS.request, async (sender, [command, params]): Promise<ReplyFrame> => {
    const why = whyNotTrusted(sender, isOurs);
    if (why === undefined) return answer({ id: 0, command, params });
    log.write('warn', 'ipc', `refused a request: ${why}`);
    return { id: 0, ...refusal('refused', 'answer.not-trusted') };
  });
}
