/**
 * A pre-auth key of a control server: a secret that is text. Prints `[redacted]` wherever it is not asked for by name.
 * It knows no format: servers choose their own.
 */
import { inspectSymbol } from './inspect.ts';

const REDACTED = '[redacted]';

export class PreAuthKey {
  readonly kind = 'pre-auth-key';
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Only for the body of the one request that needs it. */
  expose(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspectSymbol](): string {
    return REDACTED;
  }
}
