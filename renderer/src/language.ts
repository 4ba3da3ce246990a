/**
 * Which language the page speaks, and its one way to texts: `t`. The person's choice comes with the snapshot; `system` is what the
 * browser asks for. A change draws the whole page anew (start.tsx), so no text may be computed when a module is loaded.
 */
import { create } from 'zustand';
import type { Settings } from '../../app/api/schema.ts';
import { resolveLanguage, type Language } from '../../app/language/languages.ts';
import { translator, type TextKey, type Values } from '../../app/language/texts.ts';
import { usePage } from './store.ts';

export const useLanguage = create<{ readonly language: Language }>(() => ({ language: 'en' }));

/** A text of the catalogue, in the page's language. */
export const t = (key: TextKey, values?: Values): string => translator(useLanguage.getState().language).text(key, values);

/** Follows the choice for as long as the page lives. Before there is a snapshot: as the system. */
export function followLanguage(page: Document = document): void {
  const follow = (choice: Settings['language']): void => {
    const language = resolveLanguage(choice, navigator.languages);
    page.documentElement.lang = language;
    if (language !== useLanguage.getState().language) useLanguage.setState({ language });
  };
  follow('system');
  usePage.subscribe(({ snapshot }) => {
    if (snapshot !== null) follow(snapshot.shell?.settings.language ?? 'system');
  });
}
