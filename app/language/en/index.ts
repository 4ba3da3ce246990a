/** English, put together from its areas. A key begins with the name of its area. */
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { tray } from './tray.ts';

export const en = {
  ...settings,
  ...shell,
  ...tray,
} as const;
