/** Was das System neben dem Fenster zeigt: eine Überschrift, darunter ein oder zwei Sätze. */
export const alerts = {
  'alerts.connection': 'Bowline ist nicht verbunden',
  'alerts.connection-unknown': 'Kein anderes Gerät antwortet. Was versucht wird, steht im Fenster von Bowline.',
  'alerts.engine': 'Die Engine von Bowline antwortet nicht',
  'alerts.engine-text': 'Was zuletzt angezeigt wurde, gilt nicht mehr. Bowline öffnen, oder beenden und neu starten.',
  'alerts.sign-in': 'Bei {host} anmelden',
  'alerts.sign-in-text': 'Bis dahin ist dieses Gerät nicht im Netz.',
  'alerts.server-key': '{host} zeigt einen anderen Schlüssel als zuvor',
  'alerts.server-key-text': 'Nichts geht weiter, bevor eine Antwort gegeben ist, ob das stimmt. Auskunft gibt, wer den Server betreibt.',
  'alerts.system': 'Dieser Computer behält nicht, was das Netz braucht',
  'alerts.key': 'Der Schlüssel dieses Geräts läuft in {left} ab',
  'alerts.key-text': 'Vorher erneut bei {host} anmelden. Der Tunnel läuft solange weiter.',
  'alerts.over': 'Wieder verbunden',
  'alerts.over-text': 'Die Verbindung fehlte {took}.',
} as const;
