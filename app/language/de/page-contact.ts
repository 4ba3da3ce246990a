/** Die Seite, bevor der Dienst geantwortet hat und wenn er nicht mehr antwortet. */
export const pageContact = {
  'gone.title': 'Der Dienst antwortet nicht',
  'gone.closed': 'Die Verbindung zu ihm wurde geschlossen. Letztes Lebenszeichen vor {age}.',
  'gone.silent': 'Angefragt, aber seit {age} kommt nichts.',
  'gone.mean': 'Der Tunnel kann noch stehen; dieses Fenster kann es nicht wissen. Deshalb zeigt es keinen Zustand, bis der Dienst wieder antwortet.',
  'gone.trying': 'Bowline fragt von selbst erneut.',
  'gone.help': 'Falls der Dienst beendet wurde: im Terminal starten; er nennt dort die Adresse zum Öffnen:',
  'gone.retry': 'Jetzt erneut fragen',
  'gone.chip': 'Keine Antwort',
  'gone.last-seen': 'Zuletzt bekannt, um {time}',
  'starting.title': 'Warten auf den Dienst, {age}',
  'starting.text': 'Die Seite fragt ihn nach seinem Zustand.',
  'starting.late': 'Die Antwort ist überfällig. Falls der Dienst nicht läuft: im Terminal starten; diese Seite macht von selbst weiter.',
  'starting.fault': 'Diese Seite und der Dienst verstehen einander nicht',
  'starting.fault-text': '{message}. Seite neu laden; hilft das nicht, brauchen beide dieselbe Version.',
  'starting.reload': 'Neu laden',
} as const;
