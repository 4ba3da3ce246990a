/**
 * Wakes a thread that blocks in `poll`: an eventfd. The sleeper polls its descriptor and clears it; any thread rings it.
 * It carries no message: those wait in the thread's MessagePort.
 */
import { EFD_CLOEXEC, EFD_NONBLOCK } from './headers/poll.ts';
import { libc } from './libc.ts';
import { check } from '../system-error.ts';
import { createNativeMemory } from '../memory.ts';

/** A new eventfd. Throws SystemError. */
export function openEvent(): number {
  return check(libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), 'eventfd', 'wake-up');
}

/** Rings and clears an eventfd. One per thread and descriptor. */
export class Bell {
  readonly fd: number;
  readonly #memory = createNativeMemory(16);
  readonly #libc = libc();

  constructor(fd: number) {
    this.fd = fd;
    this.#memory.view.setUint32(0, 1, true);
  }

  ring(): void {
    this.#libc.write(this.fd, this.#memory.base, 8);
  }

  clear(): void {
    this.#libc.read(this.fd, this.#memory.base + 8, 8);
  }
}
