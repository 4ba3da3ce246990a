/** What the system shows beside the window: a title, and one or two sentences under it. */
export const alerts = {
  'alerts.connection': 'Bowline is not connected',
  'alerts.connection-unknown': 'No other device answers. Open Bowline to see what is tried.',
  'alerts.engine': 'The engine of Bowline does not answer',
  'alerts.engine-text': 'Nothing that was shown counts any more. Open Bowline, or quit and start it again.',
  'alerts.sign-in': 'Sign in to {host}',
  'alerts.sign-in-text': 'Until then this device is not in the network.',
  'alerts.server-key': '{host} shows another key than before',
  'alerts.server-key-text': 'Nothing goes on until you say whether that is right. Ask whoever runs the server.',
  'alerts.system': 'This computer does not keep what the network needs',
  'alerts.key': 'The key of this device expires in {left}',
  'alerts.key-text': 'Sign in to {host} again before that. The tunnel goes on meanwhile.',
  'alerts.over': 'Connected again',
  'alerts.over-text': 'It was not connected for {took}.',
} as const;
