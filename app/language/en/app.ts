/** What the app says where it does not start. */
export const app = {
  'app.not-started': 'Bowline does not start',
  'app.opening-switch': 'It was started with --{name}, which would open it to other programs. Start it without that.',
  'app.no-sandbox': 'The demo network needs Bowline run from its source: its devices are processes that an installed app may not start. Start it without --sandbox, or run npm run demo.',
  'app.native': 'A part of this installation is not as it was packed: {file} ({fault, select, changed {it was changed} missing {it is missing} unlisted {the list of parts cannot be read} other {it is for another computer}}). Install Bowline again.',
  'app.engine-not-started': 'Bowline cannot start its engine',
} as const;
