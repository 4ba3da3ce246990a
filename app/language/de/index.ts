/** German, put together from its areas: every key of English, and no other. */
import type { TextKey } from '../texts.ts';
import { about } from './about.ts';
import { alerts } from './alerts.ts';
import { app } from './app.ts';
import { diagnostics } from './diagnostics.ts';
import { guide } from './guide.ts';
import { keys } from './keys.ts';
import { pageContact } from './page-contact.ts';
import { pageJoin } from './page-join.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { tray } from './tray.ts';
import { tunnel } from './tunnel.ts';
import { window } from './window.ts';

export const de: Readonly<Record<TextKey, string>> = {
  ...about,
  ...alerts,
  ...app,
  ...diagnostics,
  ...guide,
  ...keys,
  ...pageContact,
  ...pageJoin,
  ...settings,
  ...shell,
  ...tray,
  ...tunnel,
  ...window,
};
