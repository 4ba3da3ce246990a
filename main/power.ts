/**
 * Power events of the system, told to the engine, which decides what each means (app/time/sleep-detector.ts): its clocks
 * see sleep too, and either may be missing. When the system ends, so does the app, in order, so that nothing of ours
 * stays in the system; also while the engine still starts.
 *
 * Nothing here blocks sleep or asks to be kept awake (powerSaveBlocker): an app without a window is stretched by App Nap, which
 * LSAppNapIsDisabled in Info.plist ends for good, whereas an assertion of Electron's also holds off the sleep of an idle
 * computer (electron #30859). Windows and Linux stretch no timers.
 */
import type { EnginePort } from '../app/host/engine-port.ts';
import type { Log } from '../app/ports/log.ts';
import type { PowerEvent } from '../app/time/sleep-detector.ts';
import type { ElectronPort } from './ports.ts';

const LINES: Readonly<Record<PowerEvent, string>> = {
  suspend: 'the system suspends',
  resume: 'the system woke',
  lock: 'the screen is locked',
  unlock: 'the screen is unlocked',
  shutdown: 'the system shuts down',
};

export function followPower(electron: Pick<ElectronPort, 'onPower' | 'quit'>, engine: () => Pick<EnginePort, 'power'> | undefined, log: Log, woke: () => void): void {
  electron.onPower((event) => {
    log.write('info', 'power', LINES[event]);
    engine()?.power(event);
    if (event === 'resume') woke();
    if (event === 'shutdown') electron.quit();
  });
}
