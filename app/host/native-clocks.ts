/**
 * The clocks of a host that has the system's calls anyway: the two of each system that show sleep, exactly, in place of
 * `os.uptime()`. For tunnels; a demo loads no bindings.
 */
import { openClocks as openDarwin } from '../../native-bindings/darwin/clocks.ts';
import { openClocks as openLinux } from '../../native-bindings/linux/clocks.ts';
import { openClocks as openWindows } from '../../native-bindings/windows/clocks.ts';
import { SYSTEM_SOURCES, type ClockSources } from './clock.ts';

const OPEN: Readonly<Partial<Record<NodeJS.Platform, typeof openLinux>>> = { darwin: () => openDarwin(), linux: openLinux, win32: openWindows };

/** One a thread. A system without them keeps `os.uptime()`. */
export function nativeSources(): ClockSources {
  const open = OPEN[process.platform];
  return open === undefined ? SYSTEM_SOURCES : { ...SYSTEM_SOURCES, kind: 'native', reading: open() };
}
