/** Die Seite der Einstellungen. */
export const settings = {
  'settings.title': 'Einstellungen',
  'settings.language': 'Sprache',
} as const;
