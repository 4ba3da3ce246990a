/**
 * What one operating system gives a tunnel, as functions: its device, its changes and how they are planned, its messages, and
 * what this process lacks for it. Types only; `system-for.ts` chooses. Each implementation opens when it is called, so that
 * the bindings of one system are never loaded on another.
 */
import type { Lack } from '../../../native-bindings/linux/capabilities.ts';
import type { OsNetworkSource } from '../../ports/os-network.ts';
import type { OsSystem, OwnMarks } from '../../ports/os-watch.ts';
import type { EngineOptions } from '../engine.ts';
import type { LinkName } from '../system/changes.ts';
import type { SystemPlan } from '../system/plan.ts';
import type { SystemPort } from '../system/port.ts';

export interface TunnelMeans {
  readonly system: OsSystem;
  /** How what we write is known again, but for tables of our own. */
  readonly marks: OwnMarks;
  readonly plan: SystemPlan;
  /** A file whose change is worth a look at the names; undefined: this system keeps them elsewhere. */
  readonly namesFile: string | undefined;
  /** undefined: a device can be made. */
  lack(): Lack | undefined;
  openSystem(): SystemPort & { close(): void };
  openNetwork(): NetworkEyes;
  /** Bare: no address, not up. Throws a Problem or a SystemError. */
  openDevice(name: string, mover: Mover, system: SystemPort): OwnTun;
}

/** fast: offloads of the device and the sockets, where the system has them. plain: a packet at a time. */
export type Mover = 'fast' | 'plain';

/** Reads what the system tells of its network. */
export interface NetworkEyes {
  /** Fresh for each subscription. */
  source(): OsNetworkSource;
  /** Name of the link with this index, now. */
  nameOf(index: number): string | undefined;
  indexOf(name: string): number | undefined;
  close(): void;
}

export interface OwnTun extends LinkName {
  /** How the engine reaches it. `mark`: as the plan's frame says; 0: our datagrams need no way of their own. */
  carry(mtu: number, mark: number): Pick<EngineOptions, 'tun' | 'packetThread'>;
  /** A new device in the place of this one, which is gone: whoever reads it goes on. Throws SystemError. */
  reopen(name: string): LinkName;
  close(): void;
}
