/**
 * The menu bar of the window, in the language of the app: on macOS at the top of the screen, elsewhere behind Alt. Its keys are how
 * a page's fields are cut, copied and pasted on macOS, and how a page is enlarged everywhere. Electron's own bar is English and
 * offers to reload the page and to look into it. It decides no action: each entry is a role that the system knows. Caller: app.ts.
 */
import { resolveLanguage, type Language } from '../app/language/languages.ts';
import { translator, type TextKey } from '../app/language/texts.ts';

export type MenuRole = 'hide' | 'hideOthers' | 'unhide' | 'quit' | 'undo' | 'redo' | 'cut' | 'copy' | 'paste' | 'selectAll' | 'resetZoom' | 'zoomIn' | 'zoomOut' | 'close' | 'minimize';

export interface BarMenu {
  /** `app`: of macOS alone. */
  readonly id: 'app' | 'edit' | 'view' | 'window';
  readonly label: string;
  readonly entries: readonly ('line' | { readonly role: MenuRole; readonly label: string })[];
}

const BAR: readonly { readonly id: BarMenu['id']; readonly key: TextKey; readonly entries: readonly ('line' | readonly [MenuRole, TextKey])[] }[] = [
  { id: 'app', key: 'menu.app', entries: [['hide', 'menu.hide'], ['hideOthers', 'menu.hide-others'], ['unhide', 'menu.show-all'], 'line', ['quit', 'menu.quit']] },
  { id: 'edit', key: 'menu.edit', entries: [['undo', 'menu.undo'], ['redo', 'menu.redo'], 'line', ['cut', 'menu.cut'], ['copy', 'menu.copy'], ['paste', 'menu.paste'], ['selectAll', 'menu.select-all']] },
  { id: 'view', key: 'menu.view', entries: [['resetZoom', 'menu.actual-size'], ['zoomIn', 'menu.zoom-in'], ['zoomOut', 'menu.zoom-out']] },
  { id: 'window', key: 'menu.window', entries: [['minimize', 'menu.minimize'], ['close', 'menu.close']] },
];

export function menuBar(language: Language): readonly BarMenu[] {
  const { text } = translator(language);
  return BAR.map(({ id, key, entries }) => ({ id, label: text(key), entries: entries.map((entry) => (entry === 'line' ? entry : { role: entry[0], label: text(entry[1]) })) }));
}

/** Puts up the bar, and another one when a person chose another language. `preferred`: of the system, best first (BCP 47). */
export function keepMenuBar(show: (bar: readonly BarMenu[]) => void, preferred: readonly string[]): (choice: Language | 'system') => void {
  let shown: Language | undefined;
  const keep = (choice: Language | 'system'): void => {
    const language = resolveLanguage(choice, preferred);
    if (language === shown) return;
    shown = language;
    show(menuBar(language));
  };
  keep('system');
  return keep;
}
