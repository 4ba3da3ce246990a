/** The page of settings. */
export const settings = {
  'settings.title': 'Settings',
  'settings.language': 'Language',
} as const;
