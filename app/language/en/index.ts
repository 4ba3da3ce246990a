/** English, put together from its areas. A key begins with the name of its area. */
import { settings } from './settings.ts';

export const en = { ...settings } as const;
