/** The guide of the first run, from the address of a server to the first device that answers. */
export const guide = {
  'guide.steps': 'Steps of the guide',
  'guide.step': '{step, select, server {Server} account {Sign-in} device {This computer} other {Other devices}}',
  'guide.step-state': '{state, select, done {done} now {now} other {to do}}',
  'guide.about.title': 'Your devices, in one private network',
  'guide.about.text': 'Bowline connects this computer with your other devices, wherever they are, and keeps them connected.',
  'guide.about.point': `{point, select,
    traffic {What goes between your devices is encrypted on one and read on the other only. The rest of your traffic goes its usual way.}
    server {Your network has a server that introduces its devices to each other. It learns the name of this computer and where to reach it.}
    other {Bowline says at any time what works, what does not, and why.}}`,
  'guide.about.need': 'One thing is needed: the address of that server. Whoever set up the network knows it.',
  'guide.about.next': 'Enter the address',
  'guide.starting.title': 'Joining {host}',
  'guide.starting.text': 'The engine takes up the server now.',
  'guide.admin.title': 'Does somebody have to let this computer in?',
  'guide.admin.text': 'The sign-in page then shows a command and no form. Send this message to whoever runs {host}; nothing else is to do here.',
  'guide.admin.copy': 'Copy message',
  'guide.admin.message': 'Please let the computer "{name}" into the network of {host}. The sign-in page shows how: {url}',
  'guide.other-server': 'Use another server',
  'guide.blocked.title': 'This computer is in the network, its programs are not',
  'guide.blocked.text': 'There is no network device, so no program reaches the other devices.',
  'guide.blocked.command': 'In a terminal',
  'guide.blocked.copy': 'Copy command',
  'guide.alone.title': 'This computer is in the network',
  'guide.alone.text': 'No other device is there yet. Sign in to the same server on a second one: it appears here by itself.',
  'guide.alone.address': 'Address of this computer',
  'guide.first-data.title': 'In the network with {total, plural, one {# device} other {# devices}}',
  'guide.first-data.text': '{total, plural, one {It has not answered yet.} other {None of them has answered yet.}} A device that is switched off answers later; Bowline goes on by itself.',
  'guide.first-data.peers': 'Show each one',
  'guide.connected.title': 'Connected to {proved, plural, one {# device} other {# devices}}',
  'guide.connected.text': '{silent, plural, =0 {Each sent data just now.} one {# more has not answered: it may be switched off.} other {# more have not answered: they may be switched off.}}',
  'guide.connected.list': 'Devices that answer',
  'guide.connected.more': '{n, plural, one {and # more} other {and # more}}',
  'guide.icon.title': 'Where Bowline is from now on',
  'guide.icon.text': `{place, select,
    macos {In the menu bar, at the top right: the knot. A click shows the state and this window.}
    windows {At the clock in the taskbar: the knot. If it is not there, open the arrow beside the clock and drag it out. Closing this window ends nothing.}
    linux {In the panel, with the other small icons: the knot. Some desktops show none; then start Bowline again to see this window. Closing the window ends nothing.}
    other {Without an icon: it runs in the background on this computer. This page shows its state, and so does "bowline status" in a terminal. Closing the page ends nothing.}}`,
  'guide.overview': 'Open the overview',
} as const;
