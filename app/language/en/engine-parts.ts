/** What several of the engine's sentences have in common: put into them by app/api/message-values.ts. */
export const engineParts = {
  'engine.unknown': 'Unknown message {key}',
  'engine.part.unknown-trouble': 'Unknown trouble {key}',
  'engine.part.relay': 'relay {relay}',
  'engine.part.next-with-packet': '{when, select, none {next try with the next packet} now {trying again now} other {next try in {in}}}',
  'engine.part.step': `{during, select,
    name {no answer from the name service}
    connect {no answer}
    proxy {no answer from the proxy}
    tls {no end of the TLS handshake}
    key {no answer to the request for its key}
    upgrade {no answer to the upgrade}
    noise {no end of the handshake}
    register {no answer to the registration}
    map {no answer to the request for the map}
    update {no answer to an update}
    sign_out {no answer to the sign-out}
    other {no answer}}`,
  'engine.part.system-error': `{code, select,
    ENETUNREACH {no network is reachable ({code})}
    ENETDOWN {the network is down ({code})}
    EHOSTUNREACH {there is no route to the address ({code})}
    EHOSTDOWN {the host is down ({code})}
    EADDRNOTAVAIL {its own address is gone ({code})}
    EADDRINUSE {the port is in use ({code})}
    EACCES {the system does not allow it ({code})}
    EPERM {a firewall on it refuses ({code})}
    ENOBUFS {its send queue is full ({code})}
    other {{code}}}`,
  'engine.part.flow': '{kind, select, icmp {ICMP} port {{name} port {port}} other {IP protocol {number}}}',
  'engine.part.ways': '{state, select, direct {{n} direct} relayed {{n} relayed} checking {{n} checking} quiet {{n} quiet} other {{n} silent}}',
  'engine.part.item': `{kind, select,
    device {the network device}
    address {the address {name}}
    route {the route {name}}
    throw {the exception {name}}
    rule {the routing rule {name}}
    setting {the setting {name}}
    names {the name servers}
    other {something}}`,
  'engine.part.items': '{more, plural, =0 {{first}} other {{first} and {more} more}}',
  'engine.part.who': '{kind, select, program {{name}} mark {A program that marks its routes "{name}"} other {Another program}}',
  'engine.part.reconnects': `{count, plural,
    =0 {no reconnect}
    =1 {1 reconnect, {longest}{running, plural, =0 {} other {, still running}}}
    other {{count} reconnects, longest {longest}{running, plural, =0 {} other {, {running} still running}}}}`,
} as const;
