/**
 * The system's notifications on the real Electron: NotePort without a decision of its own. Tests see what it does with stand-ins
 * for Electron's objects, and no more.
 */
import { Notification } from 'electron';
import type { NotePort } from './note-port.ts';

export function createNotes(): NotePort {
  /** Held, as one that nobody holds is collected together with its listeners. */
  const shown = new Map<string, Notification>();
  let clicked: (id: string) => void = () => {};
  let closed: (id: string) => void = () => {};
  let failed: (why: string) => void = () => {};
  const take = (id: string): void => {
    const old = shown.get(id);
    shown.delete(id);
    old?.close();
  };
  // What a run before could not take back, as it was ended by force, tells of a state that is over.
  if (process.platform === 'darwin') Notification.removeAll();
  return {
    show({ id, title, body, silent }) {
      if (!Notification.isSupported()) return;
      take(id);
      const note = new Notification({ id, title, body, silent });
      shown.set(id, note);
      note.on('click', () => {
        if (shown.get(id) === note) clicked(id);
      });
      note.on('close', ({ reason }) => {
        // Windows keeps it in its list then, where it has to be taken back when it is over.
        if (shown.get(id) !== note || reason === 'timedOut') return;
        shown.delete(id);
        closed(id);
      });
      note.on('failed', (_event, why) => failed(why));
      note.show();
    },
    close: take,
    onClick(callback) {
      clicked = callback;
    },
    onClosed(callback) {
      closed = callback;
    },
    onFailed(callback) {
      failed = callback;
    },
  };
}
