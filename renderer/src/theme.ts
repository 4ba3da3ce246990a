/** The chosen theme: the system's, or one of ours, kept in localStorage and shown as data-theme on <html>. */
import { create } from 'zustand';

export const THEMES = ['system', 'light', 'dark', 'contrast', 'contrast-dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'bowline.theme';

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === value) ?? 'system';
  } catch {
    return 'system';
  }
}

function show(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
}

export const useTheme = create<{ readonly theme: Theme }>(() => ({ theme: 'system' }));

/** At start, before the first paint. */
export function restoreTheme(): void {
  const theme = stored();
  show(theme);
  useTheme.setState({ theme });
}

/** The one that was chosen in the settings, where one was; `system` there leaves what this page has. */
export function followTheme(chosen: Theme | undefined): void {
  if (chosen !== undefined && chosen !== 'system' && chosen !== useTheme.getState().theme) chooseTheme(chosen);
}

export function chooseTheme(theme: Theme): void {
  show(theme);
  useTheme.setState({ theme });
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}
