/** Der Verlauf der neuen Verbindungen. */
export const pageHistory = {
  'history.title': 'Verlauf der Verbindungen',
  'history.summary': '{n, plural, one {# Eintrag} other {# Einträge}}, {unreachable} unterbrochen',
  'history.filter': 'Wahrheit',
  'history.everything': 'Alles',
  'history.today': 'Heute',
  'history.yesterday': 'Gestern',
  'history.running': 'läuft',
  'history.cut-off': 'Betroffen:',
  'history.nobody': 'Kein Gerät betroffen',
  'history.empty': 'Noch kein Eintrag',
  'history.empty-device': 'Kein Eintrag zu {device}',
  'history.empty-truth': 'Kein Eintrag zu „{truth}“',
  'history.empty-both': 'Kein Eintrag zu „{truth}“ und {device}',
  'history.empty-text': 'Hier steht jede neue Verbindung: was geschah, was Bowline tat, und wie es ausging.',
  'history.device': 'Gerät',
  'history.all-devices': 'Alle',
} as const;
