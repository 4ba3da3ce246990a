/**
 * Sends handshake initiations of strangers whose mac1 holds: what anybody can do who knows a public key.
 * `node flood.js ADDRESS PORT PUBLIC_KEY PER_BURST BURST_EVERY_MS`, until it is killed; then it prints how many datagrams of each type came back.
 */
import { createSocket } from 'node:dgram';
import { createOsRng } from '../../app/host/crypto/os-rng.ts';
import { createSodiumCrypto } from '../../app/host/crypto/sodium-crypto.ts';
import { createInitiation } from '../../app/noise/ikpsk2.ts';
import { instant } from '../../app/time/instant.ts';
import { MacWriter } from '../../app/wireguard/cookies.ts';
import { INITIATION, MESSAGE_INITIATION } from '../../app/wire/wireguard.ts';

const [address = '', port = '', publicKey = '', perBurst = '', everyMs = ''] = process.argv.slice(2);
const crypto = createSodiumCrypto();
const rng = createOsRng();
const target = new Uint8Array(Buffer.from(publicKey, 'base64'));
const macs = new MacWriter(crypto, target);

function random(length: number): Uint8Array {
  const out = new Uint8Array(length);
  rng.fill(out);
  return out;
}

const secret = random(32);
const point = new Uint8Array(32);
crypto.x25519Base(secret, point);
const made = createInitiation(crypto, { secret, point }, target, random(32), random(12));
if (made === undefined) throw new Error('this public key is a low-order point');
const message = new Uint8Array(INITIATION.length);
message[0] = MESSAGE_INITIATION;
message.set(made.payload.ephemeral, INITIATION.ephemeral);
message.set(made.payload.sealedStatic, INITIATION.sealedStatic);
message.set(made.payload.sealedTimestamp, INITIATION.sealedTimestamp);

const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
const back: Record<number, number> = {};
socket.on('message', (datagram) => (back[datagram[0] ?? 0] = (back[datagram[0] ?? 0] ?? 0) + 1));
let index = 0;
const timer = setInterval(() => {
  for (let i = 0; i < Number(perBurst); i++) {
    // Another sender index makes another message: mac1 is written over it.
    new DataView(message.buffer).setUint32(INITIATION.sender, ++index, true);
    macs.write(message, INITIATION.mac1, INITIATION.mac2, instant(0));
    socket.send(message.slice(), Number(port), address);
  }
}, Number(everyMs));
process.on('SIGTERM', () => {
  clearInterval(timer);
  process.stdout.write(`${JSON.stringify({ sent: index, back })}\n`, () => process.exit(0));
});
