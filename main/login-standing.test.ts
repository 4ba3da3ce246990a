import { describe, expect, it } from 'vitest';
import { loginStanding, type LoginSettings } from './login-standing.ts';

const settings = (change: Partial<LoginSettings> = {}): LoginSettings => ({ openAtLogin: false, status: 'not-registered', executableWillLaunchAtLogin: false, ...change });

describe('the login item, as the system tells of it', () => {
  it('is on for macOS only when it was approved', () => {
    expect(loginStanding('darwin', settings({ status: 'enabled', openAtLogin: true }))).toBe('on');
    expect(loginStanding('darwin', settings({ status: 'requires-approval', openAtLogin: true }))).toBe('requires-approval');
    for (const status of ['not-registered', 'not-found'] as const) expect(loginStanding('darwin', settings({ status, openAtLogin: true }))).toBe('off');
  });

  it('is on for Windows only when it was not switched off elsewhere', () => {
    expect(loginStanding('win32', settings({ openAtLogin: true, executableWillLaunchAtLogin: true }))).toBe('on');
    expect(loginStanding('win32', settings({ openAtLogin: true }))).toBe('disabled');
    expect(loginStanding('win32', settings({ executableWillLaunchAtLogin: true }))).toBe('elsewhere');
    expect(loginStanding('win32', settings())).toBe('off');
  });
});
