/** The four truths: control server, relay, peer paths, and this computer’s own system. */
export const engineTruths = {
  'engine.truth.control-none': 'No control server is used',
  'engine.truth.control-ok': '{host} keeps the list of devices up to date',
  'engine.truth.control-quiet': 'No word from {host} for {since}',
  'engine.truth.control-connecting': 'Connecting to {host}',
  'engine.truth.control-registering': 'Registering with {host}',
  'engine.truth.control-fetching': 'Asking {host} for the list of devices',
  'engine.truth.control-reconnecting': '{trouble}: reconnecting{attempt, plural, =0 {} =1 {} other {, attempt {attempt}}}',
  'engine.truth.control-waiting': '{trouble}: next try {when, select, now {now} other {in {in}}}',
  'engine.truth.control-no-network': 'No network: waiting for one',
  'engine.truth.control-sign-in': '{host} waits for a sign-in',
  'engine.truth.control-key-changed': '{host} shows another key than before: waiting for your answer',
  'engine.truth.control-refused': '{host} says no{says, select, no {} other {: {text}}}',
  'engine.truth.control-signing-out': 'Signing out of {host}',
  'engine.truth.control-signed-out': 'Signed out of {host}',

  'engine.truth.relay-none': 'No relay is used',
  'engine.truth.relay-off': 'The network has no relay',
  'engine.truth.relay-choosing': 'Measuring {total, plural, =1 {the relay} other {{total} relays}} to choose one',
  'engine.truth.relay-up': 'Relay {relay} is connected',
  'engine.truth.relay-health': 'Relay {relay} says: {text}',
  'engine.truth.relay-checking': 'Asking relay {relay} whether it is there',
  'engine.truth.relay-connecting': 'Connecting to relay {relay}{attempt, plural, =0 {} =1 {} other {, attempt {attempt}}}',
  'engine.truth.relay-waiting': '{trouble}: {next}',
  'engine.truth.relay-no-network': 'No network: waiting for one',

  'engine.truth.path': '{ways}',
  'engine.truth.path-none': 'No devices yet',

  'engine.truth.os-memory': 'Runs in memory: routes and DNS are not touched',
  'engine.truth.os-bare': 'No address, no route: not joined',
  'engine.truth.os-set': 'Network device {device} is set up, with {routes, plural, =1 {1 route} other {{routes} routes}}',
  'engine.truth.os-refused': 'Network device {device} is not set up as the network needs it',
  'engine.truth.os-refused.rest': '{why}',
  'engine.truth.os-no-device': 'There is no network device: no program on this computer reaches the network',
  'engine.truth.os-no-device.rest': `{reason, select,
    system {Bowline makes none on this operating system yet. It joins a network and shows it; traffic needs Linux.}
    processor {Bowline makes none on this kind of processor. It joins a network and shows it; traffic needs 64-bit x86 or ARM.}
    rights {This app may not make one. End it and run "sudo bowline up --server ADDRESS" in a terminal: that carries traffic.}
    file {The system does not give out /dev/net/tun. Run "sudo modprobe tun", then start Bowline again.}
    other {}}`,
  'engine.truth.os-device-gone': 'Network device {device} is gone since {since}: making a new one',
  'engine.truth.os-checking': 'Checking network device {device}, its addresses and routes',
  'engine.truth.os-repairing': 'Putting back {items}{attempts, plural, =0 {} =1 {} =2 {, tried twice} other {, tried {attempts} times}}',
  'engine.truth.os-fought-over': '{who} keeps removing {items}',
  'engine.truth.os-fought-over.rest': 'Undone {undone, plural, =1 {once} =2 {twice} other {{undone} times}}. {standing, select, yes {At this moment it is there.} other {Bowline keeps putting it back, once in half a second.}} Tell that program to leave it alone, or end it.',
  'engine.truth.os-says-no': 'The system refuses {items}',
  'engine.truth.os-says-no.rest': 'It says: {why}. Trying again.',
  'engine.truth.os-misled': '{through, select, none {Packets to {to} go nowhere} other {Packets to {to} leave by {through}}}',
  'engine.truth.os-misled.rest': 'All that Bowline set is there. Another rule or route of this computer comes before it.',
} as const;
