/**
 * What of a tailnet touches the operating system, as the engine sees it: where packets go, and what is set up, kept and
 * watched. `system-tunnel.ts` is Linux; `no-tunnel.ts` is a process that may not make a device. Types only.
 */
import type { OverlayState } from '../../ports/effects.ts';
import type { GuardAsk } from '../../ports/os-state.ts';
import type { OsWatchCommand } from '../../ports/os-watch.ts';
import type { Engine, EngineOptions } from '../engine.ts';

export interface TunnelSide {
  readonly device: string;
  readonly tun: EngineOptions['tun'];
  readonly packetThread: EngineOptions['packetThread'];
  overlay(wish: OverlayState | null): void;
  readonly osGuard?: (ask: GuardAsk) => void;
  readonly osWatch?: (command: OsWatchCommand) => void;
  /** The engine runs. */
  begin(engine: Engine): void;
  /** Takes back every change, without waiting. Idempotent. */
  takeBackNow(): void;
}
