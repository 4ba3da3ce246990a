/**
 * The text of /etc/resolv.conf while a tunnel with name servers is up. Pure. Options that were there stay; name servers
 * and search domains are replaced where the configuration names some.
 */
export interface DnsWanted {
  readonly servers: readonly string[];
  readonly searchDomains: readonly string[];
}

/** resolv.conf(5): the C library asks three at most. */
export const NAME_SERVERS_AT_MOST = 3;

export function resolvConfText(before: string, wanted: DnsWanted): string {
  const kept = before.split('\n').filter((line) => {
    const word = /^\s*(\w+)/.exec(line)?.[1];
    if (word === 'nameserver') return wanted.servers.length === 0;
    if (word === 'search' || word === 'domain') return wanted.searchDomains.length === 0;
    return word === 'options' || word === 'sortlist';
  });
  return [
    '# Written by Bowline while its tunnel is up; the file from before comes back with "bowline down".',
    ...wanted.servers.slice(0, NAME_SERVERS_AT_MOST).map((server) => `nameserver ${server}`),
    ...(wanted.searchDomains.length === 0 ? [] : [`search ${wanted.searchDomains.join(' ')}`]),
    ...kept.map((line) => line.trim()),
    '',
  ].join('\n');
}
