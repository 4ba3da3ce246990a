/** German, put together from its areas: every key of English, and no other. */
import { settings } from './settings.ts';
import { tray } from './tray.ts';
import type { TextKey } from '../texts.ts';

export const de: Readonly<Record<TextKey, string>> = { ...settings, ...tray };
