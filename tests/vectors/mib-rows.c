/* Fills rows of Windows' network tables by the names of their fields and prints, as JSON, sizes and offsets and the bytes
 * that are not zero, independently of Bowline's tables of offsets. The output is committed as app/wire/mib-rows.vector.json.
 * Needs the MinGW headers and Wine: x86_64-w64-mingw32-gcc mib-rows.c -o mib-rows.exe && wine64 mib-rows.exe */
#define _WIN32_WINNT 0x0A00
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* Newer than MinGW's headers: its members as Microsoft's reference names them, in their order. */
typedef struct { ULONG Version; ULONG64 Flags; PWSTR Domain; PWSTR NameServer; PWSTR SearchList; ULONG RegistrationEnabled; ULONG RegisterAdapterName; ULONG EnableLLMNR; ULONG QueryAdapterName; PWSTR ProfileNameServer; } DNS_INTERFACE_SETTINGS;

static int commas;

static void row(const char *name, const void *at, size_t size) {
  const unsigned char *bytes = at;
  printf("%s\n  \"%s\": [%u", commas++ ? "," : "", name, (unsigned)size);
  for (size_t i = 0; i < size;) {
    if (bytes[i] == 0) { i++; continue; }
    printf(", [%u, \"", (unsigned)i);
    for (; i < size && bytes[i] != 0; i++) printf("%02x", bytes[i]);
    printf("\"]");
  }
  printf("]");
}

static void v4(SOCKADDR_INET *to, int a, int b, int c, int d) {
  to->Ipv4.sin_family = AF_INET;
  to->Ipv4.sin_addr.S_un.S_un_b.s_b1 = a; to->Ipv4.sin_addr.S_un.S_un_b.s_b2 = b;
  to->Ipv4.sin_addr.S_un.S_un_b.s_b3 = c; to->Ipv4.sin_addr.S_un.S_un_b.s_b4 = d;
}

static void v6(SOCKADDR_INET *to, int w0, int w1, int w7) {
  to->Ipv6.sin6_family = AF_INET6;
  unsigned char *raw = (unsigned char *)&to->Ipv6.sin6_addr;
  raw[0] = w0 >> 8; raw[1] = w0; raw[2] = w1 >> 8; raw[3] = w1; raw[14] = w7 >> 8; raw[15] = w7;
}

#define ROUTE(name, ...) { MIB_IPFORWARD_ROW2 r; memset(&r, 0, sizeof r); r.InterfaceIndex = 7; __VA_ARGS__; row(name, &r, sizeof r); }
#define ADDRESS(name, ...) { MIB_UNICASTIPADDRESS_ROW r; memset(&r, 0, sizeof r); r.InterfaceIndex = 7; __VA_ARGS__; row(name, &r, sizeof r); }
#define LINK(name, ...) { MIB_IF_ROW2 r; memset(&r, 0, sizeof r); __VA_ARGS__; row(name, &r, sizeof r); }
#define METRIC(name, ...) { MIB_IPINTERFACE_ROW r; memset(&r, 0, sizeof r); __VA_ARGS__; row(name, &r, sizeof r); }
#define AT(type, field) printf(", \"%s\": %u", #field, (unsigned)offsetof(type, field))
#define SIZE(type) printf("%s\n  \"%s\": { \"size\": %u", commas++ ? "," : "", #type, (unsigned)sizeof(type))

int main(void) {
  printf("{ \"rows\": {");
  ROUTE("default", v4(&r.DestinationPrefix.Prefix, 0, 0, 0, 0); v4(&r.NextHop, 192, 168, 1, 1); r.Metric = 256; r.Protocol = MIB_IPPROTO_NETMGMT; r.Origin = NlroDHCP)
  ROUTE("default6", v6(&r.DestinationPrefix.Prefix, 0, 0, 0); v6(&r.NextHop, 0xfe80, 0, 1); r.NextHop.Ipv6.sin6_scope_id = 7; r.Metric = 16; r.Protocol = MIB_IPPROTO_NETMGMT)
  ROUTE("onLink", v4(&r.DestinationPrefix.Prefix, 192, 168, 1, 0); r.DestinationPrefix.PrefixLength = 24; v4(&r.NextHop, 0, 0, 0, 0); r.Metric = 256; r.Protocol = MIB_IPPROTO_LOCAL; r.Immortal = 1)
  ROUTE("loopback", r.InterfaceIndex = 1; v4(&r.DestinationPrefix.Prefix, 127, 0, 0, 0); r.DestinationPrefix.PrefixLength = 8; v4(&r.NextHop, 0, 0, 0, 0); r.Loopback = 1; r.Protocol = MIB_IPPROTO_LOCAL)
  ROUTE("multicast", v4(&r.DestinationPrefix.Prefix, 224, 0, 0, 0); r.DestinationPrefix.PrefixLength = 4; v4(&r.NextHop, 0, 0, 0, 0))
  ROUTE("multicast6", v6(&r.DestinationPrefix.Prefix, 0xff00, 0, 0); r.DestinationPrefix.PrefixLength = 8; v6(&r.NextHop, 0, 0, 0))
  ROUTE("broadcast", v4(&r.DestinationPrefix.Prefix, 255, 255, 255, 255); r.DestinationPrefix.PrefixLength = 32; v4(&r.NextHop, 0, 0, 0, 0))
  ROUTE("otherFamily", r.DestinationPrefix.Prefix.si_family = 6)
  ROUTE("longPrefix", v4(&r.DestinationPrefix.Prefix, 10, 0, 0, 0); r.DestinationPrefix.PrefixLength = 33)
  ADDRESS("address", v4(&r.Address, 192, 168, 1, 20); r.OnLinkPrefixLength = 24; r.DadState = IpDadStatePreferred; r.SuffixOrigin = IpSuffixOriginDhcp)
  ADDRESS("privacy", v6(&r.Address, 0x2001, 0xdb8, 0x77); r.OnLinkPrefixLength = 64; r.DadState = IpDadStateDeprecated; r.SuffixOrigin = IpSuffixOriginRandom)
  ADDRESS("tentative", v6(&r.Address, 0xfe80, 0, 5); r.OnLinkPrefixLength = 64; r.DadState = IpDadStateTentative)
  ADDRESS("duplicate", v4(&r.Address, 10, 1, 1, 1); r.OnLinkPrefixLength = 32; r.DadState = IpDadStateDuplicate)
  ADDRESS("unspecific", r.DadState = IpDadStatePreferred)
  LINK("wifi", r.InterfaceIndex = 7; wcscpy(r.Alias, L"Wi-Fi"); wcscpy(r.Description, L"802.11"); r.Mtu = 1500; r.Type = IF_TYPE_IEEE80211; r.InterfaceAndOperStatusFlags.HardwareInterface = 1; r.AdminStatus = NET_IF_ADMIN_STATUS_UP; r.OperStatus = IfOperStatusUp)
  LINK("unplugged", r.InterfaceIndex = 9; wcscpy(r.Alias, L"Ethernet \x4e2d"); r.Mtu = 1500; r.Type = IF_TYPE_ETHERNET_CSMACD; r.InterfaceAndOperStatusFlags.HardwareInterface = 1; r.AdminStatus = NET_IF_ADMIN_STATUS_UP; r.OperStatus = IfOperStatusDown)
  LINK("switch", r.InterfaceIndex = 11; wcscpy(r.Alias, L"vEthernet"); r.Mtu = 1500; r.Type = IF_TYPE_ETHERNET_CSMACD; r.AdminStatus = NET_IF_ADMIN_STATUS_UP; r.OperStatus = IfOperStatusUp)
  LINK("tunnel", r.InterfaceIndex = 12; wcscpy(r.Alias, L"Bowline"); r.Mtu = 1280; r.Type = IF_TYPE_PROP_VIRTUAL; r.AdminStatus = NET_IF_ADMIN_STATUS_UP; r.OperStatus = IfOperStatusUp)
  LINK("loop", r.InterfaceIndex = 1; wcscpy(r.Alias, L"Loopback"); r.Mtu = 0xffffffff; r.Type = IF_TYPE_SOFTWARE_LOOPBACK; r.AdminStatus = NET_IF_ADMIN_STATUS_UP; r.OperStatus = IfOperStatusUp)
  LINK("filter", r.InterfaceIndex = 13; wcscpy(r.Alias, L"Wi-Fi-WFP"); r.Type = IF_TYPE_IEEE80211; r.InterfaceAndOperStatusFlags.FilterInterface = 1)
  /* As Bowline asks: what it writes, byte for byte. */
  { MIB_IPFORWARD_ROW2 r; memset(&r, 0, sizeof r); r.InterfaceLuid.Value = 0x35000000000000ULL; v4(&r.DestinationPrefix.Prefix, 100, 64, 0, 0); r.DestinationPrefix.PrefixLength = 10; v4(&r.NextHop, 0, 0, 0, 0); r.Protocol = MIB_IPPROTO_NETMGMT; row("asksRoute", &r, sizeof r); }
  { MIB_IPFORWARD_ROW2 r; memset(&r, 0, sizeof r); r.InterfaceLuid.Value = 0x35000000000000ULL; v6(&r.DestinationPrefix.Prefix, 0xfd7a, 0x115c, 0); r.DestinationPrefix.PrefixLength = 48; v6(&r.NextHop, 0, 0, 0); r.Protocol = MIB_IPPROTO_NETMGMT; row("asksRoute6", &r, sizeof r); }
  { MIB_UNICASTIPADDRESS_ROW r; memset(&r, 0, sizeof r); r.InterfaceLuid.Value = 0x35000000000000ULL; v4(&r.Address, 100, 64, 0, 9); r.OnLinkPrefixLength = 32; r.DadState = IpDadStatePreferred; row("asksAddress", &r, sizeof r); }
  { MIB_IPINTERFACE_ROW r; memset(&r, 0, sizeof r); r.Family = AF_INET; r.InterfaceLuid.Value = 0x35000000000000ULL; r.UseAutomaticMetric = FALSE; r.Metric = 0; r.NlMtu = 1280; row("asksInterface", &r, sizeof r); }
  METRIC("metric", r.Family = AF_INET; r.InterfaceIndex = 7; r.Metric = 35; r.NlMtu = 1500)
  METRIC("metric6", r.Family = AF_INET6; r.InterfaceIndex = 7; r.Metric = 5; r.NlMtu = 1500)
  commas = 0;
  printf("\n}, \"layouts\": {");
  SIZE(SOCKADDR_INET); AT(SOCKADDR_INET, Ipv4.sin_addr); AT(SOCKADDR_INET, Ipv6.sin6_addr); AT(SOCKADDR_INET, Ipv6.sin6_scope_id); printf(" }");
  SIZE(IP_ADDRESS_PREFIX); AT(IP_ADDRESS_PREFIX, PrefixLength); printf(" }");
  SIZE(MIB_IPFORWARD_TABLE2); AT(MIB_IPFORWARD_TABLE2, Table); printf(" }");
  SIZE(MIB_IPFORWARD_ROW2); AT(MIB_IPFORWARD_ROW2, InterfaceLuid); AT(MIB_IPFORWARD_ROW2, InterfaceIndex); AT(MIB_IPFORWARD_ROW2, DestinationPrefix); AT(MIB_IPFORWARD_ROW2, NextHop); AT(MIB_IPFORWARD_ROW2, Metric); AT(MIB_IPFORWARD_ROW2, Protocol); AT(MIB_IPFORWARD_ROW2, Loopback); AT(MIB_IPFORWARD_ROW2, Origin); printf(" }");
  SIZE(MIB_UNICASTIPADDRESS_ROW); AT(MIB_UNICASTIPADDRESS_ROW, Address); AT(MIB_UNICASTIPADDRESS_ROW, InterfaceLuid); AT(MIB_UNICASTIPADDRESS_ROW, InterfaceIndex); AT(MIB_UNICASTIPADDRESS_ROW, SuffixOrigin); AT(MIB_UNICASTIPADDRESS_ROW, OnLinkPrefixLength); AT(MIB_UNICASTIPADDRESS_ROW, DadState); printf(" }");
  SIZE(MIB_IPINTERFACE_ROW); AT(MIB_IPINTERFACE_ROW, Family); AT(MIB_IPINTERFACE_ROW, InterfaceLuid); AT(MIB_IPINTERFACE_ROW, InterfaceIndex); AT(MIB_IPINTERFACE_ROW, UseAutomaticMetric); AT(MIB_IPINTERFACE_ROW, ManagedAddressConfigurationSupported); AT(MIB_IPINTERFACE_ROW, OtherStatefulConfigurationSupported); AT(MIB_IPINTERFACE_ROW, RouterDiscoveryBehavior); AT(MIB_IPINTERFACE_ROW, DadTransmits); AT(MIB_IPINTERFACE_ROW, SitePrefixLength); AT(MIB_IPINTERFACE_ROW, Metric); AT(MIB_IPINTERFACE_ROW, NlMtu); printf(" }");
  SIZE(MIB_IF_ROW2); AT(MIB_IF_ROW2, InterfaceLuid); AT(MIB_IF_ROW2, InterfaceIndex); AT(MIB_IF_ROW2, Alias); AT(MIB_IF_ROW2, Description); AT(MIB_IF_ROW2, Mtu); AT(MIB_IF_ROW2, Type); AT(MIB_IF_ROW2, InterfaceAndOperStatusFlags); AT(MIB_IF_ROW2, OperStatus); AT(MIB_IF_ROW2, AdminStatus); printf(" }");
  SIZE(DNS_INTERFACE_SETTINGS); AT(DNS_INTERFACE_SETTINGS, Version); AT(DNS_INTERFACE_SETTINGS, Flags); AT(DNS_INTERFACE_SETTINGS, Domain); AT(DNS_INTERFACE_SETTINGS, NameServer); AT(DNS_INTERFACE_SETTINGS, SearchList); AT(DNS_INTERFACE_SETTINGS, ProfileNameServer); printf(" }");
  printf("\n} }\n");
  return 0;
}
