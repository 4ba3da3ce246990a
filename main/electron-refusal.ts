/** Says why the app does not start, and ends it. Before ready, and before anything of the engine is loaded. Caller: start.ts. */
import { app, dialog } from 'electron';

export const isPackaged = (): boolean => app.isPackaged;

export const preferredLanguages = (): readonly string[] => app.getPreferredSystemLanguages();

/** On Linux, where there is no box before ready, the text goes to the terminal. */
export function refuseToStart(title: string, text: string): void {
  dialog.showErrorBox(title, text);
  app.exit(1);
}
