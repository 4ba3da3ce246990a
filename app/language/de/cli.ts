/** Die Kommandozeile. */
export const cli = {
  'cli.why': 'Warum',
  'cli.doing': 'Bowline',
  'cli.next': 'Zu tun',
} as const;
