/** Was zwischen diesem Gerät und einem Server oder Relay nicht stimmt: Satzteile, die in einen Zustand, eine Ursache und den Verlauf gleichermaßen passen. */
export const engineTroubles = {
  'engine.trouble.name-unknown': '{host}: Diesen Namen gibt es nicht',
  'engine.trouble.name-service': '{host}: Der Namensdienst antwortet nicht ({code})',
  'engine.trouble.proxy': 'Der Proxy {host}, Port {port}, lässt Bowline nicht durch{status, select, none {} other { (Status {status})}}',
  'engine.trouble.refused': '{host}: Auf Port {port} antwortet kein Dienst',
  'engine.trouble.unreachable': '{host}: {error}',
  'engine.trouble.timed-out': '{host}: {step} innerhalb von {after}',
  'engine.trouble.certificate': `{expired, select,
    none {{host}: Das Zertifikat {code, select,
      CERT_HAS_EXPIRED {ist abgelaufen}
      CERT_NOT_YET_VALID {gilt noch nicht: die Uhr dieses Computers prüfen}
      ERR_TLS_CERT_ALTNAME_INVALID {gehört zu einem anderen Namen}
      DEPTH_ZERO_SELF_SIGNED_CERT {ist von sich selbst unterschrieben, und dieser Computer vertraut ihm nicht}
      SELF_SIGNED_CERT_IN_CHAIN {ist von einer Stelle unterschrieben, der dieser Computer nicht vertraut}
      UNABLE_TO_GET_ISSUER_CERT_LOCALLY {ist von einer Stelle unterschrieben, der dieser Computer nicht vertraut}
      UNABLE_TO_VERIFY_LEAF_SIGNATURE {ist von einer Stelle unterschrieben, der dieser Computer nicht vertraut}
      CERT_REVOKED {wurde zurückgezogen}
      other {ist nicht vertrauenswürdig ({code})}}}
    other {{host}: Zertifikat am {expired} abgelaufen}}`,
  'engine.trouble.not-a-control-server': '{host}: antwortet, aber nicht wie ein Kontrollserver ({status, select, none {{what}} other {Status {status}, {what}}})',
  'engine.trouble.version-refused': '{host}: scheint diese Version von Bowline abzulehnen',
  'engine.trouble.key-changed': '{host}: zeigt einen anderen Schlüssel als bisher',
  'engine.trouble.protocol': '{host}: verletzt das Protokoll ({what})',
  'engine.trouble.too-large': '{host}: sendet mehr, als angenommen wird ({what}, über {size})',
  'engine.trouble.closed': '{host}: Verbindung geschlossen{code, select, none {} other { ({code})}}',
  'engine.trouble.silent': 'Keine Antwort von {host} seit {silent}',
  'engine.trouble.no-answer': '{host}: {step} innerhalb von {after}',
  'engine.trouble.busy': '{host}: ausgelastet, bittet um {wait} Geduld',
  'engine.trouble.http': '{host}: antwortet mit Status {status}{says, select, no {} other {: {text}}}',
  'engine.trouble.says-no': '{host}: lehnt ab{says, select, no {} other {: {text}}}',
  'engine.trouble.garbage': '{host}: sendet Unverständliches ({what})',
  'engine.trouble.stream-closed': '{host}: Ende der laufenden Geräteliste',
  'engine.trouble.node-unknown': '{host}: kennt dieses Gerät nicht mehr',
  'engine.trouble.key-expired': '{host}: Der Schlüssel dieses Geräts ist abgelaufen',
  'engine.trouble.asked-for-silence': '{host}: bittet für {for} um Ruhe',
  'engine.trouble.slept': 'Aufgewacht nach {slept} im Ruhezustand',
  'engine.trouble.network-changed': 'Das Netz hat gewechselt',
  'engine.trouble.network-down': 'Kein Netz',
  'engine.trouble.not-a-relay': '{host}: antwortet, aber nicht wie ein Relay{status, select, none {} other { (Status {status})}}',
  'engine.trouble.relay-no-pong': 'Relay {relay}: keine Antwort auf einen Ping innerhalb von {after}',
  'engine.trouble.relay-restarts': 'Relay {relay}: startet neu',
  'engine.trouble.relay-map-changed': 'Relay {relay}: Das Netz beschreibt es neu',
  'engine.trouble.relay-key-changed': 'Relay {relay}: Der Schlüssel dieses Geräts hat sich geändert',
} as const;
