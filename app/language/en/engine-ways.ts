/** Why a peer is reached as it is, what the packet filter does with a flow, and the port at the router. */
export const engineWays = {
  'engine.why.direct-configured': 'Direct to {endpoint}, the configured address',
  'engine.why.direct-followed': 'Direct to {endpoint}. Its data came from there, so Bowline followed',
  'engine.why.direct-proved': 'Direct to {endpoint}. Probes and data pass',
  'engine.why.none-no-endpoint': 'No address is known. It has to call first',
  'engine.why.none-never-answered': '{endpoint} has never answered',
  'engine.why.none-silent': 'No answer from {endpoint} for {since}',
  'engine.why.none-not-asked': 'Nothing was sent to it yet. {total, plural, =1 {1 address is} other {{total} addresses are}} known from the server',
  'engine.why.none-map-no-address': 'The server knows no address of it. It has to call first',
  'engine.why.none-offline': '{since, select, none {Offline, the server says} other {Offline for {since}, the server says}}',
  'engine.why.none-expired': 'Its key has expired, so nothing is sent to it. Someone has to sign in on it',
  'engine.why.none-no-way': 'No address and no relay of it is known. It has to call first',
  'engine.why.none-trying': 'No way to it yet: asking at {candidates, plural, =1 {1 address} other {{candidates} addresses}}',
  'engine.why.relay-trying': 'By relay {relay} while a direct way is looked for: asking at {candidates, plural, =1 {1 address} other {{candidates} addresses}}',
  'engine.why.relay-not-in-use': 'By relay {relay}. Nothing is sent to it now: a direct way is looked for with the next packet',
  'engine.why.relay-udp-blocked': 'By relay {relay}: UDP is blocked here, so no direct way can work; {next}',
  'engine.why.relay-no-disco': 'By relay {relay}: it cannot be asked for direct ways (it has no disco key)',
  'engine.why.relay-no-candidates': 'By relay {relay}: no address of it is known; {next}',
  'engine.why.relay-family-missing': 'By relay {relay}: all its addresses are IPv{family}, which this computer has not',
  'engine.why.relay-data-lost': 'By relay {relay}: at {endpoint} probes pass and data does not, seen {ago} ago; {next}',
  'engine.why.relay-lossy': 'By relay {relay} and directly: at {endpoint} {lost} of the last {of} probes had no answer, so each packet goes both ways',
  'engine.why.relay-hard-nat': 'By relay {relay}: the NAT here takes another port for each destination, and there is no answer from {probed, plural, =1 {1 address} other {{probed} addresses}}; {next}',
  'engine.why.relay-no-answer': 'By relay {relay}: no answer from {probed, plural, =1 {1 address} other {{probed} addresses}}; {next}',

  'engine.port-mapping.mapped': '{protocol}: {endpoint}',
  'engine.port-mapping.another-nat': '{protocol}: {endpoint}, behind another NAT, so no device is told',
  'engine.port-mapping.refused': `{protocol}: refused, {reason, select,
    not_allowed {the router does not allow it, or another computer holds the port}
    no_network {the router has no address outside}
    no_room {the router has no port left}
    not_spoken {the router gives no ports}
    another_nat {there is another NAT between the router and this computer}
    nonsense {the answer of the router cannot be right}
    other {the router answers no more}}`,
  'engine.port-mapping.absent': 'none: the router answers neither PCP nor NAT-PMP',

  'engine.filter.in-off': 'From {peer} to {flow} here: passes, no filter is used in this network',
  'engine.filter.in-between-nodes': 'From {peer} to {flow} here: Bowline takes it itself',
  'engine.filter.in-allowed': 'From {peer} to {flow} here: passes{only, select, none {} other { over IPv{only} only}}, by the rule {rule}',
  'engine.filter.in-denied': `From {peer} to {flow} here: refused, {because, select,
    no_rules_received {the control server has sent no rules yet}
    not_this_computer {the address is not of this computer}
    shields_up {shields are up}
    jailed {the network lets it only answer}
    no_shared_address {the two share no kind of address}
    other {no rule allows it}}`,
  'engine.filter.out': 'From here to {flow} on {peer}: sent',
  'engine.filter.out.rest': 'Whether it is let in there, {peer} alone knows.',
  'engine.filter.out-refused': 'From here to {flow} on {peer}: sent',
  'engine.filter.out-refused.rest': `Refused there {ago} ago: {refusal, select,
    rules {its rules do not allow it}
    shields_up {its shields are up}
    forwarding_off {it forwards nothing to others}
    host_firewall {its own firewall refuses it}
    unknown_destination {it does not know the address}
    other {it gave no reason that Bowline knows}}.`,
} as const;
