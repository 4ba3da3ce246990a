/** The DNS configuration out of parsed JSON. Names lose their trailing dot; nothing is resolved. For response.ts. */
import { bool, domainItem, domainName, entries, isObject, list, text, textItem, type Fault, type JsonObject } from './fields.ts';
import type { DnsConfig, DnsResolver } from './types.ts';

export function decodeDns(dns: JsonObject, fault: Fault): DnsConfig {
  const routes = new Map<string, readonly DnsResolver[]>();
  entries(dns['Routes'], 'Routes', fault, (suffix, value) => void routes.set(domainName(suffix, '', fault), list(value, '', fault, resolver)));
  return {
    resolvers: list(dns['Resolvers'], 'Resolvers', fault, resolver),
    routes,
    fallbackResolvers: list(dns['FallbackResolvers'], 'FallbackResolvers', fault, resolver),
    domains: list(dns['Domains'], 'Domains', fault, domainItem),
    magicDns: bool(dns['Proxied'], 'Proxied', fault),
    extraRecords: list(dns['ExtraRecords'], 'ExtraRecords', fault, extraRecord),
    certDomains: list(dns['CertDomains'], 'CertDomains', fault, domainItem),
  };
}

function resolver(value: unknown, fault: Fault): DnsResolver | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  return {
    address: text(value['Addr'], 'Addr', fault),
    bootstrap: list(value['BootstrapResolution'], 'BootstrapResolution', fault, textItem),
    useWithExitNode: bool(value['UseWithExitNode'], 'UseWithExitNode', fault),
  };
}

function extraRecord(value: unknown, fault: Fault): DnsConfig['extraRecords'][number] | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  return { name: domainName(value['Name'], 'Name', fault), type: text(value['Type'], 'Type', fault), value: text(value['Value'], 'Value', fault) };
}
