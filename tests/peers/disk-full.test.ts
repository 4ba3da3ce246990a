/**
 * A disk that is full: the state folder of Bowline is a real tmpfs of 64 KiB, with nothing left of it. It says what is full and
 * what to do, leaves the system as it was, and comes up once there is room. Beside the real Headscale.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BowlineNode } from './bowline-node.ts';
import { HeadscaleLab, needHeadscale, SERVER_URL } from './headscale-lab.ts';
import { needDebian } from './real-programs.ts';
import { pause, toTheEnd, until } from './rooms.ts';

needHeadscale();
needDebian({ mount: 'mount' });

let lab: HeadscaleLab;
let node: BowlineNode;

beforeAll(async () => {
  lab = await HeadscaleLab.open({ rooms: 1 });
  node = new BowlineNode(lab, lab.room(0), 'full');
  mkdirSync(node.state, { mode: 0o700 });
  const mounted = await toTheEnd(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=700', 'bowl-full', node.state]);
  expect(mounted.error).toBe('');
}, 60_000);

afterAll(async () => {
  // The folder of the lab goes with it, and cannot while something is mounted there.
  await toTheEnd(['umount', '--lazy', node.state]);
  await lab?.close();
});

const filler = (): string => join(node.state, 'filler');

/** Until not one byte more fits. */
function fill(): void {
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) writeFileSync(filler(), Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
}

async function system(): Promise<string> {
  const { room } = node;
  return [await room.ip('-br link'), await room.ip('route show table all'), await room.ip('rule'), await room.ip('-6 rule')].join('\n');
}

/** What does not change when a device is made anew. */
const withoutIndexes = (text: string): string => text.split('\n').filter((line) => !line.includes('fe80')).toSorted().join('\n');

describe('a state folder on a full disk', () => {
  it('keeps `up` from beginning: it says what is full, and the system is as before', { timeout: 60_000 }, async () => {
    const before = await system();
    fill();
    const ran = await node.room.tryRun(['timeout', '20', process.execPath, 'dist/app/cli/bowline.js', 'up', '--server', SERVER_URL, '--authkey', await lab.authKey(), '--hostname', 'full', '--foreground', '--state', node.state, '--tun', 'bowl0'], { NODE_EXTRA_CA_CERTS: lab.trust.NODE_EXTRA_CA_CERTS, NO_COLOR: '1' });
    expect(ran.status).toBe(1);
    expect(`${ran.out}${ran.error}`.trim()).toMatch(/^bowline: There is no room to write \S+ \(ENOSPC\): the disk of \S+ is full\. Free some space there, or give Bowline another --state folder\.$/);
    expect(await system()).toBe(before);
  });

  it('comes up once there is room', { timeout: 60_000 }, async () => {
    rmSync(filler(), { force: true });
    await node.join(await lab.authKey());
    await until(async () => (await node.snapshot()).truths.os.state === 'ok', 'its system is set up');
  });

  it('full while it runs: what is undone is put back or refused as a whole, it says so, and it is right again once there is room', { timeout: 90_000 }, async () => {
    fill();
    await node.room.ip('addr flush dev bowl0');
    await until(async () => (await node.room.ip('-br addr show dev bowl0')).includes('100.64.0.1'), 'what is in the journal already is put back without a word of it', 3_000);
    const kept = await system();
    // Somebody new to be reached asks for nothing that is not in the journal: routes of a map are its own network's. A new device does.
    await node.room.ip('link del bowl0');
    await until(async () => (await node.snapshot()).truths.os.state !== 'ok', 'it says that something is wrong', 10_000);
    await pause(3_000);
    const { truths } = await node.status();
    console.log(`device deleted on a full disk: ${truths.os.state}: ${truths.os.detail}`);
    rmSync(filler(), { force: true });
    await until(async () => (await node.snapshot()).truths.os.state === 'ok', 'its system is right again', 70_000);
    expect(withoutIndexes(await system())).toBe(withoutIndexes(kept));
  });

  it('full while it ends: all is taken back', { timeout: 60_000 }, async () => {
    fill();
    const ended = await node.stop();
    expect(ended.status, ended.error).toBe(0);
    expect((await node.room.ip('-br link')).includes('bowl0')).toBe(false);
  });
});
