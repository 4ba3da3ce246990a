"""Computes one whole WireGuard handshake and two data messages with fixed keys, independently of Bowline's code, from the
whitepaper's formulas (section 5.4) with Python's hashlib and the `cryptography` package. Prints JSON; the output is
committed as app/wireguard/handshake.vector.json. Run: python3 tests/vectors/handshake.py > app/wireguard/handshake.vector.json"""
import hashlib, hmac, json, struct
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

H = lambda *parts: hashlib.blake2s(b"".join(parts)).digest()
MAC = lambda key, *parts: hashlib.blake2s(b"".join(parts), key=key, digest_size=16).digest()
HMAC = lambda key, data: hmac.new(key, data, hashlib.blake2s).digest()
pub = lambda secret: X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
dh = lambda secret, point: X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(point))

def kdf(n, key, data):
    t0, out, last = HMAC(key, data), [], b""
    for i in range(1, n + 1):
        last = HMAC(t0, last + bytes([i]))
        out.append(last)
    return out

def seal(key, counter, plain, ad):
    return ChaCha20Poly1305(key).encrypt(b"\0" * 4 + struct.pack("<Q", counter), plain, ad)

fixed = lambda label: hashlib.sha256(b"bowline vector: " + label).digest()
si, sr, ei, er, psk = (fixed(x) for x in (b"static i", b"static r", b"ephemeral i", b"ephemeral r", b"psk"))
index_i, index_r = 0x11223344, 0xA1B2C3D4
wall_ms = 1_790_000_000_123
timestamp = struct.pack(">QI", 2**62 + 10 + wall_ms // 1000, (wall_ms % 1000) * 1_000_000)

ck = H(b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s")
h = H(ck, b"WireGuard v1 zx2c4 Jason@zx2c4.com")
h = H(h, pub(sr))
(ck,) = kdf(1, ck, pub(ei)); h = H(h, pub(ei))
ck, k = kdf(2, ck, dh(ei, pub(sr)))
static = seal(k, 0, pub(si), h); h = H(h, static)
ck, k = kdf(2, ck, dh(si, pub(sr)))
stamp = seal(k, 0, timestamp, h); h = H(h, stamp)
initiation = struct.pack("<II", 1, index_i) + pub(ei) + static + stamp
initiation += MAC(H(b"mac1----", pub(sr)), initiation) + b"\0" * 16

(ck,) = kdf(1, ck, pub(er)); h = H(h, pub(er))
(ck,) = kdf(1, ck, dh(er, pub(ei)))
(ck,) = kdf(1, ck, dh(er, pub(si)))
ck, t, k = kdf(3, ck, psk); h = H(h, t)
empty = seal(k, 0, b"", h); h = H(h, empty)
response = struct.pack("<III", 2, index_r, index_i) + pub(er) + empty
response += MAC(H(b"mac1----", pub(si)), response) + b"\0" * 16
to_responder, to_initiator = kdf(2, ck, b"")

packet = bytes.fromhex("45000020000100004011")+bytes(range(22))
padded = packet + b"\0" * (-len(packet) % 16)
keepalive = struct.pack("<IIQ", 4, index_r, 0) + seal(to_responder, 0, b"", b"")
data = struct.pack("<IIQ", 4, index_i, 0) + seal(to_initiator, 0, padded, b"")

print(json.dumps({name: value if isinstance(value, int) else value.hex() for name, value in dict(
    staticInitiator=si, staticResponder=sr, ephemeralInitiator=ei, ephemeralResponder=er, presharedKey=psk,
    indexInitiator=index_i, indexResponder=index_r, wallMs=wall_ms, initiation=initiation, response=response,
    keepaliveOfInitiator=keepalive, packet=packet, dataOfResponder=data).items()}, indent=2))
