/** What is said of the window as a whole. */
export const window = {
  'window.in-tray': 'Bowline goes on in the tray. Quit in its menu ends it.',
  'window.deaths': 'The window of Bowline failed 4 times within 5 minutes and was closed. Your connections are not affected. Open it again from the tray, or copy the diagnostics there.',
  'window.fault': 'Bowline met a fault of its own and goes on. What is shown may be late. Copy the diagnostics from the tray, then quit Bowline and start it again.',
  'window.link-refused': 'A link to Bowline was not followed: it does not have the form bowline://join?server=https://NAME. Ask for the address of the server and enter it under Accounts.',
} as const;
