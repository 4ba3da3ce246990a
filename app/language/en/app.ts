/** What the app says where it does not start. */
export const app = {
  'app.not-started': 'Bowline does not start',
  'app.opening-switch': 'It was started with --{name}, which would open it to other programs. Start it without that.',
  'app.no-sandbox': 'The demo network needs Bowline run from its source: its devices are processes that an installed app may not start. Start it without --sandbox, or run npm run demo.',
  'app.engine-not-started': 'Bowline cannot start its engine',
} as const;
