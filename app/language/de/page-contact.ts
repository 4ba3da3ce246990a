/** Die Seite, bevor die Engine geantwortet hat und wenn sie nicht mehr antwortet. */
export const pageContact = {
  'gone.title': 'Die Engine antwortet nicht',
  'gone.closed': 'Die Verbindung zu ihr wurde geschlossen. Letztes Lebenszeichen vor {age}.',
  'gone.silent': 'Angefragt, aber seit {age} kommt nichts.',
  'gone.mean': 'Der Tunnel kann noch stehen; dieses Fenster kann es nicht wissen. Deshalb zeigt es keinen Zustand, bis die Engine wieder antwortet.',
  'gone.trying': 'Bowline fragt von selbst erneut.',
  'gone.help': 'Falls sie beendet wurde: in einem Terminal starten; sie nennt dort die Adresse zum Öffnen:',
  'gone.retry': 'Jetzt erneut fragen',
  'gone.chip': 'Keine Antwort',
  'gone.last-seen': 'Zuletzt bekannt, um {time}',
  'starting.title': 'Warten auf die Engine, {age}',
  'starting.text': 'Die Seite fragt sie nach ihrem Zustand.',
  'starting.late': 'Die Antwort ist überfällig. Falls die Engine nicht läuft: in einem Terminal starten; diese Seite macht von selbst weiter.',
  'starting.fault': 'Diese Seite und die Engine verstehen einander nicht',
  'starting.fault-text': 'Die Engine hat geantwortet, aber nicht mit dem, was diese Seite kennt: „{message}“. Seite neu laden; hilft das nicht, brauchen beide dieselbe Version.',
  'starting.reload': 'Neu laden',
} as const;
