/**
 * Traffic that goes on, as a program in a room: `live-traffic.js answer PORT` accepts TCP connections and prints `udp` for
 * each datagram, and never sends one, because an answer would open the way back for good. `live-traffic.js send ADDRESS
 * PORT` opens a new TCP connection and sends a datagram ten times a second, and prints `tcp` for each connection that came about.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

const EVERY = 100;
/** ms. Less than the system waits before it repeats a SYN: a connection comes about at once or not at all. */
const CONNECTS_WITHIN = 500;

const [role, ...args] = process.argv.slice(2);
if (role === 'answer') answer(Number(args[0]));
else if (role === 'send' && args[0] !== undefined) send(args[0], Number(args[1]));
else throw new Error('answer PORT, or send ADDRESS PORT');

function answer(port: number): void {
  createServer((socket) => socket.on('error', () => socket.destroy()).end()).listen(port, '0.0.0.0', () => console.log('listening'));
  createSocket('udp4').on('message', () => console.log('udp')).bind(port);
}

function send(address: string, port: number): void {
  const datagrams = createSocket('udp4');
  setInterval(() => {
    datagrams.send('x', port, address, () => undefined);
    const connection = connect({ host: address, port });
    const tooLate = setTimeout(() => connection.destroy(), CONNECTS_WITHIN);
    connection.once('connect', () => console.log('tcp'));
    connection.once('error', () => undefined);
    connection.once('close', () => clearTimeout(tooLate));
    connection.once('end', () => connection.end());
  }, EVERY);
}
