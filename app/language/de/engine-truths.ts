/** Die vier Wahrheiten: Kontrollserver, Relay, Wege zu den Geräten, und das System dieses Computers. */
export const engineTruths = {
  'engine.truth.control-none': 'Kein Kontrollserver in Gebrauch',
  'engine.truth.control-ok': '{host} hält die Geräteliste aktuell',
  'engine.truth.control-quiet': 'Keine Nachricht von {host} seit {since}',
  'engine.truth.control-connecting': 'Verbindet mit {host}',
  'engine.truth.control-registering': 'Registriert sich bei {host}',
  'engine.truth.control-fetching': 'Fragt {host} nach der Geräteliste',
  'engine.truth.control-reconnecting': '{trouble}: verbindet neu{attempt, plural, =0 {} =1 {} other {, {attempt}. Versuch}}',
  'engine.truth.control-waiting': '{trouble}: nächster Versuch {when, select, now {läuft} other {in {in}}}',
  'engine.truth.control-no-network': 'Kein Netz: wartet auf eines',
  'engine.truth.control-sign-in': '{host} wartet auf eine Anmeldung',
  'engine.truth.control-key-changed': '{host} zeigt einen anderen Schlüssel als bisher: wartet auf eine Entscheidung',
  'engine.truth.control-refused': '{host} lehnt ab{says, select, no {} other {: {text}}}',
  'engine.truth.control-signing-out': 'Meldet sich bei {host} ab',
  'engine.truth.control-signed-out': 'Von {host} abgemeldet',

  'engine.truth.relay-none': 'Kein Relay in Gebrauch',
  'engine.truth.relay-off': 'Das Netz hat kein Relay',
  'engine.truth.relay-choosing': 'Misst {total, plural, =1 {das Relay} other {{total} Relays}}, um eines zu wählen',
  'engine.truth.relay-up': 'Relay {relay} ist verbunden',
  'engine.truth.relay-health': 'Relay {relay} meldet: {text}',
  'engine.truth.relay-checking': 'Fragt Relay {relay}, ob es da ist',
  'engine.truth.relay-connecting': 'Verbindet mit Relay {relay}{attempt, plural, =0 {} =1 {} other {, {attempt}. Versuch}}',
  'engine.truth.relay-waiting': '{trouble}: {next}',
  'engine.truth.relay-no-network': 'Kein Netz: wartet auf eines',

  'engine.truth.path': '{ways}',
  'engine.truth.path-none': 'Noch keine Geräte',

  'engine.truth.os-memory': 'Läuft im Speicher: Routen und DNS bleiben unberührt',
  'engine.truth.os-bare': 'Keine Adresse, keine Route: nicht beigetreten',
  'engine.truth.os-set': 'Netzwerkschnittstelle {device} ist eingerichtet, mit {routes, plural, =1 {1 Route} other {{routes} Routen}}',
  'engine.truth.os-refused': 'Netzwerkschnittstelle {device} ist nicht so eingerichtet, wie das Netz es braucht',
  'engine.truth.os-refused.rest': 'Die Meldung dazu, auf Englisch: „{why}“',
  'engine.truth.os-no-device': 'Es gibt keine Netzwerkschnittstelle: Kein Programm auf diesem Computer erreicht das Netz',
  'engine.truth.os-no-device.rest': `{reason, select,
    system {Auf diesem Betriebssystem legt Bowline noch keine an. Es tritt einem Netz bei und zeigt es; Datenverkehr braucht Linux.}
    processor {Auf dieser Art von Prozessor legt Bowline keine an. Es tritt einem Netz bei und zeigt es; Datenverkehr braucht x86 oder ARM mit 64 Bit.}
    rights {Diese App darf keine anlegen. Abhilfe: die App beenden und in einem Terminal "sudo bowline up --server ADRESSE" starten. Damit fließt Datenverkehr.}
    file {Das System gibt /dev/net/tun nicht her. Abhilfe: "sudo modprobe tun" ausführen und Bowline neu starten.}
    other {}}`,
  'engine.truth.os-device-gone': 'Netzwerkschnittstelle {device} ist seit {since} weg: Bowline legt eine neue an',
  'engine.truth.os-checking': 'Prüft Netzwerkschnittstelle {device}, ihre Adressen und Routen',
  'engine.truth.os-repairing': 'Stellt wieder her: {items}{attempts, plural, =0 {} =1 {} =2 {, zweimal versucht} other {, {attempts}-mal versucht}}',
  'engine.truth.os-fought-over': '{who} entfernt immer wieder {items}',
  'engine.truth.os-fought-over.rest': '{undone, plural, =1 {Einmal} =2 {Zweimal} other {{undone}-mal}} rückgängig gemacht. {standing, select, yes {In diesem Moment ist es da.} other {Bowline stellt es immer wieder her, jede halbe Sekunde.}} Jenes Programm so einstellen, dass es davon ablässt, oder es beenden.',
  'engine.truth.os-says-no': 'Das System verweigert {items}',
  'engine.truth.os-says-no.rest': 'Es meldet: „{why}“. Bowline versucht es weiter.',
  'engine.truth.os-misled': '{through, select, none {Pakete an {to} gehen ins Leere} other {Pakete an {to} gehen über {through} hinaus}}',
  'engine.truth.os-misled.rest': 'Alles, was Bowline gesetzt hat, ist da. Eine andere Regel oder Route dieses Computers geht vor.',
} as const;
