/** What Bowline uses of the system's notifications: types only. */

export interface Note {
  /** One of an id is shown at a time; the newer takes the place of the older. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
  /** Without a sound. */
  readonly silent: boolean;
}

export interface NotePort {
  show(note: Note): void;
  /** Takes it away, if it is still there. */
  close(id: string): void;
  onClick(callback: (id: string) => void): void;
  /** A person took it away. */
  onClosed(callback: (id: string) => void): void;
  /** The system did not show one, in its words: a person may have forbidden them there. */
  onFailed(callback: (why: string) => void): void;
}
