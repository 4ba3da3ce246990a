/** German, put together from its areas: every key of English, and no other. */
import type { TextKey } from '../texts.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { tray } from './tray.ts';

export const de: Readonly<Record<TextKey, string>> = {
  ...settings,
  ...shell,
  ...tray,
};
