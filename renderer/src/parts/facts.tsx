/** Three plain facts under the truths: this device, the port it listens on, and the last reconnect. */
import type { ReactNode } from 'react';
import { formatDuration, say } from '../../../app/api/words.ts';
import type { Snapshot } from '../../../app/api/schema.ts';
import { isRunning, lasted, lastReconnect } from '../derive.ts';
import { usePage } from '../store.ts';
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
      <div>
        <dt>{strings.facts.listens}</dt>
        <dd>{self.port === null ? strings.facts.noPort : strings.facts.port(self.port)}</dd>
        <dd className="small key" title={self.publicKey}>
          {strings.facts.key(self.publicKey)}
        </dd>
      </div>
      <LastReconnect snapshot={snapshot} />
    </dl>
  );
}
