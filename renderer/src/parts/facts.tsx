/** Three plain facts under the truths: this device, its network and key (without a server: its port), and the last reconnect. */
import type { ReactNode } from 'react';
import { formatAge, formatDuration, say } from '../speak.ts';
import { isRunning, lasted } from '../../../app/api/reconnects.ts';
import type { AccountView, Snapshot } from '../../../app/api/schema.ts';
import { hostOf, keyLife } from '../account.ts';
import { lastReconnect } from '../derive.ts';
import { href } from '../route.ts';
import { usePage, wallNow } from '../store.ts';
import { strings } from '../strings.ts';
import { shortTime } from '../time.ts';
import { CopyButton } from './copy-button.tsx';

function LastReconnect({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const entry = lastReconnect(snapshot.history);
  return (
    <div>
      <dt>{strings.facts.last}</dt>
      {entry === undefined ? (
        <dd>{strings.facts.never}</dd>
      ) : (
        <dd>{isRunning(entry) ? strings.facts.running(shortTime(entry.at)) : strings.facts.took(shortTime(entry.at), formatDuration(lasted(entry, now)))}</dd>
      )}
      <dd className="small">{entry === undefined ? strings.facts.neverWhy : say(entry.cause, now)}</dd>
    </div>
  );
}

function Listens({ self }: { readonly self: Snapshot['self'] }): ReactNode {
  return (
    <div>
      <dt>{strings.facts.listens}</dt>
      <dd>{self.port === null ? strings.facts.noPort : strings.facts.port(self.port)}</dd>
      <dd className="small key" title={self.publicKey}>
        {strings.facts.key(self.publicKey)}
      </dd>
    </div>
  );
}

/** The end of a key in words, with its tone; null while nothing is known of it. */
export function keyWords(account: AccountView, wall: number): { readonly text: string; readonly warn: boolean } | null {
  const life = keyLife(account.keyExpiresAt, wall, null);
  switch (life.kind) {
    case 'unending':
      return account.phase === 'running' ? { text: strings.keyLife.unending, warn: false } : null;
    case 'lasts':
      return { text: strings.keyLife.lasts(formatAge(life.leftMs)), warn: life.warn };
    case 'expired':
      return { text: strings.keyLife.expired(formatAge(life.agoMs)), warn: true };
  }
}

function Network({ account, snapshot }: { readonly account: AccountView; readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const key = keyWords(account, wallNow(snapshot, now));
  const host = hostOf(account.server);
  return (
    <div data-testid="network">
      <dt>{strings.facts.network(account.tailnet ?? host)}</dt>
      <dd className="clip">
        <a href={href({ page: 'accounts', adding: false })}>{account.user === null ? host : strings.account.signedInAs(account.user, host)}</a>
      </dd>
      <dd className={`small ${key?.warn === true ? 'stale warn' : ''}`} data-testid="key-life">
        {key?.text ?? strings.facts.noUser}
      </dd>
    </div>
  );
}

export function Facts({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const { self } = snapshot;
  const [address, ...more] = self.addresses;
  return (
    <dl className="facts">
      <div>
        <dt>{strings.facts.self(self.name)}</dt>
        <dd>
          {address ?? strings.facts.noAddress}
          {address === undefined ? null : <CopyButton text={address} what={address} />}
        </dd>
        <dd className="small">{strings.facts.moreAddresses(more)}</dd>
      </div>
      {snapshot.account === null ? <Listens self={self} /> : <Network account={snapshot.account} snapshot={snapshot} />}
      <LastReconnect snapshot={snapshot} />
    </dl>
  );
}
