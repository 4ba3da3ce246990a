/** The second way to a control server: when it is taken, and what may not be done on it. */
import { afterEach, expect, it } from 'vitest';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { crypto, openHostileDoor, rng, secret } from '../../../tests/kit/control-link.ts';
import { createLabAuthority } from '../../../tests/kit/lab-certificate.ts';
import { ephemeralKeys } from '../../noise/key-pairs.ts';
import { openControlDoor } from '../sandbox/control-door/control-door.ts';
import { Failed } from '../reach/failure.ts';
import { KnownNames } from '../reach/known-names.ts';
import type { Established } from './attempt.ts';
import { establish } from './establish.ts';
import type { ControlFailed } from './failure.ts';
import type { Route } from './routes.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const authority = createLabAuthority();
const around = {
  crypto,
  rng,
  names: new KnownNames(createMemoryStore(), { write: () => {} }, async () => ['127.0.0.1']),
  environment: {},
  roots: (): readonly string[] => [authority.cert],
};
const door = async (tls?: { cert: string; key: string }): Promise<{ port: number; serverKey: Uint8Array }> => {
  const opened = await openControlDoor({ crypto, rng, serverSecret: secret(5), handle: () => {}, ...(tls === undefined ? {} : { tls }) });
  closing.push(() => opened.close());
  return opened;
};
const closedPort = async (): Promise<number> => {
  const closed = await openHostileDoor(() => {});
  closed.close();
  return Number(new URL(closed.url).port);
};
async function go(first: Route, second: Route, pinnedKey: Uint8Array | undefined): Promise<Established | ControlFailed> {
  const result = await establish(around, { routes: { first, second }, machine: ephemeralKeys(crypto, secret(9)), pinnedKey, signal: new AbortController().signal, withinMs: 5_000 });
  if (!(result instanceof Failed)) result.socket.destroy();
  return result;
}
const tls = (port: number): Route => ({ secure: true, host: 'hs.test', port, mayLearnKey: true });
const plain = (port: number): Route => ({ secure: false, host: 'hs.test', port, mayLearnKey: false });

it('is taken when the first is blocked, with the pinned key', async () => {
  const open = await door();
  expect(await go(tls(await closedPort()), plain(open.port), open.serverKey)).toMatchObject({ serverKey: open.serverKey, address: '127.0.0.1' });
});

it('teaches no key: without a pinned one the first way has the word', async () => {
  const open = await door();
  const port = await closedPort();
  expect(await go(tls(port), plain(open.port), undefined)).toEqual(new Failed({ kind: 'refused', host: 'hs.test', port }));
});

it('is not taken around a certificate that is not believed', async () => {
  const open = await door();
  const stranger = await door(createLabAuthority('A stranger').issue('hs.test'));
  expect(await go(tls(stranger.port), plain(open.port), open.serverKey)).toMatchObject({ failure: { kind: 'certificate' } });
});

it('is not needed where the first answers', async () => {
  const first = await door(authority.issue('hs.test'));
  expect(await go(tls(first.port), plain(await closedPort()), undefined)).toMatchObject({ serverKey: first.serverKey });
});
