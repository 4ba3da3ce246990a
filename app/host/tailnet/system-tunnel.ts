/**
 * The side of a tailnet with the rights for it: what a killed Bowline left is taken back, then a bare device,
 * the hands that keep the system as the tailnet wants it, and the watch on the networks below. Each step pushes its undo.
 */
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import type { Engine } from '../engine.ts';
import { OsWatch } from '../os-network/os-watch.ts';
import { GuardHands } from '../system/guard-hands.ts';
import { SystemChanges } from '../system/system-changes.ts';
import type { Mover, TunnelMeans } from '../tunnel/means.ts';
import type { Undo } from '../tunnel/place.ts';
import { OverlayKeeper } from './overlay-keeper.ts';
import type { TunnelSide } from './tunnel-side.ts';

export interface SystemTunnelInit {
  readonly means: TunnelMeans;
  readonly device: string;
  readonly mtu: number;
  readonly mover: Mover;
  readonly store: Store;
  readonly log: Log;
  /** The system was set up as the tailnet wants it. */
  readonly isSet: () => void;
}

/** Throws a Problem. What it opened is undone by `undo`, which the caller runs. */
export function openSystemTunnel({ means, device, mtu, mover, store, log, isSet }: SystemTunnelInit, undo: Undo): TunnelSide {
  const running: { engine?: Engine } = {};
  const soon = (work: () => void): void => void setImmediate(work);
  const system = means.openSystem();
  undo.push(() => system.close());
  const changes = new SystemChanges({ system, store, log });
  const left = changes.recover();
  if (left > 0) log.write('info', 'system', `took back ${left} changes of a Bowline that was killed`);

  const tun = means.openDevice(device, mover, system);
  undo.push(() => tun.close());
  const overlay = new OverlayKeeper({
    system,
    changes,
    link: { name: tun.name, ifindex: tun.ifindex },
    set: (name, routes, made) => {
      running.engine?.osSet(name, routes, hands.keep(made, overlay.link));
      isSet();
    },
    refused: (name, why) => running.engine?.osRefused(name, why),
    soon,
    log,
  });
  const hands = new GuardHands({ system, changes, tell: (told) => running.engine?.guardTold(told), soon, log });
  const eyes = means.openNetwork();
  undo.push(() => eyes.close());
  const watch = new OsWatch({
    system: means.system,
    marks: means.marks,
    writer: system.writer(),
    openSource: () => eyes.source(),
    nameOf: (index) => eyes.nameOf(index),
    indexOf: (name) => eyes.indexOf(name),
    openDevice: (name) => {
      const opened = tun.reopen(name);
      running.engine?.deviceReplaced();
      overlay.deviceReplaced(opened);
      return { index: opened.ifindex, name: opened.name };
    },
    renamed: ({ index, name }) => overlay.deviceRenamed({ name, ifindex: index }),
    touched: () => overlay.again(),
    tell: (told) => running.engine?.osTold(told),
    log,
  });
  return {
    device: tun.name,
    ...tun.carry(mtu, 0),
    overlay: (wish) => overlay.want(wish),
    osGuard: (ask) => hands.obey(ask),
    osWatch: (command) => watch.obey(command),
    begin(engine) {
      running.engine = engine;
      undo.push(() => hands.close());
      undo.push(() => watch.close());
      watch.begin({ index: tun.ifindex, name: tun.name });
    },
    takeBackNow: () => changes.takeAllBack(),
  };
}
