/** What a packet worker does with a message from the event thread, whichever mover it runs. */
import type { DataplaneCommand } from '../../ports/dataplane.ts';
import type { RelayLaneCommand } from '../../ports/relay-lane.ts';
import type { ToWorker } from './protocol.ts';

export interface Mover {
  command(command: DataplaneCommand): void;
  /** Runs what waits now: afterwards the commands' memory is the caller's again. */
  runCommands(): void;
  clockMoved(): void;
  deviceReplaced(): void;
  relayedWaits(): void;
  /** Absent in a mover that takes none. */
  lane?(command: RelayLaneCommand): void;
  close(): void;
}

export function obey(mover: Mover, message: ToWorker): void {
  switch (message.kind) {
    case 'commands':
      for (const command of message.commands) mover.command(command);
      mover.runCommands();
      for (const command of message.commands) wipeKeys(command);
      return;
    case 'clock-moved':
      mover.clockMoved();
      return;
    case 'device-replaced':
      mover.deviceReplaced();
      return;
    case 'relayed':
      mover.relayedWaits();
      return;
    case 'lane':
      mover.lane?.(message.command);
      return;
    case 'stop':
      mover.close();
      return;
    default:
      return message satisfies never;
  }
}

/** The machines keep their own copies; the message's buffers were transferred, so these are the last ones in transit. */
function wipeKeys(command: DataplaneCommand): void {
  if (command.kind === 'identity') command.privateKey.fill(0);
  if (command.kind === 'put-peer') command.peer.presharedKey?.fill(0);
}
