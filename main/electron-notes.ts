/** The system's notifications on the real Electron: NotePort without a decision of its own. No test here can run it. */
import { Notification } from 'electron';
import type { NotePort } from './note-port.ts';

export function createNotes(): NotePort {
  /** Held, as one that nobody holds is collected together with its listeners. */
  const shown = new Map<string, Notification>();
  let clicked: (id: string) => void = () => {};
  let closed: (id: string) => void = () => {};
  const take = (id: string): void => {
    const old = shown.get(id);
    shown.delete(id);
    old?.close();
  };
  return {
    show({ id, title, body, silent }) {
      if (!Notification.isSupported()) return;
      take(id);
      const note = new Notification({ title, body, silent });
      shown.set(id, note);
      note.on('click', () => {
        if (shown.get(id) === note) clicked(id);
      });
      note.on('close', () => {
        if (shown.get(id) !== note) return;
        shown.delete(id);
        closed(id);
      });
      note.show();
    },
    close: take,
    onClick(callback) {
      clicked = callback;
    },
    onClosed(callback) {
      closed = callback;
    },
  };
}
