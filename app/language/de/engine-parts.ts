/** Was mehrere Sätze der Engine gemeinsam haben: app/api/message-values.ts setzt es in sie ein. */
export const engineParts = {
  'engine.unknown': 'Unbekannte Meldung {key}',
  'engine.part.unknown-trouble': 'Unbekannte Störung {key}',
  'engine.part.relay': 'Relay {relay}',
  'engine.part.next-with-packet': '{when, select, none {nächster Versuch mit dem nächsten Paket} now {neuer Versuch läuft} other {nächster Versuch in {in}}}',
  'engine.part.step': `{during, select,
    name {keine Antwort vom Namensdienst}
    connect {keine Antwort}
    proxy {keine Antwort vom Proxy}
    tls {kein Abschluss des TLS-Handshakes}
    key {keine Antwort auf die Frage nach dem Schlüssel}
    upgrade {keine Antwort auf das Upgrade}
    noise {kein Abschluss des Handshakes}
    register {keine Antwort auf die Registrierung}
    map {keine Antwort auf die Frage nach der Geräteliste}
    update {keine Antwort auf eine Aktualisierung}
    sign_out {keine Antwort auf die Abmeldung}
    other {keine Antwort}}`,
  'engine.part.system-error': `{code, select,
    ENETUNREACH {kein Netz ist erreichbar ({code})}
    ENETDOWN {das Netz ist abgeschaltet ({code})}
    EHOSTUNREACH {es gibt keine Route zu der Adresse ({code})}
    EHOSTDOWN {der Host ist nicht in Betrieb ({code})}
    EADDRNOTAVAIL {die eigene Adresse ist weg ({code})}
    EADDRINUSE {der Port ist belegt ({code})}
    EACCES {das System erlaubt es nicht ({code})}
    EPERM {eine Firewall darauf lehnt ab ({code})}
    ENOBUFS {die Sendewarteschlange ist voll ({code})}
    other {{code}}}`,
  'engine.part.flow': '{kind, select, icmp {ICMP} port {{name}-Port {port}} other {IP-Protokoll {number}}}',
  'engine.part.ways': '{state, select, direct {{n} direkt} relayed {{n} über ein Relay} checking {{n} in Prüfung} quiet {{n} still} other {{n} ohne Antwort}}',
  'engine.part.item': `{kind, select,
    device {die Netzwerkschnittstelle}
    address {die Adresse {name}}
    route {die Route {name}}
    throw {die Ausnahme {name}}
    rule {die Routingregel {name}}
    setting {die Einstellung {name}}
    names {die Nameserver}
    other {etwas}}`,
  'engine.part.items': '{more, plural, =0 {{first}} one {{first} und eins mehr} other {{first} und {more} weitere}}',
  'engine.part.who': '{kind, select, program {{name}} mark {Ein Programm, das seine Routen mit "{name}" kennzeichnet,} other {Ein anderes Programm}}',
  'engine.part.reconnects': `{count, plural,
    =0 {keine Unterbrechung}
    =1 {1 Unterbrechung, {longest}{running, plural, =0 {} other {, dauert noch an}}}
    other {{count} Unterbrechungen, die längste {longest}{running, plural, =0 {} =1 {, 1 dauert noch an} other {, {running} dauern noch an}}}}`,
} as const;
