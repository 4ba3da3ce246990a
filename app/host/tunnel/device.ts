/** Opens the TUN device of a tunnel, bare: no address, not up. Every failure is a sentence for a person. */
import { openTun, SystemError, type TunDevice } from '../../../native-bindings/linux/index.ts';
import type { SystemPort } from '../system/port.ts';
import { Problem } from './problem.ts';

/** A device that is there already belongs to somebody. */
export function openDevice(name: string, mover: 'fast' | 'plain', system: SystemPort): TunDevice {
  if (system.linkIndex(name) !== undefined) throw new Problem(`There is a network device ${name} already. Remove it, or choose another name with --tun.`);
  try {
    return mover === 'plain' ? openTun(name, ['none']) : openTun(name);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EBUSY') throw new Problem(`The network device ${name} is used by another program. Choose another name with --tun.`);
    throw error;
  }
}
