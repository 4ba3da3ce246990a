/** The fake bridge's shell: settings that are kept, a report of the scene, a clipboard and a file that only the tray has. */
import { reportText } from '../../app/api/report.ts';
import { Pseudonyms } from '../../app/recorder/pseudonyms.ts';
import type { CommandParams, CommandResult, PageCommand, ShellView, Snapshot, UpdateView } from '../../app/api/schema.ts';

export const fakeShell: ShellView = {
  kind: 'headless',
  system: 'linux',
  settings: { language: 'system', theme: 'system', startAtLogin: false, notify: 'problems', report: 'stand-ins', updates: 'ask' },
  can: { startAtLogin: false, notify: false, updates: false },
  update: { kind: 'off', why: 'by-the-system' },
  loginItem: null,
  keys: { kind: 'open', why: 'no-vault' },
  links: [],
};

export const fakeTray: ShellView = {
  ...fakeShell,
  kind: 'tray',
  system: 'macos',
  can: { startAtLogin: true, notify: true, updates: true },
  loginItem: 'off',
  keys: { kind: 'sealed', by: 'keychain' },
  update: { kind: 'none', checkedAt: Date.UTC(2026, 10, 21, 9, 30), waiting: null },
};

export type ShellCommand = Extract<PageCommand, 'changeSettings' | 'report' | 'keepReport' | 'copyText' | 'openLink' | 'update' | 'dropInvitation'>;

const program = {
  version: '0.1.0',
  uptimeSeconds: 4_210,
  refusals: { 'unknown-session': 3 },
  wakeups: { 'event: keepalive': 212 },
  teardowns: 0,
  memoryBytes: 71_000_000,
  system: 'linux 6.12.0, x64, node 22.20.0',
  loop: { limitMs: 100, deadlines: { count: 8_112, halfMs: 0.3, mostMs: 2.1, worstMs: 9, late: 0 }, rounds: { count: 16_840, halfMs: 0.2, mostMs: 1.9, worstMs: 7, late: 0 } },
};

/** As the real one tells it, with its stand-ins. */
function reportOf(snapshot: Snapshot, names: CommandParams<'report'>['names']): CommandResult<'report'> {
  const text = reportText({ snapshot, program, kept: null, ways: [] }, names === 'open' ? undefined : new Pseudonyms());
  return { text, recording: 'a recording '.repeat(2_000), fileName: 'bowline-2026-11-21T14-02-11Z.txt' };
}

const FOUND = { version: '0.2.0', notes: 'Relay connections are replaced at once when the router changes its address.\nThe peer list keeps its place while it updates.' };

/** Where an update stands after a step. */
function afterStep(step: CommandParams<'update'>['step'], update: UpdateView): UpdateView {
  switch (step) {
    case 'check':
      return { kind: 'available', ...FOUND, bytes: 28_400_000 };
    case 'download':
      return { kind: 'downloading', version: FOUND.version, percent: 0 };
    case 'install':
      return update;
  }
}

/** `show` puts the changed shell into the snapshot. */
export function answerShell(snapshot: Snapshot, show: (shell: ShellView) => void, command: ShellCommand, params: unknown): CommandResult<ShellCommand> {
  const now = snapshot.shell ?? fakeShell;
  const report = (names: CommandParams<'report'>['names']): CommandResult<'report'> => reportOf(snapshot, names);
  switch (command) {
    case 'changeSettings': {
      const { change } = params as CommandParams<'changeSettings'>;
      const settings = { ...now.settings, ...change } as ShellView['settings'];
      show({ ...now, settings, loginItem: now.loginItem === null ? null : settings.startAtLogin ? 'on' : 'off' });
      return { settings };
    }
    case 'report':
      return report((params as CommandParams<'report'>).names);
    case 'keepReport': {
      const { to, names } = params as CommandParams<'keepReport'>;
      const here = now.kind === 'tray';
      return { kept: here ? to : 'not-here', where: here && to === 'file' ? 'Documents/bowline.txt' : null, bytes: here ? report(names).text.length : 0 };
    }
    case 'copyText':
      return { copied: now.kind === 'tray' };
    case 'openLink':
      return { url: now.kind === 'tray' ? null : `https://bowline.example/${(params as CommandParams<'openLink'>).link}` };
    case 'dropInvitation': {
      const { invitation, ...rest } = now;
      show(rest);
      return { dropped: invitation !== undefined };
    }
    case 'update':
      if (now.can.updates) show({ ...now, update: afterStep((params as CommandParams<'update'>).step, now.update) });
      return { begun: now.can.updates };
  }
}
