/** Small values that outlive a restart (keys, last-good addresses, history). Whole-value, atomic replace, 0600 on disk. */
export interface Store {
  /** Undefined when there is none. A damaged value is moved aside, reported through the log, and reads as undefined. */
  read(name: string): Uint8Array | undefined;
  write(name: string, value: Uint8Array): void;
  remove(name: string): void;
  /** As `remove`, for secrets: overwritten first, and a damaged copy that was moved aside goes too. */
  wipe(name: string): void;
}
