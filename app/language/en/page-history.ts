/** The history of reconnects. */
export const pageHistory = {
  'history.title': 'Reconnect history',
  'history.summary': '{n, plural, one {# entry} other {# entries}}, {unreachable} interrupted',
  'history.filter': 'Truth',
  'history.everything': 'Everything',
  'history.today': 'Today',
  'history.yesterday': 'Yesterday',
  'history.running': 'running',
  'history.cut-off': 'Cut off:',
  'history.nobody': 'Nobody cut off',
  'history.empty': 'No entry yet',
  'history.empty-device': 'Nothing happened to {device}',
  'history.empty-truth': 'Nothing happened to {truth}',
  'history.empty-both': 'Nothing happened to {truth} and {device}',
  'history.empty-text': 'Every reconnect is told here: what happened, what Bowline did, and how it ended.',
  'history.device': 'Device',
  'history.all-devices': 'All',
} as const;
