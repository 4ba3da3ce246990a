/** Antworten der Umgebung: Einstellungen, Bericht, Links, Aktualisierungen. */
export const shell = {
  'shell.no-login-item': 'Bowline kann hier nicht mit der Anmeldung starten. Das übernimmt das System: unter Linux ein Dienst, sonst die App.',
  'shell.no-notifications': 'Dieses Bowline zeigt seine Seite in einem Browser und sendet keine Mitteilungen. Die App in der Menüleiste tut das.',
  'shell.no-updates': 'Dieses Bowline aktualisiert sich nicht selbst. Es wird so aktualisiert, wie es installiert wurde.',
  'shell.login-item-refused': 'Das System hat nicht geändert, was mit der Anmeldung startet: {why}. Sonst wurde nichts geändert. In den Systemeinstellungen erlauben, dann noch einmal versuchen.',
  'shell.settings-not-kept': 'Die Einstellungen konnten nicht geschrieben werden: {why}. Nichts wurde geändert. Platz schaffen oder den Ordner prüfen, dann noch einmal versuchen.',
  'shell.no-engine': 'Das Programm läuft noch nicht, es gibt also nichts zu berichten. In einigen Sekunden noch einmal versuchen.',
  'shell.report-not-written': 'Der Bericht konnte dort nicht geschrieben werden: {why}. Einen anderen Ort wählen.',
  'shell.no-sign-in': 'Gerade ist keine Anmeldung offen. Sie beginnt auf der Seite der Konten.',
  'shell.no-link': 'Diese Fassung nennt keine solche Seite.',
} as const;
