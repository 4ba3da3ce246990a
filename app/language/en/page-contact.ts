/** The page before the engine has answered, and when it answers no more. */
export const pageContact = {
  'gone.title': 'The engine does not answer',
  'gone.closed': 'The connection to it closed. Last word {age} ago.',
  'gone.silent': 'Asked, but nothing has come for {age}.',
  'gone.mean': 'The tunnel may still be up; this window cannot know. So it shows no state until the engine answers again.',
  'gone.trying': 'Bowline asks again by itself.',
  'gone.help': 'If it was stopped, start it in a terminal; it prints the address to open:',
  'gone.retry': 'Ask again now',
  'gone.chip': 'No answer',
  'gone.last-seen': 'Last known, at {time}',
  'starting.title': 'Waiting for the engine, {age}',
  'starting.text': 'The page asks it for its state.',
  'starting.late': 'It should have answered by now. If it does not run, start it in a terminal; this page goes on by itself.',
  'starting.fault': 'This page and the engine do not understand each other',
  'starting.fault-text': 'The engine answered, but not with what this page knows: “{message}”. Reload the page; if that does not help, both need the same version.',
  'starting.reload': 'Reload',
} as const;
