/**
 * Prepares commands for a MessagePort: secrets are copied into buffers of their own that are transferred, not cloned, so
 * that the receiver holds the only copy in transit and can wipe it.
 */
import type { DataplaneCommand } from '../../ports/dataplane.ts';

export interface Prepared {
  readonly commands: DataplaneCommand[];
  readonly transfer: ArrayBuffer[];
}

export function withKeysToTransfer(commands: readonly DataplaneCommand[]): Prepared {
  const transfer: ArrayBuffer[] = [];
  const own = (secret: Uint8Array): Uint8Array => {
    const copy = new Uint8Array(secret.length);
    copy.set(secret);
    transfer.push(copy.buffer);
    return copy;
  };
  const prepared = commands.map((command): DataplaneCommand => {
    if (command.kind === 'identity') return { ...command, privateKey: own(command.privateKey) };
    if (command.kind !== 'put-peer' || command.peer.presharedKey === undefined) return command;
    return { ...command, peer: { ...command.peer, presharedKey: own(command.peer.presharedKey) } };
  });
  return { commands: prepared, transfer };
}
