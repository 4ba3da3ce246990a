/** Warum ein Gerät so erreicht wird, wie es erreicht wird, was der Paketfilter mit Daten tut, und der Port am Router. */
export const engineWays = {
  'engine.why.direct-configured': 'Direkt zu {endpoint}, der eingestellten Adresse',
  'engine.why.direct-followed': 'Direkt zu {endpoint}. Von dort kamen Daten, darum ist Bowline gefolgt',
  'engine.why.direct-proved': 'Direkt zu {endpoint}. Proben und Daten kommen durch',
  'engine.why.none-no-endpoint': 'Keine Adresse bekannt. Es muss sich zuerst melden',
  'engine.why.none-never-answered': '{endpoint} hat noch nie geantwortet',
  'engine.why.none-silent': 'Keine Antwort von {endpoint} seit {since}',
  'engine.why.none-not-asked': 'Noch wurde nichts dorthin gesendet. Vom Server {total, plural, =1 {ist 1 Adresse} other {sind {total} Adressen}} bekannt',
  'engine.why.none-map-no-address': 'Der Server kennt keine Adresse davon. Es muss sich zuerst melden',
  'engine.why.none-offline': '{since, select, none {Offline, sagt der Server} other {Seit {since} offline, sagt der Server}}',
  'engine.why.none-expired': 'Der Schlüssel des Geräts ist abgelaufen, darum wird nichts dorthin gesendet. Jemand muss sich dort neu anmelden',
  'engine.why.none-no-way': 'Weder Adresse noch Relay davon sind bekannt. Es muss sich zuerst melden',
  'engine.why.none-trying': 'Noch kein Weg dorthin: fragt unter {candidates, plural, =1 {1 Adresse} other {{candidates} Adressen}}',
  'engine.why.relay-trying': 'Über Relay {relay}, während ein direkter Weg gesucht wird: fragt unter {candidates, plural, =1 {1 Adresse} other {{candidates} Adressen}}',
  'engine.why.relay-not-in-use': 'Über Relay {relay}. Zurzeit wird nichts dorthin gesendet: Mit dem nächsten Paket wird ein direkter Weg gesucht',
  'engine.why.relay-udp-blocked': 'Über Relay {relay}: UDP ist hier gesperrt, darum kann kein direkter Weg gehen; {next}',
  'engine.why.relay-no-disco': 'Über Relay {relay}: Es lässt sich nicht nach direkten Wegen fragen (es hat keinen Disco-Schlüssel)',
  'engine.why.relay-no-candidates': 'Über Relay {relay}: Keine Adresse davon ist bekannt; {next}',
  'engine.why.relay-family-missing': 'Über Relay {relay}: Es hat nur Adressen für IPv{family}, und das fehlt diesem Computer',
  'engine.why.relay-data-lost': 'Über Relay {relay}: Unter {endpoint} kommen Proben durch und Daten nicht, gesehen vor {ago}; {next}',
  'engine.why.relay-lossy': 'Über Relay {relay} und direkt: Unter {endpoint} blieben {lost} der letzten {of} Proben ohne Antwort, darum geht jedes Paket auf beiden Wegen',
  'engine.why.relay-hard-nat': 'Über Relay {relay}: Das NAT hier nimmt für jedes Ziel einen anderen Port, und {probed, plural, =1 {1 Adresse antwortet} other {{probed} Adressen antworten}} nicht; {next}',
  'engine.why.relay-no-answer': 'Über Relay {relay}: keine Antwort von {probed, plural, =1 {1 Adresse} other {{probed} Adressen}}; {next}',

  'engine.port-mapping.mapped': '{protocol}: {endpoint}',
  'engine.port-mapping.another-nat': '{protocol}: {endpoint}, hinter einem weiteren NAT, darum erfährt es kein Gerät',
  'engine.port-mapping.refused': `{protocol}: abgelehnt, {reason, select,
    not_allowed {der Router erlaubt es nicht, oder ein anderer Computer hat den Port}
    no_network {der Router hat keine Adresse nach außen}
    no_room {der Router hat keinen Port mehr frei}
    not_spoken {der Router vergibt keine Ports}
    another_nat {zwischen dem Router und diesem Computer ist ein weiteres NAT}
    nonsense {die Antwort des Routers kann nicht stimmen}
    other {der Router antwortet nicht mehr}}`,
  'engine.port-mapping.absent': 'keiner: Der Router antwortet weder auf PCP noch auf NAT-PMP',

  'engine.filter.in-off': 'Von {peer} zu {flow} hier: kommt durch, in diesem Netz gilt kein Filter',
  'engine.filter.in-between-nodes': 'Von {peer} zu {flow} hier: Bowline nimmt es selbst entgegen',
  'engine.filter.in-allowed': 'Von {peer} zu {flow} hier: kommt durch{only, select, none {} other {, nur über IPv{only}}}, nach der Regel {rule}',
  'engine.filter.in-denied': `Von {peer} zu {flow} hier: abgelehnt, {because, select,
    no_rules_received {der Kontrollserver hat noch keine Regeln gesendet}
    not_this_computer {die Adresse gehört nicht zu diesem Computer}
    shields_up {alles von außen ist gesperrt (Shields up)}
    jailed {das Netz lässt es nur antworten}
    no_shared_address {die beiden haben keine Art von Adresse gemeinsam}
    other {keine Regel erlaubt es}}`,
  'engine.filter.out': 'Von hier zu {flow} auf {peer}: gesendet',
  'engine.filter.out.rest': 'Ob es dort eingelassen wird, weiß nur {peer}.',
  'engine.filter.out-refused': 'Von hier zu {flow} auf {peer}: gesendet',
  'engine.filter.out-refused.rest': `Dort vor {ago} abgelehnt: {refusal, select,
    rules {Die Regeln dort erlauben es nicht}
    shields_up {Dort ist alles von außen gesperrt (Shields up)}
    forwarding_off {Es leitet nichts an andere weiter}
    host_firewall {Die Firewall dort lehnt es ab}
    unknown_destination {Es kennt die Adresse nicht}
    other {Es nannte keinen Grund, den Bowline kennt}}.`,
} as const;
