/** Die Anleitung beim ersten Start, von der Adresse eines Servers bis zum ersten Gerät, das antwortet. */
export const guide = {
  'guide.steps': 'Schritte der Anleitung',
  'guide.step': '{step, select, server {Server} account {Anmeldung} device {Dieser Computer} other {Andere Geräte}}',
  'guide.step-state': '{state, select, done {erledigt} now {jetzt} other {noch nicht}}',
  'guide.about.title': 'Die eigenen Geräte in einem privaten Netz',
  'guide.about.text': 'Bowline verbindet diesen Computer mit den anderen Geräten, wo immer sie sind, und hält die Verbindung.',
  'guide.about.point': `{point, select,
    traffic {Was zwischen den Geräten läuft, wird auf dem einen verschlüsselt und nur auf dem anderen gelesen. Der übrige Verkehr nimmt seinen gewohnten Weg.}
    server {Das Netz hat einen Server, der die Geräte miteinander bekannt macht. Er erfährt den Namen dieses Computers und wo er zu erreichen ist.}
    other {Bowline sagt jederzeit, was geht, was nicht, und warum.}}`,
  'guide.about.need': 'Nur eines wird gebraucht: die Adresse dieses Servers. Wer das Netz eingerichtet hat, kennt sie.',
  'guide.about.next': 'Adresse eingeben',
  'guide.starting.title': 'Beitritt zu {host}',
  'guide.starting.text': 'Die Engine nimmt den Server jetzt auf.',
  'guide.admin.title': 'Muss jemand diesen Computer zulassen?',
  'guide.admin.text': 'Dann zeigt die Anmeldeseite einen Befehl und kein Formular. Diese Nachricht geht an die Person, die {host} betreibt; hier ist sonst nichts zu tun.',
  'guide.admin.copy': 'Nachricht kopieren',
  'guide.admin.message': 'Bitte den Computer "{name}" in das Netz von {host} aufnehmen. Die Anmeldeseite zeigt, wie: {url}',
  'guide.other-server': 'Anderen Server verwenden',
  'guide.blocked.title': 'Dieser Computer ist im Netz, seine Programme sind es nicht',
  'guide.blocked.text': 'Es gibt keine Netzwerkschnittstelle, deshalb erreicht kein Programm die anderen Geräte.',
  'guide.blocked.command': 'In einem Terminal',
  'guide.blocked.copy': 'Befehl kopieren',
  'guide.alone.title': 'Dieser Computer ist im Netz',
  'guide.alone.text': 'Noch ist kein anderes Gerät da. Auf einem zweiten beim selben Server anmelden: Es erscheint hier von selbst.',
  'guide.alone.address': 'Adresse dieses Computers',
  'guide.first-data.title': 'Im Netz mit {total, plural, one {# Gerät} other {# Geräten}}',
  'guide.first-data.text': '{total, plural, one {Es hat noch nicht geantwortet.} other {Noch keines hat geantwortet.}} Ein ausgeschaltetes Gerät antwortet später; Bowline macht von selbst weiter.',
  'guide.first-data.peers': 'Jedes einzeln zeigen',
  'guide.connected.title': 'Verbunden mit {proved, plural, one {# Gerät} other {# Geräten}}',
  'guide.connected.text': '{silent, plural, =0 {Von jedem kamen gerade Daten.} one {# weiteres hat nicht geantwortet: vielleicht ist es ausgeschaltet.} other {# weitere haben nicht geantwortet: vielleicht sind sie ausgeschaltet.}}',
  'guide.connected.list': 'Geräte, die antworten',
  'guide.connected.more': '{n, plural, one {und # weiteres} other {und # weitere}}',
  'guide.icon.title': 'Wo Bowline von jetzt an ist',
  'guide.icon.text': `{place, select,
    macos {In der Menüleiste oben rechts: der Knoten. Ein Klick zeigt den Zustand und dieses Fenster.}
    windows {Bei der Uhr in der Taskleiste: der Knoten. Fehlt er dort, den Pfeil neben der Uhr öffnen und ihn herausziehen. Das Schließen dieses Fensters beendet nichts.}
    linux {In der Leiste bei den anderen kleinen Symbolen: der Knoten. Manche Desktops zeigen keine; dann Bowline erneut starten, um dieses Fenster zu sehen. Das Schließen des Fensters beendet nichts.}
    other {Ohne Symbol: Bowline läuft im Hintergrund auf diesem Computer. Diese Seite zeigt den Zustand, "bowline status" in einem Terminal ebenso. Das Schließen der Seite beendet nichts.}}`,
  'guide.overview': 'Übersicht öffnen',
} as const;
