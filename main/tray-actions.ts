/** What each action of the tray does, and what is to be said of it. Called by the tray's desk only, which keeps the deadlines. */
import { sayError } from '../app/api/answers.ts';
import { formatBytes } from '../app/api/units.ts';
import type { AccountsPort, Answer, EnginePort, ShellPort } from '../app/host/engine-port.ts';
import type { Outcome, Perform } from './tray-desk.ts';
import type { TrayAction, WindowPage } from './tray-view.ts';
import type { TrayWords } from './tray-words.ts';

export interface TrayReach {
  /** What runs by now; undefined: not yet, or not here. */
  readonly running: () => { readonly engine?: EnginePort; readonly accounts?: AccountsPort; readonly shell?: ShellPort };
  readonly copy: (text: string) => void;
  readonly open: (page: WindowPage | null) => void;
  readonly quit: () => void;
  readonly words: () => TrayWords;
  /** ms since 1970. */
  readonly wall: () => number;
}

const done = (key: Outcome['key'], values: Outcome['values'] = {}): Outcome => ({ kind: 'done', key, values });
const failed = (why: string): Outcome => ({ kind: 'failed', key: 'tray.failed', values: { why } });
const of = <T>(answer: Answer<T>, words: TrayWords, say: (value: T) => Outcome): Outcome => (answer.ok ? say(answer.value) : failed(sayError(answer.error, words.language)));

export function trayActions(reach: TrayReach): Perform {
  return (action) => perform(reach, action);
}

async function perform({ running, copy, open, quit, words, wall }: TrayReach, action: TrayAction): Promise<Outcome | null> {
  const { engine, accounts, shell } = running();
  const missing = failed(words().text('tray.no-engine'));
  switch (action.kind) {
    case 'open':
      open(action.page);
      return null;
    case 'copy':
      copy(action.text);
      return done('tray.done-copy', { address: action.text });
    case 'quit':
      quit();
      return null;
    case 'check':
      return engine === undefined ? missing : of(engine.check(null), words(), ({ asked }) => done('tray.done-check', { asked, at: words().when(wall()) }));
    case 'sign-in': {
      const answer = shell?.openLink('sign-in');
      if (answer?.ok === true) return done('tray.done-link');
      // The window shows the address and says what else can be done.
      open('overview');
      return null;
    }
    case 'report': {
      if (engine === undefined || shell === undefined) return missing;
      const names = engine.snapshot().shell?.settings.report ?? 'stand-ins';
      return of(await shell.keepReport({ names, to: 'clipboard' }), words(), ({ kept, bytes }) =>
        kept === 'clipboard' ? done('tray.done-report', { size: formatBytes(bytes, words().language) }) : { kind: 'failed', key: 'tray.done-report-not-here', values: {} },
      );
    }
    case 'switch':
      return accounts === undefined ? missing : of(await accounts.switchTo(action.account), words(), () => done('tray.done-switch', { account: action.name }));
  }
}
