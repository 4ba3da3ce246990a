/** Randomness, injected. The host's draws from the operating system; the simulator's from a seed. */
export interface Rng {
  /** Fills all of `out` with random bytes, which may be a key: nobody keeps a copy. */
  fill(out: Uint8Array): void;
  /** As `fill`, for bytes that go over the network in the clear (transactions, nonces): a recorder may keep them. */
  fillPublic(out: Uint8Array): void;
  /** Unsigned 32-bit integer. */
  uint32(): number;
  /** 0 <= x < 1. For jitter only, never for keys. */
  fraction(): number;
}
