"""Builds routing messages as Darwin's kernel writes them, from the C structs of the public headers (xnu: bsd/net/route.h,
bsd/net/if.h, bsd/net/if_var.h, bsd/net/if_dl.h, bsd/netinet/in.h, bsd/netinet6/in6.h), laid out by C's own rules of
alignment (ctypes), independently of Bowline's tables of offsets. Prints JSON; the output is committed as
app/wire/route-messages/messages.vector.json: sizes and offsets of the structs, and each message in hex.
Run: python3 tests/vectors/route-messages.py > app/wire/route-messages/messages.vector.json"""
import json, socket
from ctypes import LittleEndianStructure as S, c_int32 as i32, c_uint8 as u8, c_uint16 as u16, c_uint32 as u32, c_uint64 as u64, sizeof

names = lambda of, *all: [(name, of) for name in all]


class rt_metrics(S):
    _fields_ = names(u32, "locks", "mtu", "hopcount") + [("expire", i32)] + names(u32, "recvpipe", "sendpipe", "ssthresh", "rtt", "rttvar", "pksent", "state") + [("filler", u32 * 3)]


class rt_msghdr(S):
    _fields_ = [("msglen", u16), ("version", u8), ("type", u8), ("index", u16)] + names(i32, "flags", "addrs", "pid", "seq", "errno", "use") + [("inits", u32), ("rmx", rt_metrics)]


class rt_msghdr2(S):
    _fields_ = [("msglen", u16), ("version", u8), ("type", u8), ("index", u16)] + names(i32, "flags", "addrs", "refcnt", "parentflags", "reserved", "use") + [("inits", u32), ("rmx", rt_metrics)]


DATA = names(u8, "type", "typelen", "physical", "addrlen", "hdrlen", "recvquota", "xmitquota", "unused1") + names(u32, "mtu", "metric")
COUNTERS = ("baudrate", "ipackets", "ierrors", "opackets", "oerrors", "collisions", "ibytes", "obytes", "imcasts", "omcasts", "iqdrops", "noproto")


class timeval32(S):
    _fields_ = names(i32, "sec", "usec")


class if_data(S):
    _pack_ = 4
    _fields_ = DATA + names(u32, *COUNTERS) + names(u32, "recvtiming", "xmittiming") + [("lastchange", timeval32)] + names(u32, "unused2", "hwassist", "reserved1", "reserved2")


class if_data64(S):
    _pack_ = 4
    _fields_ = DATA + names(u64, *COUNTERS) + names(u32, "recvtiming", "xmittiming") + [("lastchange", timeval32)]


HEAD = [("msglen", u16), ("version", u8), ("type", u8), ("addrs", i32), ("flags", i32), ("index", u16)]


class if_msghdr(S):
    _fields_ = HEAD + [("data", if_data)]


class if_msghdr2(S):
    _fields_ = HEAD + names(i32, "snd_len", "snd_maxlen", "snd_drops", "timer") + [("data", if_data64)]


class ifa_msghdr(S):
    _fields_ = HEAD + [("metric", i32)]


class ifma_msghdr(S):
    _fields_ = HEAD


class ifma_msghdr2(S):
    _fields_ = HEAD + [("refcount", i32)]


class sockaddr_in(S):
    _fields_ = [("len", u8), ("family", u8), ("port", u16), ("addr", u8 * 4), ("zero", u8 * 8)]


class sockaddr_in6(S):
    _fields_ = [("len", u8), ("family", u8), ("port", u16), ("flowinfo", u32), ("addr", u8 * 16), ("scope_id", u32)]


class sockaddr_dl(S):
    _fields_ = [("len", u8), ("family", u8), ("index", u16), ("type", u8), ("nlen", u8), ("alen", u8), ("slen", u8), ("data", u8 * 12)]


AF_INET, AF_LINK, AF_INET6 = 2, 18, 30
DST, GATEWAY, NETMASK, IFP, IFA, BRD = 1, 2, 4, 0x10, 0x20, 0x80
UP, GW, HOST, LLINFO, STATIC, CLONING, WASCLONED, IFSCOPE, LOCAL, REJECT = 1, 2, 4, 0x400, 0x800, 0x100, 0x20000, 0x1000000, 0x200000, 8
pad = lambda raw: raw + bytes(-len(raw) % 4 if raw else 4)


def v4(text):
    return bytes(sockaddr_in(16, AF_INET, 0, (u8 * 4)(*socket.inet_aton(text))))


def v6(text, scope=0):
    """A link-local address carries its interface in the second 16 bits, big-endian, as the kernel keeps it."""
    raw = bytearray(socket.inet_pton(socket.AF_INET6, text))
    if scope:
        raw[2:4] = scope.to_bytes(2, "big")
    return bytes(sockaddr_in6(28, AF_INET6, 0, 0, (u8 * 16)(*raw), scope))


def link(index, name="", mac=b""):
    data = name.encode() + mac
    return bytes(sockaddr_dl(20, AF_LINK, index, 6, len(name), len(mac), 0, (u8 * 12)(*data)))


def mask(family, ones, whole=False):
    """Netmasks lose the zeros at their end, and with them their length: none at all is one byte of length 0."""
    at, width = (4, 4) if family == AF_INET else (8, 16)
    raw = ((1 << ones) - 1 << (width * 8 - ones)).to_bytes(width, "big")
    raw = raw if whole else raw.rstrip(b"\0")
    if not raw:
        return b""
    return bytes([at + len(raw), family if whole else 0xFF]) + bytes(at - 2) + raw


def message(header, type, fields, sockaddrs):
    head = header(version=5, type=type, addrs=sum(bit for bit, _ in sockaddrs), **fields)
    body = b"".join(pad(raw) if raw else bytes(4) for _, raw in sorted(sockaddrs, key=lambda pair: pair[0]))
    head.msglen = sizeof(header) + len(body)
    return (bytes(head) + body).hex()


MAC = bytes.fromhex("a4cf99112233")
ADD, DELETE, CHANGE, GET, MISS, NEWADDR, DELADDR, IFINFO, NEWMADDR, IFINFO2, NEWMADDR2, GET2 = 1, 2, 3, 4, 7, 12, 13, 14, 15, 0x12, 0x13, 0x14
vectors = {
    "miss": message(rt_msghdr, MISS, dict(flags=0, errno=65), [(DST, v4("198.51.100.7"))]),
    "defaultAdded": message(rt_msghdr, ADD, dict(index=4, flags=UP | GW | STATIC, pid=611, seq=3), [(DST, v4("0.0.0.0")), (GATEWAY, v4("192.168.1.1")), (NETMASK, b""), (IFP, link(4, "en0", MAC)), (IFA, v4("192.168.1.20"))]),
    "defaultRefused": message(rt_msghdr, ADD, dict(index=4, flags=UP | GW | STATIC, pid=611, seq=4, errno=17), [(DST, v4("0.0.0.0")), (GATEWAY, v4("192.168.1.1")), (NETMASK, b"")]),
    "tenDeleted": message(rt_msghdr, DELETE, dict(flags=UP | GW | STATIC, pid=88), [(DST, v4("10.0.0.0")), (GATEWAY, link(12, "utun3")), (NETMASK, mask(AF_INET, 8))]),
    "oddMaskDeleted": message(rt_msghdr, DELETE, dict(index=4, flags=UP), [(DST, v4("172.16.0.0")), (NETMASK, mask(AF_INET, 12))]),
    "uniqueLocalChanged": message(rt_msghdr, CHANGE, dict(index=12, flags=UP), [(DST, v6("fd7a:115c:a1e0::")), (GATEWAY, v6("fe80::1", 12)), (NETMASK, mask(AF_INET6, 48))]),
    "linkLocalAdded": message(rt_msghdr, ADD, dict(index=4, flags=UP | CLONING), [(DST, v6("fe80::", 4)), (GATEWAY, link(4)), (NETMASK, mask(AF_INET6, 64, True))]),
    "defaultOfOneLink": message(rt_msghdr, ADD, dict(index=5, flags=UP | GW | IFSCOPE), [(DST, v4("0.0.0.0")), (GATEWAY, v4("10.1.1.1")), (NETMASK, b"")]),
    "neighbourAdded": message(rt_msghdr, ADD, dict(index=4, flags=UP | HOST | LLINFO | WASCLONED), [(DST, v4("192.168.1.7")), (GATEWAY, link(4, "", MAC))]),
    "ownAddressRoute": message(rt_msghdr, ADD, dict(index=1, flags=UP | HOST | LLINFO | LOCAL), [(DST, v6("fe80::aa", 4)), (GATEWAY, link(1))]),
    "rejectAdded": message(rt_msghdr, ADD, dict(index=1, flags=UP | REJECT | HOST), [(DST, v4("203.0.113.9")), (GATEWAY, v4("127.0.0.1"))]),
    "got": message(rt_msghdr, GET, dict(index=4, flags=UP | GW, pid=9), [(DST, v4("0.0.0.0"))]),
    "addressAdded": message(ifa_msghdr, NEWADDR, dict(index=4), [(NETMASK, mask(AF_INET, 24)), (IFP, link(4, "en0", MAC)), (IFA, v4("192.168.1.20")), (BRD, v4("192.168.1.255"))]),
    "addressDeleted": message(ifa_msghdr, DELADDR, dict(index=4), [(NETMASK, mask(AF_INET6, 64, True)), (IFP, link(4, "en0", MAC)), (IFA, v6("2001:db8::20"))]),
    "hardwareAddressAdded": message(ifa_msghdr, NEWADDR, dict(index=4), [(IFA, link(4, "en0", MAC))]),
    "linkChanged": message(if_msghdr, IFINFO, dict(index=4, flags=0x8863, data=if_data(type=6, mtu=1500)), []),
    "groupJoined": message(ifma_msghdr, NEWMADDR, dict(index=4), [(GATEWAY, link(4, "", MAC)), (IFP, link(4, "en0", MAC)), (IFA, v4("224.0.0.251"))]),
    "listedLoopback": message(if_msghdr2, IFINFO2, dict(index=1, flags=0x8049, data=if_data64(type=24, mtu=16384)), [(IFP, link(1, "lo0"))]),
    "listedLink": message(if_msghdr2, IFINFO2, dict(index=4, flags=0x8863, data=if_data64(type=6, mtu=1500, ibytes=1 << 40)), [(IFP, link(4, "en0", MAC))]),
    "listedTunnel": message(if_msghdr2, IFINFO2, dict(index=12, flags=0x8011, data=if_data64(type=1, mtu=1280)), [(IFP, link(12, "utun3"))]),
    "listedGroup": message(ifma_msghdr2, NEWMADDR2, dict(index=4), [(GATEWAY, link(4, "", MAC)), (IFP, link(4, "en0", MAC)), (IFA, v4("224.0.0.1"))]),
    "listedDefault": message(rt_msghdr2, GET2, dict(index=4, flags=UP | GW | STATIC, refcnt=7), [(DST, v4("0.0.0.0")), (GATEWAY, v4("192.168.1.1")), (NETMASK, b"")]),
    "listedNeighbour": message(rt_msghdr2, GET2, dict(index=4, flags=UP | HOST | LLINFO | WASCLONED), [(DST, v4("192.168.1.1")), (GATEWAY, link(4, "", MAC))]),
}
layouts = {
    cls.__name__: {"size": sizeof(cls), **{field[0]: getattr(cls, field[0]).offset for field in cls._fields_}}
    for cls in (rt_msghdr, rt_msghdr2, if_msghdr, if_msghdr2, ifa_msghdr, ifma_msghdr, if_data, if_data64, sockaddr_in, sockaddr_in6, sockaddr_dl)
}
print(json.dumps({"layouts": layouts, "messages": vectors}, indent=1))
