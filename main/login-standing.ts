/** What macOS and Windows say of the login item, judged. Pure. Caller: electron-hands.ts; Linux has a file instead. */
import type { LoginItemState } from '../app/api/schema.ts';

/** The argument with which the system starts the app at login: in the tray, without a window. */
export const HIDDEN = '--hidden';

/** Of Electron's LoginItemSettings, what is read. */
export interface LoginSettings {
  readonly openAtLogin: boolean;
  /** macOS. */
  readonly status: 'not-registered' | 'enabled' | 'requires-approval' | 'not-found';
  /** Windows: not switched off in the Task Manager or in Settings, and whatever its arguments are. */
  readonly executableWillLaunchAtLogin: boolean;
}

export function loginStanding(platform: 'darwin' | 'win32', settings: LoginSettings): LoginItemState {
  if (platform === 'darwin') return settings.status === 'enabled' ? 'on' : settings.status === 'requires-approval' ? 'requires-approval' : 'off';
  if (settings.openAtLogin) return settings.executableWillLaunchAtLogin ? 'on' : 'disabled';
  return settings.executableWillLaunchAtLogin ? 'elsewhere' : 'off';
}
