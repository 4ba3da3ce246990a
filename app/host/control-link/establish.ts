/**
 * A connection within its time: the URL's own way first, and the second way (routes.ts) when the first failed as a blocked
 * network does, or has not answered for SECOND_AFTER. The first to be established wins. A failure is that of the first way.
 */
import type { ControlFailure } from '../../ports/control-link.ts';
import type { Duration } from '../../time/instant.ts';
import { settled } from '../reach/dial.ts';
import { Failed } from '../reach/failure.ts';
import { attempt, type AttemptInit, type Established, type Phase, type Surroundings } from './attempt.ts';
import type { ControlFailed } from './failure.ts';
import type { Routes } from './routes.ts';

/** ms */
const SECOND_AFTER = 3_000;
const BLOCKED = new Set(['refused', 'unreachable', 'closed', 'timed-out', 'protocol']);

export interface EstablishInit extends Omit<AttemptInit, 'route' | 'phase'> {
  readonly routes: Routes;
  readonly withinMs: Duration;
}

/** Resolves once; when it does, every socket that lost is closed. */
export function establish(around: Surroundings, init: EstablishInit): Promise<Established | ControlFailed> {
  const { first, second } = init.routes;
  const { promise, resolve } = settled<Established | ControlFailed>();
  const ways = [new AbortController(), new AbortController()] as const;
  let phase: Phase = 'name';
  let over = false;
  let running = 0;
  let firstFailure: ControlFailed | undefined;
  let secondTimer: NodeJS.Timeout | undefined;

  const end = (result: Established | ControlFailed, winner?: AbortController): void => {
    if (over) return;
    over = true;
    clearTimeout(secondTimer);
    clearTimeout(limit);
    init.signal.removeEventListener('abort', abort);
    for (const way of ways) if (way !== winner) way.abort();
    resolve(result);
  };
  const abort = (): void => end(new Failed<ControlFailure>({ kind: 'closed', host: first.host, code: 'ABORTED' }));
  const limit = setTimeout(() => end(firstFailure ?? new Failed<ControlFailure>({ kind: 'timed-out', host: first.host, during: phase, afterMs: init.withinMs })), init.withinMs);
  init.signal.addEventListener('abort', abort);

  const go = async (index: 0 | 1): Promise<void> => {
    const route = index === 0 ? first : second;
    if (route === undefined) return;
    running++;
    const way = ways[index];
    const result = await attempt(around, { machine: init.machine, pinnedKey: init.pinnedKey, route, signal: way.signal, phase: (now) => (index === 0 ? (phase = now) : undefined) });
    running--;
    if (!(result instanceof Failed)) {
      if (over) result.socket.destroy();
      return end(result, way);
    }
    if (index === 0) firstFailure = result;
    if (over) return;
    if (index === 0 && BLOCKED.has(result.failure.kind) && startSecond()) return;
    if (running === 0 || (index === 0 && !BLOCKED.has(result.failure.kind))) end(firstFailure ?? result);
  };
  let secondStarted = false;
  const startSecond = (): boolean => {
    clearTimeout(secondTimer);
    if (secondStarted || second === undefined || over) return false;
    secondStarted = true;
    void go(1);
    return true;
  };

  if (second !== undefined) secondTimer = setTimeout(startSecond, SECOND_AFTER);
  void go(0);
  return promise;
}
