"""Computes one whole handshake of the control channel (Noise IK) and records both ways with fixed keys, independently of
Bowline's code, from the Noise specification (revision 34) and the control protocol's frames, with Python's hashlib and the
`cryptography` package. Prints JSON; the output is committed as app/noise/control-channel.vector.json.
Run: python3 tests/vectors/control-channel.py > app/noise/control-channel.vector.json"""
import hashlib, hmac, json, struct
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VERSION = 130
blake = lambda data: hashlib.blake2s(data).digest()
mac = lambda key, data: hmac.new(key, data, hashlib.blake2s).digest()
private = lambda raw: X25519PrivateKey.from_private_bytes(raw)
point = lambda raw: private(raw).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
secret_of = lambda label: hashlib.sha256(b"bowline control vector: " + label).digest()


class Handshake:
    def __init__(self, responder_point):
        name = b"Noise_IK_25519_ChaChaPoly_BLAKE2s"
        assert len(name) > 32
        self.ck = self.h = blake(name)
        self.k = None
        self.mix_hash(b"Tailscale Control Protocol v%d" % VERSION)
        self.mix_hash(responder_point)

    def mix_hash(self, data):
        self.h = blake(self.h + data)

    def expand(self, material):
        prk = mac(self.ck, material)
        one = mac(prk, b"\x01")
        return one, mac(prk, one + b"\x02")

    def mix_dh(self, secret, other):
        self.ck, self.k = self.expand(private(secret).exchange(X25519PublicKey.from_public_bytes(other)))

    def seal(self, plain):
        sealed = ChaCha20Poly1305(self.k).encrypt(bytes(12), plain, self.h)
        self.mix_hash(sealed)
        return sealed


def record(key, number, plain):
    sealed = ChaCha20Poly1305(key).encrypt(bytes(4) + struct.pack(">Q", number), plain, b"")
    return struct.pack(">BH", 4, len(sealed)) + sealed


machine, server, ephemeral, answer = (secret_of(label) for label in (b"machine", b"server", b"ephemeral of the machine", b"ephemeral of the server"))
noise = Handshake(point(server))
noise.mix_hash(point(ephemeral))
noise.mix_dh(ephemeral, point(server))
static = noise.seal(point(machine))
noise.mix_dh(machine, point(server))
initiation = struct.pack(">HBH", VERSION, 1, 96) + point(ephemeral) + static + noise.seal(b"")
noise.mix_hash(point(answer))
noise.mix_dh(answer, point(ephemeral))
noise.mix_dh(answer, point(machine))
response = struct.pack(">BH", 2, 48) + point(answer) + noise.seal(b"")
to_server, to_machine = noise.expand(b"")

# More than one record, so that the order of the counter's bytes shows; 300 of them, so that it carries.
long = bytes(i * 31 % 256 for i in range(10_000))
up = b"".join(record(to_server, i, long[i * 4077:(i + 1) * 4077]) for i in range(3))
small = [b"record %d" % i for i in range(300)]
down = b"".join(record(to_machine, i, plain) for i, plain in enumerate(small))
late = record(to_machine, 2**32 + 5, b"late")

print(json.dumps(dict(
    version=VERSION, machineSecret=machine.hex(), serverSecret=server.hex(), ephemeralSecret=ephemeral.hex(), answerSecret=answer.hex(),
    initiation=initiation.hex(), response=response.hex(),
    upLength=len(long), upSha256=hashlib.sha256(up).hexdigest(), upFirst=up[:64].hex(), upLast=up[-64:].hex(),
    downCount=len(small), downSha256=hashlib.sha256(down).hexdigest(), downThree=down[:3 * (3 + 8 + 16)].hex(),
    lateNumber=str(2**32 + 5), late=late.hex()), indent=2))
