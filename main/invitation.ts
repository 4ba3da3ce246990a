/** The server that a link named last, until a person has answered. It connects to nothing: the page shows it, and a click there signs in. */
import type { Invitations } from '../app/host/shell/hands.ts';

export class Invitation implements Invitations {
  #server: string | undefined;
  #changed: () => void = () => {};

  get server(): string | undefined {
    return this.#server;
  }

  put(server: string): void {
    this.#server = server;
    this.#changed();
  }

  drop(): void {
    this.#server = undefined;
    this.#changed();
  }

  onChange(callback: () => void): void {
    this.#changed = callback;
  }
}
