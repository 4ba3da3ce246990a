/** What the app says where it does not start. */
export const app = {
  'app.not-started': 'Bowline does not start',
  'app.opening-switch': 'It was started with --{name}, which would open it to other programs. Start it without that.',
  'app.engine-not-started': 'Bowline cannot start its engine',
} as const;
