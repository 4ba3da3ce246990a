/** A tailnet of the app, on real files and sockets, in a process that may not make a network device. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { say } from '../../api/words.ts';
import { FakeVault } from '../../../tests/doubles/fake-vault.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { makeReport } from '../report.ts';
import { createFileStore } from '../store.ts';
import { openKeyRing } from '../vault/open-key-ring.ts';
import { connectControl } from '../control-socket/client.ts';
import { startTailnet, type RunningTailnet, type TailnetOptions } from './start-tailnet.ts';

let folder = '';
let running: RunningTailnet | undefined;
const told: string[] = [];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-start-'));
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  fs.rmSync(folder, { recursive: true });
});

const lack = { lack: 'rights', sentence: 'A tunnel device needs the right to change the network.' } as const;
const options = (change: Partial<TailnetOptions> = {}): TailnetOptions => ({
  server: undefined,
  authKey: undefined,
  hostname: undefined,
  device: 'bowline0',
  acceptRoutes: false,
  socket: path.join(folder, 'bowline.sock'),
  stateDirectory: path.join(folder, 'state'),
  page: undefined,
  mover: 'fast',
  whatLacks: 'told',
  lack,
  log: { write: (level, area, text) => void told.push(`${level} ${area}: ${text}`) },
  ...change,
});

describe('a tailnet without account and without a device', () => {
  it('is a problem to a command, and changes nothing', async () => {
    await expect(startTailnet(options({ whatLacks: 'problem' }))).rejects.toThrow('needs the right');
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('starts for the app, shows the first run, and never says that it is connected', async () => {
    running = await startTailnet(options());
    const snapshot = running.engine.snapshot();
    expect(snapshot).toMatchObject({ tunnelLack: 'rights', account: null, accounts: [], peers: [], self: { addresses: [] }, overall: { state: 'stopped' }, truths: { os: { state: 'down' } } });
    expect(say(snapshot.truths.os.detail, snapshot.now)).toContain('no program on this computer reaches the network');
    expect(snapshot.overall.causes[0]).toMatchObject({ id: 'no-device', severity: 'down' });
  });

  it('signs in to a server that is named later, and comes back to it at the next start', async () => {
    running = await startTailnet(options());
    // Nobody answers there: how that goes is the account's story, not the sign-in's.
    expect(running.accounts.login('http://127.0.0.1:9', undefined)).toEqual({ ok: true, value: { account: '127.0.0.1:9' } });
    expect(running.engine.snapshot().account).toMatchObject({ server: 'http://127.0.0.1:9' });
    expect(running.engine.snapshot().overall.causes.map(({ id }) => id)).toContain('no-device');
    await running.stop();
    running = await startTailnet(options());
    expect(running.engine.snapshot().account).toMatchObject({ server: 'http://127.0.0.1:9' });
  });

  it('answers the command line, which can end it', async () => {
    running = await startTailnet(options());
    const connected = await connectControl(options().socket);
    if (!connected.ok) throw new Error(connected.error.message);
    expect(await connected.value.request('accounts', {})).toEqual({ ok: true, value: { accounts: [] } });
    expect(await connected.value.request('shutdown', {})).toMatchObject({ ok: true });
    connected.value.close();
    await running.asked;
  });

  it('refuses a second one for the same state, and leaves the first alone', async () => {
    running = await startTailnet(options());
    await expect(startTailnet(options({ socket: path.join(folder, 'other.sock') }))).rejects.toThrow('Another Bowline uses the state folder');
    expect(running.engine.snapshot().overall.state).toBe('stopped');
  });
});

describe('a tailnet of a desktop with a key store', () => {
  it('shows no key anywhere: files, log, report, snapshot', async () => {
    told.length = 0;
    running = await startTailnet(options({ vault: new FakeVault() }));
    running.accounts.login('http://127.0.0.1:9', undefined);
    expect(running.shell.view().keys).toEqual({ kind: 'sealed', by: 'keychain' });
    const { text, recording } = makeReport(running.engine.diagnostics(), 'open');
    const shown = [text, recording, JSON.stringify(running.engine.snapshot()), ...told].join('\n');
    await running.stop();
    const store = createFileStore(options().stateDirectory, { write: () => {} });
    const { ring } = await openKeyRing({ vault: new FakeVault(), store, crypto: createSodiumCrypto(), rng: createOsRng(), log: { write: () => {} }, signal: new AbortController().signal });
    const { machineKey } = new AccountStore({ store, log: { write: () => {} }, rng: createOsRng(), ring }).find('127.0.0.1:9')!.secrets!;
    const files = fs.readdirSync(options().stateDirectory).map((name) => fs.readFileSync(path.join(options().stateDirectory, name), 'latin1'));
    expect(files.join('')).toContain('"version":2');
    const secret = Buffer.from(machineKey.bytes);
    for (const form of ['privkey:', secret.toString('hex'), secret.toString('base64').slice(0, 42), secret.toString('latin1')]) {
      expect(shown.includes(form), 'shown').toBe(false);
      expect(files.join('\n').includes(form), 'on disk').toBe(false);
    }
  });

  it('that does not answer starts all the same, names the account that waits, and joins it when it answers', async () => {
    running = await startTailnet(options({ vault: new FakeVault() }));
    running.accounts.login('http://127.0.0.1:9', undefined);
    await running.stop();
    const vault = new FakeVault();
    let answer = (): void => {};
    vault.holds = new Promise((resolve) => (answer = resolve));
    running = await startTailnet(options({ vault, vaultWithinMs: 1 }));
    expect(running.engine.snapshot()).toMatchObject({ account: null, accounts: [{ id: '127.0.0.1:9', active: true, state: 'locked', locked: 'late' }] });
    expect(await running.accounts.switchTo('127.0.0.1:9')).toMatchObject({ ok: false, error: { code: 'locked', message: expect.stringContaining('has not answered yet') } });
    answer();
    await vi.waitFor(() => expect(running!.engine.snapshot()).toMatchObject({ account: { server: 'http://127.0.0.1:9' }, accounts: [{ id: '127.0.0.1:9', active: true, state: expect.stringMatching(/^sign/) }] }), 10_000);
  });
});
