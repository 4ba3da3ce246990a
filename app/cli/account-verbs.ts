/**
 * The verbs about accounts: `login`, `logout`, `accounts` and what is done to one of them. They ask a running Bowline;
 * where none runs, the list and `remove` work on the state folder itself. Exit status as of every verb.
 */
import { plainError, refusal, refused } from '../api/answers.ts';
import fs from 'node:fs';
import type { AccountEntry, Checked, CommandName, CommandParams, CommandResult } from '../api/schema.ts';
import { AccountStore } from '../host/accounts/account-store.ts';
import { readServerUrl } from '../host/accounts/server-url.ts';
import { translator } from '../language/texts.ts';
import { connectControl } from '../host/control-socket/client.ts';
import { createOsRng } from '../host/crypto/os-rng.ts';
import { createStderrLog } from '../host/log.ts';
import { createFileStore, NewerFileError } from '../host/store.ts';
import { holdInstance } from '../host/tunnel/instance-lock.ts';
import { followJoin, joinedText } from './follow-join.ts';
import { table, type Paint } from './table.ts';
import type { Common, Terminal } from './verbs.ts';

export interface AccountOptions extends Common {
  readonly stateDirectory: string;
}

export interface LoginOptions extends Common {
  readonly server: string | undefined;
  readonly authKey: string | undefined;
  /** A new account, also where the server has one. */
  readonly another: boolean;
  /** ms; undefined: as long as it takes. */
  readonly within: number | undefined;
}

const { text } = translator('en');

export async function login(options: LoginOptions, terminal: Terminal): Promise<0 | 1> {
  const read = options.server === undefined ? undefined : readServerUrl(options.server);
  if (read?.ok === false) return tell(refused('bad-server', read.said), options, terminal);
  const connected = await connectControl(options.socket);
  if (!connected.ok) return tell(connected.error.code === 'not-running' ? refusal('not-running', 'cli.not-running.login', { path: options.socket, server: options.server ?? 'URL' }) : connected, options, terminal);
  const client = connected.value;
  const asked = await client.request('login', { ...(read === undefined ? {} : { server: read.url }), ...(options.another ? { another: true } : {}), ...(options.authKey === undefined ? {} : { authKey: options.authKey }) });
  const joined = asked.ok ? await followJoin({ snapshot: () => client.request('snapshot', {}), tell: (line) => terminal.error(line), wait: (ms) => terminal.wait(ms), within: options.within }) : asked;
  client.close();
  return tell(joined.ok ? { ok: true, value: { json: joined.value, text: joinedText(joined.value) } } : joined, options, terminal);
}

export async function logout(options: Common & { readonly account: string | undefined }, terminal: Terminal): Promise<0 | 1> {
  const done = await ask(options, 'logout', options.account === undefined ? {} : { account: options.account });
  return tell(done.ok ? { ok: true, value: { json: done.value, text: `Signed out of ${done.value.account}. Its keys are erased.` } } : done, options, terminal);
}

export async function switchAccount(options: Common & { readonly account: string }, terminal: Terminal): Promise<0 | 1> {
  const done = await ask(options, 'switchAccount', { account: options.account });
  return tell(done.ok ? { ok: true, value: { json: done.value, text: `${done.value.account} is active now. "bowline status" says how it goes.` } } : done, options, terminal);
}

export async function acceptKey(options: Common, terminal: Terminal): Promise<0 | 1> {
  const done = await ask(options, 'acceptServerKey', { accept: true });
  return tell(done.ok ? { ok: true, value: { json: done.value, text: 'The new key of the server is trusted from now on.' } } : done, options, terminal);
}

export async function listAccounts(options: AccountOptions, terminal: Terminal): Promise<0 | 1> {
  const running = await ask(options, 'accounts', {});
  const listed: Checked<{ accounts: AccountEntry[] }> = running.ok || running.error.code !== 'not-running' ? running : await onDisk(options, (accounts) => ({ ok: true, value: { accounts: accounts.entries() } }));
  return tell(listed.ok ? { ok: true, value: { json: listed.value, text: accountsText(listed.value.accounts, terminal.paint) } } : listed, options, terminal);
}

export async function removeAccount(options: AccountOptions & { readonly account: string }, terminal: Terminal): Promise<0 | 1> {
  const { account } = options;
  const running = await ask(options, 'removeAccount', { account });
  const removed: Checked<{ account: string }> = running.ok || running.error.code !== 'not-running' ? running : await onDisk(options, (accounts) => {
    if (!accounts.has(account)) return refusal('unknown-account', 'cli.unknown-account', { account });
    accounts.remove(account);
    return { ok: true, value: { account } };
  });
  return tell(removed.ok ? { ok: true, value: { json: removed.value, text: text('cli.removed', { account }) } } : removed, options, terminal);
}

async function ask<N extends CommandName>(options: Common, command: N, params: CommandParams<N>): Promise<Checked<CommandResult<N>>> {
  const connected = await connectControl(options.socket);
  if (!connected.ok) return connected;
  const answer = await connected.value.request(command, params);
  connected.value.close();
  return answer;
}

/** No Bowline runs there; none may start meanwhile. */
async function onDisk<T>({ stateDirectory }: AccountOptions, work: (accounts: AccountStore) => Checked<T>): Promise<Checked<T>> {
  const letGo = await holdInstance(stateDirectory);
  if (letGo === undefined) return refusal('in-use', 'cli.in-use', { folder: stateDirectory });
  try {
    // A folder that is not there holds no account, and looking is no reason to make it.
    if (!fs.existsSync(stateDirectory)) return work(new AccountStore({ store: { read: () => undefined, write: () => {}, remove: () => {}, wipe: () => {} }, log: { write: () => {} }, rng: createOsRng() }));
    const log = createStderrLog('warn');
    return work(new AccountStore({ store: createFileStore(stateDirectory, log), log, rng: createOsRng() }));
  } catch (error) {
    if (error instanceof NewerFileError) return { ok: false, error: { code: 'newer', message: error.message } };
    throw error;
  } finally {
    letGo();
  }
}

const STATES: Readonly<Record<AccountEntry['state'], string>> = { 'signed-in': 'signed in', 'signing-in': 'sign-in begun', 'signed-out': 'signed out', locked: 'sealed for the tray app' };

export function accountsText(accounts: readonly AccountEntry[], paint: Paint): string {
  if (accounts.length === 0) return text('cli.no-accounts');
  return table(
    [{ head: '' }, { head: 'ACCOUNT' }, { head: 'SERVER' }, { head: 'USER' }, { head: 'STATE' }],
    accounts.map(({ id, server, user, active, state }) => [active ? '*' : ' ', id, server, user ?? '\u2013', STATES[state]]),
    paint,
  ).join('\n');
}

function tell(outcome: Checked<{ readonly json: object; readonly text: string }>, options: Common, terminal: Terminal): 0 | 1 {
  if (outcome.ok) {
    terminal.out(options.json ? JSON.stringify(outcome.value.json) : outcome.value.text);
    return 0;
  }
  if (options.json) terminal.out(JSON.stringify({ error: plainError(outcome.error) }));
  for (const line of outcome.error.message.split('\n')) terminal.error(`bowline: ${line}`);
  return 1;
}
