/** The small page for who may not see the page: what is true, why, one next step. No script, no style, no input of the request. */

const TEXT = {
  'spent-token': ['This address does not work any more', 'Each address opens Bowline once, within ten minutes. If this browser has opened it before, <a href="/">go on here</a>.'],
  'no-session': ['This browser is not allowed to see Bowline yet', 'It gets in with a one-time address.'],
} as const;

export function refusalPage(why: keyof typeof TEXT): string {
  const [head, reason] = TEXT[why];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Bowline</title>
<h1>${head}</h1>
<p>${reason}
<p>For a new address, press Enter where Bowline runs, or type <code>bowline ui</code> in a terminal.
</html>
`;
}
