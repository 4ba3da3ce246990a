/** What is wrong between this device and a server or a relay: clauses without a time of their own, so that they fit a truth, a cause and the history alike. */
export const engineTroubles = {
  'engine.trouble.name-unknown': '{host}: no such name',
  'engine.trouble.name-service': '{host}: the name service does not answer ({code})',
  'engine.trouble.proxy': 'The proxy {host}, port {port}, does not let Bowline through{status, select, none {} other { (status {status})}}',
  'engine.trouble.refused': '{host}: nothing listens on port {port}',
  'engine.trouble.unreachable': '{host}: {error}',
  'engine.trouble.timed-out': '{host}: {step} within {after}',
  'engine.trouble.certificate': `{expired, select,
    none {{host}: its certificate {code, select,
      CERT_HAS_EXPIRED {has expired}
      CERT_NOT_YET_VALID {is not valid yet: compare the clock of this computer}
      ERR_TLS_CERT_ALTNAME_INVALID {belongs to another name}
      DEPTH_ZERO_SELF_SIGNED_CERT {is signed by itself, and this computer does not trust it}
      SELF_SIGNED_CERT_IN_CHAIN {is signed by an authority that this computer does not trust}
      UNABLE_TO_GET_ISSUER_CERT_LOCALLY {is signed by an authority that this computer does not trust}
      UNABLE_TO_VERIFY_LEAF_SIGNATURE {is signed by an authority that this computer does not trust}
      CERT_REVOKED {was revoked}
      other {cannot be trusted ({code})}}}
    other {{host}: certificate expired on {expired}}}`,
  'engine.trouble.not-a-control-server': '{host}: answers, but not as a control server does ({status, select, none {{what}} other {status {status}, {what}}})',
  'engine.trouble.version-refused': '{host}: seems to refuse this version of Bowline',
  'engine.trouble.key-changed': '{host}: shows another key than before',
  'engine.trouble.protocol': '{host}: breaks the protocol ({what})',
  'engine.trouble.too-large': '{host}: sends more than is taken ({what}, over {size})',
  'engine.trouble.closed': '{host}: connection closed{code, select, none {} other { ({code})}}',
  'engine.trouble.silent': 'No answer from {host} for {silent}',
  'engine.trouble.no-answer': '{host}: {step} within {after}',
  'engine.trouble.busy': '{host}: busy, asks for {wait} of patience',
  'engine.trouble.http': '{host}: answers with status {status}{says, select, no {} other {: {text}}}',
  'engine.trouble.says-no': '{host}: says no{says, select, no {} other {: {text}}}',
  'engine.trouble.garbage': '{host}: sends what makes no sense ({what})',
  'engine.trouble.stream-closed': '{host}: end of the map stream',
  'engine.trouble.node-unknown': '{host}: does not know this device any more',
  'engine.trouble.key-expired': '{host}: the key of this device has expired',
  'engine.trouble.asked-for-silence': '{host}: asks for silence for {for}',
  'engine.trouble.slept': 'Woke after {slept} of sleep',
  'engine.trouble.network-changed': 'The network changed',
  'engine.trouble.network-down': 'No network',
  'engine.trouble.not-a-relay': '{host}: answers, but not as a relay does{status, select, none {} other { (status {status})}}',
  'engine.trouble.relay-no-pong': 'Relay {relay}: no answer to a ping within {after}',
  'engine.trouble.relay-restarts': 'Relay {relay}: restarts',
  'engine.trouble.relay-map-changed': 'Relay {relay}: the network describes it anew',
  'engine.trouble.relay-key-changed': 'Relay {relay}: the key of this device changed',
} as const;
