import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../app/language/languages.ts';
import { keepMenuBar, menuBar } from './menu-bar.ts';

describe('the menu bar', () => {
  it('has what a field needs on macOS and what enlarges the page everywhere, and nothing that looks into the page', () => {
    for (const language of LANGUAGES) {
      const roles = menuBar(language).flatMap(({ entries }) => entries.flatMap((entry) => (entry === 'line' ? [] : [entry.role])));
      expect(roles).toEqual(expect.arrayContaining(['cut', 'copy', 'paste', 'selectAll', 'zoomIn', 'zoomOut', 'resetZoom', 'close', 'quit']));
      expect(roles.join()).not.toMatch(/reload|devtools|services|help/i);
      expect(new Set(roles).size).toBe(roles.length);
    }
  });

  it('speaks the language of the system, then the one that a person chose, and is put up anew only when that is another', () => {
    const labels: string[] = [];
    const keep = keepMenuBar((bar) => labels.push(bar[1]!.label), ['de-AT', 'en']);
    for (const choice of ['system', 'de', 'en', 'en', 'system'] as const) keep(choice);
    expect(labels).toEqual(['Bearbeiten', 'Edit', 'Bearbeiten']);
  });
});
