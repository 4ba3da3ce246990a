/**
 * Opens the TUN device of a tunnel, bare: no address, not up; and again in the place of one that is gone. Every failure of
 * the first is a sentence for a person.
 */
import { O_CLOEXEC } from '../../../native-bindings/linux/headers/poll.ts';
import { check, libc, openTun, SystemError, type TunDevice } from '../../../native-bindings/linux/index.ts';
import type { SystemPort } from '../system/port.ts';
import { translator } from '../../language/texts.ts';
import { Problem } from './problem.ts';

const { text } = translator('en');

/** A device that is there already belongs to somebody. */
export function openDevice(name: string, mover: 'fast' | 'plain', system: SystemPort): TunDevice {
  if (system.linkIndex(name) !== undefined) throw new Problem(text('problem.device-there', { device: name }));
  try {
    return mover === 'plain' ? openTun(name, ['none']) : openTun(name);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EBUSY') throw new Problem(text('problem.device-busy', { device: name }));
    throw error;
  }
}

/**
 * A new device behind the descriptor of the one that is gone, so that whoever reads it goes on. A device of this name that
 * nobody uses, made by somebody else meanwhile, is taken. Throws SystemError.
 */
export function reopenDevice(gone: TunDevice, name: string): TunDevice {
  const opened = openTun(name, [gone.offload]);
  const { close, dup3 } = libc();
  try {
    check(dup3(opened.fd, gone.fd, O_CLOEXEC), 'dup3', opened.name);
  } finally {
    close(opened.fd);
  }
  return { ...opened, fd: gone.fd };
}
