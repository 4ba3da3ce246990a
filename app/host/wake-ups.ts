/** Counts why a thread woke: one number a reason. Reasons are few and fixed, so the map stays small. */
export class WakeUps {
  readonly #counts = new Map<string, number>();

  count(why: string): void {
    this.#counts.set(why, (this.#counts.get(why) ?? 0) + 1);
  }

  all(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
