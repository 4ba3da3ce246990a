/** The autostart file of Linux in a folder of its own: written, read back, hidden by a desktop, changed by a person, not ours. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAutostart, execLine } from './autostart-file.ts';

let home = '';
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-autostart-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(home, { recursive: true });
});

const PROGRAM = '/opt/Bowline/bowline';
const item = (env: Parameters<typeof createAutostart>[0]['env'] = {}, command: readonly string[] = [PROGRAM, '--hidden']) => createAutostart({ command, env, home });
const file = (): string => path.join(home, '.config', 'autostart', 'org.bowline.Bowline.desktop');
const text = (): string => fs.readFileSync(file(), 'utf8');
const change = (from: string, to: string): void => fs.writeFileSync(file(), text().replace(from, to));

describe('start at login, on Linux', () => {
  it('is off, then on, then off, and nothing else is left', () => {
    expect(item().state()).toBe('off');
    expect(item().set(true)).toBeUndefined();
    expect(item().state()).toBe('on');
    expect(text()).toContain(`Exec="${PROGRAM}" "--hidden"\n`);
    expect(fs.readdirSync(path.dirname(file()))).toEqual([path.basename(file())]);
    expect(item().set(false)).toBeUndefined();
    expect(item().state()).toBe('off');
    expect(fs.readdirSync(path.dirname(file()))).toEqual([]);
  });

  it('lies where the desktop looks: XDG_CONFIG_HOME, but for a relative one', () => {
    const other = path.join(home, 'other');
    item({ XDG_CONFIG_HOME: other }).set(true);
    expect(fs.readdirSync(path.join(other, 'autostart'))).toEqual([path.basename(file())]);
    item({ XDG_CONFIG_HOME: 'relative' }).set(true);
    expect(fs.existsSync(file())).toBe(true);
    expect(fs.existsSync('relative')).toBe(false);
  });

  it('says when a desktop has disabled it, and is on again when it is set', () => {
    for (const [from, to] of [
      ['Terminal=false', 'Hidden=true'],
      ['X-GNOME-Autostart-enabled=true', 'X-GNOME-Autostart-enabled=false'],
      ['Terminal=false', 'OnlyShowIn=KDE;'],
      ['Terminal=false', 'NotShowIn=XFCE;GNOME;'],
    ] as const) {
      item().set(true);
      change(from, to);
      expect(item({ XDG_CURRENT_DESKTOP: 'ubuntu:GNOME' }).state(), to).toBe('disabled');
      item().set(true);
      expect(item({ XDG_CURRENT_DESKTOP: 'ubuntu:GNOME' }).state()).toBe('on');
    }
  });

  it('says when another copy of Bowline would start', () => {
    item({}, ['/srv/old/bowline', '--hidden']).set(true);
    expect(item().state()).toBe('elsewhere');
    item().set(true);
    expect(item().state()).toBe('on');
  });

  it('neither changes nor removes what is not ours: a file of a person, a link, a folder', () => {
    fs.mkdirSync(path.dirname(file()), { recursive: true });
    const make: (() => void)[] = [
      () => fs.writeFileSync(file(), '[Desktop Entry]\nExec=mine\n'),
      () => fs.writeFileSync(file(), '[Other]\nX-Bowline-Autostart=1\n'),
      () => fs.writeFileSync(file(), `[Desktop Entry]\nX-Bowline-Autostart=1\n${'#'.repeat(70_000)}`),
      () => fs.mkdirSync(file()),
      () => {
        fs.writeFileSync(path.join(home, 'target'), '[Desktop Entry]\nX-Bowline-Autostart=1\n');
        fs.symlinkSync(path.join(home, 'target'), file());
      },
    ];
    for (const [i, put] of make.entries()) {
      put();
      const before = fs.lstatSync(file()).isFile() ? text() : '';
      item().set(true);
      item().set(false);
      expect(item().state(), String(i)).toBe('foreign');
      expect(fs.lstatSync(file()).isFile() ? text() : '').toBe(before);
      fs.rmSync(file(), { recursive: true });
    }
    expect(fs.readFileSync(path.join(home, 'target'), 'utf8')).toBe('[Desktop Entry]\nX-Bowline-Autostart=1\n');
  });

  it('keeps the old file when it ends between write and rename, and says why', () => {
    item().set(true);
    const before = text();
    vi.spyOn(fs, 'renameSync').mockImplementation(() => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    expect(item({}, ['/opt/new/bowline']).set(true)).toContain('ENOSPC');
    expect(text()).toBe(before);
    expect(fs.readdirSync(path.dirname(file()))).toHaveLength(1);
  });

  it('quotes what a shell or the file would read otherwise, and refuses what cannot stand there', () => {
    expect(execLine(['/opt/My "App"/$x`y`\\z/100%', '--hidden'])).toBe('"/opt/My \\\\"App\\\\"/\\\\$x\\\\`y\\\\`\\\\\\\\z/100%%" "--hidden"');
    for (const command of [[], ['bowline'], ['/opt/a\nExec=/bin/evil'], ['/opt/a', '--x\u0000'], ['/opt/a=b']]) expect(execLine(command)).toBeUndefined();
    expect(item({}, ['bowline']).set(true)).toContain('cannot stand');
    expect(item().state()).toBe('off');
  });
});
