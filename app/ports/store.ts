/** Small values that outlive a restart (keys, last-good addresses, history). Whole-value, atomic replace, 0600 on disk. */
export interface Store {
  /** Undefined when there is none. A damaged value is moved aside, reported through the log, and reads as undefined. */
  read(name: string): Uint8Array | undefined;
  /** 'overwrite': what was there before is a secret, and is overwritten as soon as the new value has its place. */
  write(name: string, value: Uint8Array, before?: 'overwrite'): void;
  remove(name: string): void;
  /** As `remove`, for secrets: overwritten first, and a damaged copy that was moved aside goes too. */
  wipe(name: string): void;
}
