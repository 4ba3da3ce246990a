/** What may be handed to a browser, of what a server shows. Pure. Callers: the page, the tray's shell, and who guards the window's links. */

/** The address itself when it is one of the web, which http is too: a server of one's own, on one's own network. Anything else is only shown as text. */
export function webLink(url: string): string | null {
  if (!URL.canParse(url)) return null;
  return ['https:', 'http:'].includes(new URL(url).protocol) ? url : null;
}
