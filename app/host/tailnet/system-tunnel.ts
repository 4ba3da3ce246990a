/**
 * The side of a tailnet on Linux with the rights for it: what a killed Bowline left is taken back, then a bare device,
 * the hands that keep the system as the tailnet wants it, and the watch on the networks below. Each step pushes its undo.
 */
import { libc } from '../../../native-bindings/linux/index.ts';
import type { Log } from '../../ports/log.ts';
import type { OwnMarks } from '../../ports/os-watch.ts';
import type { Store } from '../../ports/store.ts';
import type { Engine } from '../engine.ts';
import { inFastWorker } from '../linux-fast/fast-link.ts';
import { RouteSocket } from '../linux-net/route-socket.ts';
import { createLinuxSource } from '../os-network/linux.ts';
import { OsWatch } from '../os-network/os-watch.ts';
import { GuardHands } from '../system/guard-hands.ts';
import { createLinuxSystem, OUR_PROTOCOL } from '../system/linux-system.ts';
import { SystemChanges } from '../system/system-changes.ts';
import { openDevice, reopenDevice } from '../tunnel/device.ts';
import type { Undo } from '../tunnel/place.ts';
import { OverlayKeeper } from './overlay-keeper.ts';
import type { TunnelSide } from './tunnel-side.ts';

const OUR_MARKS: OwnMarks = { tables: [], protocols: [OUR_PROTOCOL], priorities: undefined };

export interface SystemTunnelInit {
  readonly device: string;
  readonly mtu: number;
  readonly mover: 'fast' | 'plain';
  readonly store: Store;
  readonly log: Log;
  /** The system was set up as the tailnet wants it. */
  readonly isSet: () => void;
}

/** Throws a Problem. What it opened is undone by `undo`, which the caller runs. */
export function openSystemTunnel({ device, mtu, mover, store, log, isSet }: SystemTunnelInit, undo: Undo): TunnelSide {
  const running: { engine?: Engine } = {};
  const soon = (work: () => void): void => void setImmediate(work);
  const system = createLinuxSystem();
  undo.push(() => system.close());
  const changes = new SystemChanges({ system, store, log });
  const left = changes.recover();
  if (left > 0) log.write('info', 'system', `took back ${left} changes of a Bowline that was killed`);

  const tun = openDevice(device, mover, system);
  undo.push(() => void libc().close(tun.fd));
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
  const kernel = new RouteSocket();
  undo.push(() => kernel.close());
  const watch = new OsWatch({
    system: 'linux',
    marks: OUR_MARKS,
    writer: system.writer(),
    openSource: () => createLinuxSource(kernel),
    nameOf: (index) => kernel.nameOf(index),
    indexOf: (name) => kernel.indexOf(name),
    openDevice: (name) => {
      const { name: named, ifindex } = reopenDevice(tun, name);
      running.engine?.deviceReplaced();
      overlay.deviceReplaced({ name: named, ifindex });
      return { index: ifindex, name: named };
    },
    renamed: ({ index, name }) => overlay.deviceRenamed({ name, ifindex: index }),
    touched: () => overlay.again(),
    tell: (told) => running.engine?.osTold(told),
    log,
  });
  return {
    device: tun.name,
    tun: { mtu, connect: () => ({ fd: tun.fd, mtu, fwmark: 0 }), close: () => {} },
    packetThread: mover === 'plain' ? 'worker' : (shared) => inFastWorker({ ...shared, tun: { fd: tun.fd, mtu, offload: tun.offload } }),
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
