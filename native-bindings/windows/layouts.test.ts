/** Windows' struct layouts as data, against offsetof and sizeof of the MinGW headers (tests/vectors/mib-rows.c). */
import { describe, expect, it } from 'vitest';
import vectors from '../../app/wire/mib-rows.vector.json' with { type: 'json' };
import * as netio from './headers/netioapi.ts';

const { layouts } = vectors;

describe('struct layouts', () => {
  it('SOCKADDR_INET and IP_ADDRESS_PREFIX are as in <ws2ipdef.h> and <netioapi.h>', () => {
    const { size, 'Ipv4.sin_addr': ipv4, 'Ipv6.sin6_addr': ipv6, 'Ipv6.sin6_scope_id': scope } = layouts.SOCKADDR_INET;
    expect(netio.SOCKADDR_INET).toEqual({ size, family: 0, ipv4, ipv6, scope });
    expect(netio.IP_ADDRESS_PREFIX).toEqual({ size: layouts.IP_ADDRESS_PREFIX.size, bits: layouts.IP_ADDRESS_PREFIX.PrefixLength });
  });
  it('tables begin with their count, as in <netioapi.h>', () => expect(netio.MIB_TABLE).toEqual({ count: 0, rows: layouts.MIB_IPFORWARD_TABLE2.Table }));
  it('MIB_IPFORWARD_ROW2 is as in <netioapi.h>', () => {
    const row = layouts.MIB_IPFORWARD_ROW2;
    expect(netio.MIB_IPFORWARD_ROW2).toEqual({ size: row.size, luid: row.InterfaceLuid, index: row.InterfaceIndex, destination: row.DestinationPrefix, nextHop: row.NextHop, metric: row.Metric, protocol: row.Protocol, loopback: row.Loopback, origin: row.Origin });
  });
  it('MIB_UNICASTIPADDRESS_ROW is as in <netioapi.h>', () => {
    const row = layouts.MIB_UNICASTIPADDRESS_ROW;
    expect(netio.MIB_UNICASTIPADDRESS_ROW).toEqual({ size: row.size, address: row.Address, luid: row.InterfaceLuid, index: row.InterfaceIndex, suffixOrigin: row.SuffixOrigin, bits: row.OnLinkPrefixLength, dadState: row.DadState });
  });
  it('MIB_IPINTERFACE_ROW is as in <netioapi.h>', () => {
    const row = layouts.MIB_IPINTERFACE_ROW;
    expect(netio.MIB_IPINTERFACE_ROW).toEqual({ size: row.size, family: row.Family, luid: row.InterfaceLuid, index: row.InterfaceIndex, automaticMetric: row.UseAutomaticMetric, managedAddress: row.ManagedAddressConfigurationSupported, otherStateful: row.OtherStatefulConfigurationSupported, routerDiscovery: row.RouterDiscoveryBehavior, dadTransmits: row.DadTransmits, sitePrefix: row.SitePrefixLength, metric: row.Metric, mtu: row.NlMtu });
  });
  it('DNS_INTERFACE_SETTINGS is as Microsoft documents <netioapi.h>', () => {
    const { size, Version: version, Flags: flags, Domain: domain, NameServer: nameServer, SearchList: searchList, ProfileNameServer: profileNameServer } = layouts.DNS_INTERFACE_SETTINGS;
    expect(netio.DNS_INTERFACE_SETTINGS).toEqual({ size, version, flags, domain, nameServer, searchList, profileNameServer });
  });
  it('MIB_IF_ROW2 is as in <netioapi.h>', () => {
    const row = layouts.MIB_IF_ROW2;
    expect(netio.MIB_IF_ROW2).toEqual({ size: row.size, luid: row.InterfaceLuid, index: row.InterfaceIndex, alias: row.Alias, aliasUnits: (row.Description - row.Alias) / 2, mtu: row.Mtu, type: row.Type, flags: row.InterfaceAndOperStatusFlags, operStatus: row.OperStatus, adminStatus: row.AdminStatus });
  });
});
