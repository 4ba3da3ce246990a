/** The fake bridge's shell: settings that are kept, a report of two lines, a clipboard that is the page's own. */
import type { CommandParams, CommandResult, PageCommand, ShellView } from '../../app/api/schema.ts';

export const fakeShell: ShellView = {
  kind: 'headless',
  system: 'linux',
  settings: { language: 'system', theme: 'system', startAtLogin: false, notify: 'problems', report: 'stand-ins', updates: 'ask' },
  can: { startAtLogin: false, notify: false, updates: false },
  update: { kind: 'off', why: 'by-the-system' },
  links: [],
  loopDelay: { p50Ms: 0.3, p99Ms: 1.2, maxMs: 9 },
};

export type ShellCommand = Extract<PageCommand, 'changeSettings' | 'report' | 'keepReport' | 'copyText' | 'openLink' | 'update'>;

/** `show` puts the changed shell into the snapshot. */
export function answerShell(shell: ShellView | null, show: (shell: ShellView) => void, command: ShellCommand, params: unknown): CommandResult<ShellCommand> {
  const now = shell ?? fakeShell;
  switch (command) {
    case 'changeSettings': {
      const { change } = params as CommandParams<'changeSettings'>;
      const settings = { ...now.settings, ...change } as ShellView['settings'];
      show({ ...now, settings });
      return { settings };
    }
    case 'report':
      return { text: `Bowline 0.1.0: diagnostics\nnames: ${(params as CommandParams<'report'>).names}`, recording: 'a recording', fileName: 'bowline-2026-11-26.txt' };
    case 'keepReport': {
      const { to } = params as CommandParams<'keepReport'>;
      return { kept: now.kind === 'tray' ? to : 'not-here', where: now.kind === 'tray' && to === 'file' ? 'Documents/bowline.txt' : null, bytes: 60 };
    }
    case 'copyText':
      return { copied: now.kind === 'tray' };
    case 'openLink':
      return { url: now.kind === 'tray' ? null : 'https://bowline.example/' };
    case 'update':
      return { begun: now.can.updates };
  }
}
