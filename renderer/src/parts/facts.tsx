/** Three plain facts under the truths: this device, its network and key (without a server: its port), and the last reconnect. */
import type { ReactNode } from 'react';
import { formatAge, formatDuration, say } from '../speak.ts';
import { isRunning, lasted } from '../../../app/api/reconnects.ts';
import type { AccountView, Snapshot } from '../../../app/api/schema.ts';
import { hostOf, keyLife } from '../account.ts';
import { useFace } from '../face.ts';
import { t } from '../language.ts';
import { href } from '../route.ts';
import { usePage, wallNow } from '../store.ts';
import { shortTime } from '../time.ts';
import { CopyButton } from './copy-button.tsx';
import { UNKNOWN } from './values.tsx';

function LastReconnect(): ReactNode {
  const now = usePage((page) => page.now);
  const { lastReconnect: entry } = useFace();
  return (
    <div>
      <dt>{t('facts.last')}</dt>
      {entry === null ? (
        <dd>{t('facts.never')}</dd>
      ) : (
        <dd>{isRunning(entry) ? t('facts.running', { time: shortTime(entry.at) }) : t('facts.took', { time: shortTime(entry.at), duration: formatDuration(lasted(entry, now)) })}</dd>
      )}
      <dd className="small">{entry === null ? t('facts.never-why') : say(entry.cause, now)}</dd>
    </div>
  );
}

function Listens({ self }: { readonly self: Snapshot['self'] }): ReactNode {
  return (
    <div>
      <dt>{t('facts.listens')}</dt>
      <dd>{self.port === null ? t('facts.no-port') : t('facts.port', { port: self.port })}</dd>
      <dd className="small key" title={self.publicKey}>
        {t('facts.key', { key: self.publicKey })}
      </dd>
    </div>
  );
}

/** The end of a key in words, with its tone; null while nothing is known of it. */
export function keyWords(account: AccountView, wall: number): { readonly text: string; readonly warn: boolean } | null {
  const life = keyLife(account.keyExpiresAt, wall, null);
  switch (life.kind) {
    case 'unending':
      return account.phase === 'running' ? { text: t('key-life.unending'), warn: false } : null;
    case 'lasts':
      return { text: t('key-life.lasts', { left: formatAge(life.leftMs) }), warn: life.warn };
    case 'expired':
      return { text: t('key-life.expired', { ago: formatAge(life.agoMs) }), warn: true };
  }
}

function Network({ account, snapshot }: { readonly account: AccountView; readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const key = keyWords(account, wallNow(snapshot, now));
  const host = hostOf(account.server);
  return (
    <div data-testid="network">
      <dt>{t('facts.network', { name: account.tailnet ?? host })}</dt>
      <dd className="clip">
        <a href={href({ page: 'accounts', adding: false })}>{account.user === null ? host : t('facts.user', { user: account.user, host })}</a>
      </dd>
      <dd className={`small ${key?.warn === true ? 'stale warn' : ''}`} data-testid="key-life">
        {key?.text ?? (account.user === null ? t('facts.no-user') : UNKNOWN)}
      </dd>
    </div>
  );
}

export function Facts({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const { self } = snapshot;
  const { address } = useFace();
  const more = self.addresses.slice(1);
  return (
    <dl className="facts">
      <div>
        <dt>{t('facts.self', { name: self.name })}</dt>
        <dd>
          {address ?? t('facts.no-address')}
          {address === null ? null : <CopyButton text={address} what={address} />}
        </dd>
        <dd className="small">{more.join(', ')}</dd>
      </div>
      {snapshot.account === null ? <Listens self={self} /> : <Network account={snapshot.account} snapshot={snapshot} />}
      <LastReconnect />
    </dl>
  );
}
