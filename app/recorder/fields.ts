/**
 * What may enter a recording, by the name of its field. Strings and bytes under any other name are withheld: a field that is
 * new is strict until somebody adds it here. Numbers and truth values hold no secret and always enter. Keys that are secret
 * by their type (keys/) never enter, whatever their name. No private key, preshared key, auth key or box key has its name here.
 */

/** Fields of inputs, effects and commands whose strings and bytes are kept as they are. Keys among them are public ones. */
export const KEPT: ReadonlySet<string> = new Set([
  // which member of a union
  'kind', 'state', 'role', 'replaced', 'during', 'phase', 'form', 'type', 'reason', 'why', 'what', 'level', 'area', 'roaming', 'now',
  // who
  'name', 'host', 'hostname', 'code', 'node', 'region', 'device', 'user', 'domain', 'expanded', 'via',
  // where
  'address', 'localAddress', 'bytes', 'ipv4', 'ipv6', 'certName', 'path', 'search', 'routes', 'resolvers', 'servers', 'domains', 'hosts', 'nameservers',
  // of this computer's system
  'system', 'resolver', 'setTo', 'program', 'action', 'expects', 'only',
  // public keys
  'publicKey', 'discoKey', 'key', 'serverKey', 'pinned', 'offered', 'pinnedKey', 'pinnedServerKey', 'peerKey', 'heard',
  // what a computer says of itself
  'os', 'osVersion', 'clientVersion', 'backendLogId', 'arch', 'requestTags', 'capabilities',
]);

/** Addresses of the web: the way to the server stays, what follows it may be a token. */
export const WEB_ADDRESSES: ReadonlySet<string> = new Set(['url', 'pendingUrl', 'AuthURL', 'PopBrowserURL', 'Followup', 'URL']);

/** Fields of the control protocol's JSON that Bowline reads or writes; all others are left out. Their names may be keys of
 *  objects too (regions, rules, routes): see KEYED. `Auth` is not among them. */
export const PROTOCOL: ReadonlySet<string> = new Set(
  `Addr Address Addresses AllowedIPs AuthURL Avoid BackendLogID Bits BootstrapResolution CanPort80 Cap CapMap Capabilities CertDomains CertName
  Compress ControlTime DERP DERPLatency DERPMap DERPPort DERPRegion DNSConfig Debug DiscoKey DisplayMessages DisplayName Domain Domains DstPorts
  EndpointTypes Endpoints Ephemeral Error Expired Expiry ExtraRecords FallbackResolvers First Followup GoArch HavePortMap Health HomeDERP
  HomeParams HostName Hostinfo Hostname ID IP IPNVersion IPProto IPv4 IPv6 InsecureForTests IsJailed IsWireGuardOnly KeepAlive Key KeyExpiry
  Last LastSeen Latitude Login LoginName Longitude Machine MachineAuthorized MappingVariesByDestIP Name NetInfo NoMeasureNoHome Node NodeID
  NodeKey NodeKeyExpired Nodes OS OSHasIPv6 OSVersion OldNodeKey OmitPeers Online OnlineChange PCP PMP PacketFilter PacketFilters PeerSeenChange
  Peers PeersChanged PeersChangedPatch PeersRemoved PingRequest PopBrowserURL Ports PreferredDERP PrimaryRoutes Proxied RegionCode RegionID
  RegionName RegionScore Regions RequestTags Resolvers RoutableIPs Routes STUNOnly STUNPort SleepSeconds SrcBits SrcIPs StableID Stream ShieldsUp
  Tags Text Title Type Types URL URLIsNoise UPnP UnsignedPeerAPIOnly UseWithExitNode User UserProfiles Value Version WorkingICMPv4 WorkingIPv6
  WorkingUDP omitDefaultRegions`.split(/\s+/),
);

/** Fields whose objects have keys of the network's own choice. */
export const KEYED: ReadonlySet<string> = new Set(['CapMap', 'DERPLatency', 'DisplayMessages', 'OnlineChange', 'PacketFilters', 'PeerSeenChange', 'RegionScore', 'Regions', 'Routes']);

/** Fields whose texts look like addresses of the web and are names of abilities. */
export const ABILITIES: ReadonlySet<string> = new Set(['Cap', 'Capabilities', 'capabilities', 'SrcIPs']);
