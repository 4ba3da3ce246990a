/** What the shell answers: settings, report, links, updates. */
export const shell = {
  'shell.no-login-item': 'Bowline cannot start at login here. Start it by your system: on Linux with a service, elsewhere with the app.',
  'shell.no-notifications': 'This Bowline shows its page in a browser and sends no notifications. The tray app does.',
  'shell.no-updates': 'This Bowline does not update itself. It is updated the way it was installed.',
  'shell.login-item-refused': 'The system did not change what starts at login: {why}. Nothing else was changed. Allow it in the system settings, then try again.',
  'shell.settings-not-kept': 'The settings could not be written: {why}. Nothing was changed. Free some space or check the folder, then try again.',
  'shell.no-engine': 'The engine has not started yet, so there is nothing to report. Try again in a few seconds.',
  'shell.report-not-written': 'The report could not be written there: {why}. Choose another place.',
  'shell.no-sign-in': 'No sign-in is open now. Begin it on the page of accounts.',
  'shell.no-link': 'This build names no such page.',
} as const;
