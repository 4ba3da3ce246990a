import { describe, expect, it } from 'vitest';
import { api, check, PAGE_COMMANDS, ReplyFrame, type CommandName } from '../api/schema.ts';
import { fakeAccounts, fakeHost, fakeSandbox, fakeShell } from '../../tests/doubles/fake-engine.ts';
import { createAnswerer } from './frame-commands.ts';

const ALL = Object.keys(api.commands) as CommandName[];

describe('answers to request frames', () => {
  it('every command answers with a result of its own schema', async () => {
    const host = fakeHost({ sandbox: fakeSandbox(), accounts: fakeAccounts(), shell: fakeShell(), ui: () => 'http://127.0.0.1:1/' });
    const answer = createAnswerer(host, ALL);
    const params: Partial<Record<CommandName, object>> = { ping: { peer: 'harbour', seq: 1 }, why: { peer: 'harbour', port: 22 }, check: { peer: null }, tryDirect: { peer: 'harbour' }, breakIt: { fault: 'cut-cable' }, switchAccount: { account: 'a' }, removeAccount: { account: 'a' }, acceptServerKey: { accept: true }, changeSettings: { change: { theme: 'dark' } }, report: { names: 'stand-ins' }, keepReport: { names: 'open', to: 'file' }, copyText: { text: 'x' }, openLink: { link: 'website' }, update: { step: 'check' } };
    for (const command of ALL) {
      const reply = await answer({ id: 7, command, params: params[command] ?? {} });
      expect(check(ReplyFrame, reply, 'reply').ok, command).toBe(true);
      expect(reply).toMatchObject({ id: 7, ok: true });
      if (reply.ok) expect(check(api.commands[command].result, reply.result, command), command).toMatchObject({ ok: true });
    }
    expect(host.shutdowns()).toBe(1);
  });

  it('a page keeps the report that it showed, and no other', async () => {
    const shell = fakeShell();
    const answer = createAnswerer(fakeHost({ shell }), PAGE_COMMANDS);
    const keep = { id: 1, command: 'keepReport', params: { names: 'open', to: 'clipboard' } };
    await answer(keep);
    await answer({ id: 2, command: 'report', params: { names: 'stand-ins' } });
    await answer(keep);
    await answer({ id: 3, command: 'report', params: { names: 'open' } });
    await answer(keep);
    expect(shell.asked).toEqual(['keep clipboard', 'keep clipboard', 'keep clipboard as shown']);
  });

  it('a page cannot ask for what is not a page command', async () => {
    const host = fakeHost();
    const answer = createAnswerer(host, PAGE_COMMANDS);
    expect(await answer({ id: 1, command: 'shutdown', params: {} })).toMatchObject({ ok: false, error: { code: 'not-allowed' } });
    expect(await answer({ id: 2, command: 'ui', params: {} })).toMatchObject({ ok: false, error: { code: 'not-allowed' } });
    expect(host.shutdowns()).toBe(0);
  });

  it('a wrong frame is answered with the field that is wrong, under its id when it has one', async () => {
    const answer = createAnswerer(fakeHost(), ALL);
    expect(await answer({ id: 3, command: 'nothing', params: {} })).toMatchObject({ id: 3, ok: false, error: { code: 'invalid', message: expect.stringContaining('command') } });
    expect(await answer({ id: -1, command: 'status', params: {} })).toMatchObject({ id: 0, ok: false });
    expect(await answer(undefined)).toMatchObject({ id: 0, ok: false });
    expect(await answer({ id: 4, command: 'ping', params: { peer: '', seq: 1 } })).toMatchObject({ id: 4, ok: false, error: { code: 'invalid', message: expect.stringContaining('peer') } });
    expect(await answer({ id: 5, command: 'status', params: { extra: 1 } })).toMatchObject({ id: 5, ok: false });
    expect(await answer({ id: 6, command: 'status', params: {}, extra: 1 })).toMatchObject({ id: 6, ok: false });
  });

  it('a throw of the engine is logged as our bug and answered', async () => {
    const host = fakeHost();
    const reply = await createAnswerer(host, ALL)({ id: 1, command: 'ping', params: { peer: 'throw', seq: 1 } });
    expect(reply).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(host.logged.join()).toContain('error commands ping failed');
  });

  it('a page may add a server and answer the question about its key; a Bowline without a server says so', async () => {
    const accounts = fakeAccounts();
    const page = createAnswerer(fakeHost({ accounts }), PAGE_COMMANDS);
    expect(await page({ id: 1, command: 'login', params: { server: 'https://hs.example.org', authKey: 'k' } })).toMatchObject({ ok: true, result: { account: 'hs.example.org' } });
    expect(await page({ id: 2, command: 'acceptServerKey', params: { accept: false } })).toMatchObject({ ok: true, result: { accepted: false } });
    expect(await page({ id: 3, command: 'login', params: { server: 'https://hs.example.org', path: '/etc' } })).toMatchObject({ ok: false, error: { code: 'invalid' } });
    expect(accounts.asked).toEqual(['login by key hs.example.org', 'accept false']);
    const without = createAnswerer(fakeHost(), PAGE_COMMANDS);
    for (const command of ['login', 'logout'] as const) expect(await without({ id: 4, command, params: {} })).toMatchObject({ ok: false, error: { code: 'no-accounts' } });
    expect(await without({ id: 5, command: 'accounts', params: {} })).toMatchObject({ ok: true, result: { accounts: [] } });
  });

  it('a real network offers no faults and a host without a page no address', async () => {
    const answer = createAnswerer(fakeHost(), ALL);
    expect(await answer({ id: 1, command: 'breakIt', params: { fault: 'suspend' } })).toMatchObject({ ok: false, error: { code: 'no-sandbox' } });
    expect(await answer({ id: 1, command: 'ui', params: {} })).toMatchObject({ ok: false, error: { code: 'no-page' } });
  });
});
