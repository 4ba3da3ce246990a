/** What the page may ask with: nothing that is a path, an address, a program or a channel, and nothing unbounded. */
import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { api, PAGE_COMMANDS } from '../../app/api/schema.ts';

const PATHS = ['/etc/passwd', '..\\..\\x', 'file:///etc/passwd', 'C:\\Windows\\System32\\cmd.exe', '\\\\host\\share', 'javascript:alert(1)', 'x\u0000y'];
/** Where text is what is asked for, and what becomes of it. */
const TEXTS: Readonly<Record<string, string>> = { 'ping.peer': 'looked up among peers', 'check.peer': 'looked up', 'why.peer': 'looked up', 'tryDirect.peer': 'looked up', 'login.authKey': 'sent to the server of its account', 'login.server': 'read by app/host/accounts/server-url.ts as an address of a server over TLS', 'logout.account': 'looked up', 'switchAccount.account': 'looked up', 'removeAccount.account': 'looked up', 'copyText.text': 'given to the clipboard' };

function parameters(command: (typeof PAGE_COMMANDS)[number]): readonly (readonly [string, v.GenericSchema])[] {
  const { params } = api.commands[command] as unknown as { readonly params: { readonly entries?: Record<string, v.GenericSchema> } };
  return Object.entries(params.entries ?? {}).map(([name, schema]) => [`${command}.${name}`, schema] as const);
}

describe('the commands of the page', () => {
  const all = PAGE_COMMANDS.flatMap(parameters);

  it('no parameter of the page is a path, an address of a file or of a script', () => {
    const taken = all.filter(([name]) => TEXTS[name] === undefined).flatMap(([name, schema]) => PATHS.filter((path) => v.safeParse(schema, path).success).map((path) => `${name} takes ${path}`));
    expect(taken).toEqual([]);
  });

  it('each exception is one: it is there, and would be found', () => {
    const names = all.filter(([, schema]) => v.safeParse(schema, PATHS[0]).success).map(([name]) => name);
    expect(names.toSorted()).toEqual(Object.keys(TEXTS).toSorted());
  });

  it('texts are bounded', () => {
    const long = 'x'.repeat(100_000);
    expect(all.filter(([, schema]) => v.safeParse(schema, long).success).map(([name]) => name)).toEqual([]);
  });

  it('take exactly their keys', () => {
    for (const command of PAGE_COMMANDS) expect([command, v.safeParse(api.commands[command].params, { more: 1 }).success]).toEqual([command, false]);
  });

  it.each(PAGE_COMMANDS)('%s: any value ends in an answer', (command) => {
    fc.assert(fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }), (value) => void v.safeParse(api.commands[command].params, value).success), { numRuns: 1_000 });
  });

  it('sees them', () => expect(all.length).toBeGreaterThan(10));
});
