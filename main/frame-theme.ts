/** The theme of what the system draws around the page: its title and menus follow the one that a person chose in the settings. Pure. Caller: app.ts. */
import type { Settings } from '../app/api/schema.ts';

export type FrameTheme = 'system' | 'light' | 'dark';

const OF: Readonly<Record<Settings['theme'], FrameTheme>> = { system: 'system', light: 'light', dark: 'dark', contrast: 'light', 'contrast-dark': 'dark' };

/** What a window is before its page has drawn: the page's `--bg` (renderer/src/styles/tokens.css). */
export const BACKGROUND = { light: '#f5f5f3', dark: '#151719' } as const;

/** Sets it when it is another one. */
export function keepFrameTheme(set: (theme: FrameTheme) => void): (chosen: Settings['theme']) => void {
  let shown: FrameTheme = 'system';
  return (chosen) => {
    if (OF[chosen] === shown) return;
    shown = OF[chosen];
    set(shown);
  };
}
