/** What both parts of the catalogue say in the same way. Pure. Callers: words.ts and control-words.ts. */

/** `head` says it; `rest`, where there is one, says what is being done or what a person may do. */
export type Words = { readonly head: string; readonly rest: string };

const SYSTEM_ERRORS: ReadonlyMap<string, string> = new Map([
  ['ENETUNREACH', 'no network is reachable'],
  ['ENETDOWN', 'the network is down'],
  ['EHOSTUNREACH', 'there is no route to the address'],
  ['EHOSTDOWN', 'the host is down'],
  ['EADDRNOTAVAIL', 'its own address is gone'],
  ['EADDRINUSE', 'the port is in use'],
  ['EACCES', 'the system does not allow it'],
  ['EPERM', 'a firewall on it refuses'],
  ['ENOBUFS', 'its send queue is full'],
]);

/** An error name of the system in words, with the name. */
export function systemError(code: string): string {
  const known = SYSTEM_ERRORS.get(code);
  return known === undefined ? code : `${known} (${code})`;
}
