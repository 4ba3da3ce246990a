/** The sandbox's relay over real sockets: the upgrade, the greeting, a cut cable, an end and a new beginning. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instant } from '../../time/instant.ts';
import { RelayDoor } from './relay-door.ts';

let door: RelayDoor;
const sockets: Socket[] = [];

beforeEach(async () => {
  door = await RelayDoor.open(() => instant(performance.now()));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door.close();
});

/** Sends a request, and gives all that comes until `enough`, or until the end. */
function ask(path: string, upgrade: string, enough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(door.port, '127.0.0.1');
    sockets.push(socket);
    let text = '';
    socket.on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (enough(text)) resolve(text);
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

/** Behind the headers comes the server's first frame with its magic. */
const isGreeted = (text: string): boolean => /^HTTP\/1\.1 101 [^]*\r\n\r\n[^]*DERP\u{1f511}/u.test(Buffer.from(text, 'latin1').toString('utf8'));

describe('the relay of the sandbox', () => {
  it('takes who asks for DERP, greets at once, and turns away everyone else', async () => {
    expect(isGreeted(await ask('/derp', 'DERP', isGreeted))).toBe(true);
    expect(await ask('/derp', 'websocket', () => false)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await ask('/other', 'DERP', () => false)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('holds what it says while the cable is cut, and says it afterwards', async () => {
    door.cut(200);
    let isLate = false;
    setTimeout(() => (isLate = true), 150);
    expect(isGreeted(await ask('/derp', 'DERP', isGreeted))).toBe(true);
    expect(isLate).toBe(true);
  });

  it('has no connection of a node that never came to let go dead', () => {
    expect(door.goDead(new Uint8Array(32))).toBe(false);
  });

  it('stops for everyone, and starts again at the same port', async () => {
    const { port } = door;
    await ask('/derp', 'DERP', isGreeted);
    const ended = new Promise((resolve) => sockets.at(-1)!.once('close', resolve));
    door.stop();
    await ended;
    await expect(ask('/derp', 'DERP', isGreeted)).rejects.toThrow('ECONNREFUSED');
    await door.start();
    expect(door.port).toBe(port);
    expect(isGreeted(await ask('/derp', 'DERP', isGreeted))).toBe(true);
  });
});
