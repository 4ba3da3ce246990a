/**
 * Power events of the system, told to the engine. A second source only: the host's clock notices sleep by itself, and
 * either may be missing. On wake every path is proved again at once.
 */
import type { EnginePort } from '../app/host/engine-port.ts';
import type { Log } from '../app/ports/log.ts';
import type { ElectronPort } from './ports.ts';

export function followPower(electron: Pick<ElectronPort, 'onSuspend' | 'onResume'>, engine: Pick<EnginePort, 'check'>, log: Log): void {
  electron.onSuspend(() => log.write('info', 'power', 'the system suspends'));
  electron.onResume(() => {
    const answer = engine.check(null);
    log.write('info', 'power', answer.ok ? `the system woke; checking ${answer.value.asked} peers` : `the system woke: ${answer.error.message}`);
  });
}
