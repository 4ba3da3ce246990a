/** What the guide says once the server knows this computer: whether its programs reach the network, who is there, who answers, and where Bowline is. */
import type { ReactNode } from 'react';
import type { PeerView, ShellView, Snapshot, TunnelLack } from '../../../app/api/schema.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { CopyButton, CopyTextButton } from '../parts/copy-button.tsx';
import { Age } from '../parts/values.tsx';
import { href } from '../route.ts';
import { usePage } from '../store.ts';

const LISTED = 4;

function Overview({ look = 'pri tall' }: { readonly look?: string }): ReactNode {
  return (
    <a className={`btn ${look}`} href={href({ page: 'overview' })}>
      {t('guide.overview')}
    </a>
  );
}

/** What a person types to give the process what it lacks; null: nothing does. */
function commandFor(why: TunnelLack, server: string | null): string | null {
  if (why === 'rights') return `sudo bowline up${server === null ? '' : ` --server ${server}`}`;
  return why === 'file' ? 'sudo modprobe tun' : null;
}

export function BlockedPart({ why, server }: { readonly why: TunnelLack; readonly server: string | null }): ReactNode {
  const command = commandFor(why, server);
  return (
    <>
      <h1>
        <span aria-live="polite">{t('guide.blocked.title')}</span>
      </h1>
      <p>{t('guide.blocked.text')}</p>
      <p>{t('engine.truth.os-no-device.rest', { reason: why })}</p>
      {command === null ? null : (
        <>
          <h2 className="lbl">{t('guide.blocked.command')}</h2>
          <p className="linktext">
            <code>{command}</code>
          </p>
        </>
      )}
      <div className="rowbtn">
        {command === null ? null : <CopyTextButton text={command} label={t('guide.blocked.copy')} look="pri" />}
        <Overview look="" />
      </div>
    </>
  );
}

export function AlonePart({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const address = snapshot.self.addresses[0];
  return (
    <>
      <h1>
        <span aria-live="polite">{t('guide.alone.title')}</span>
      </h1>
      <p>{t('guide.alone.text')}</p>
      {address === undefined ? null : (
        <p className="own">
          {t('guide.alone.address')}: <code>{address}</code>
          <CopyButton text={address} what={t('guide.alone.address')} />
        </p>
      )}
      <Where shell={snapshot.shell} />
      <div className="rowbtn">
        <Overview />
      </div>
    </>
  );
}

export function FirstDataPart({ peers }: { readonly peers: readonly PeerView[] }): ReactNode {
  return (
    <>
      <h1>
        <span aria-live="polite">{t('guide.first-data.title', { total: peers.length })}</span>
      </h1>
      <p>{t('guide.first-data.text', { total: peers.length })}</p>
      <div className="rowbtn">
        <a className="btn pri tall" href={href({ page: 'peers', peer: null })}>
          {t('guide.first-data.peers')}
        </a>
        <Overview look="tall" />
      </div>
    </>
  );
}

/** The age stands beside everything green. */
export function ConnectedPart({ peers, total, shell }: { readonly peers: readonly PeerView[]; readonly total: number; readonly shell: ShellView | null }): ReactNode {
  const now = usePage((page) => page.now);
  const more = peers.length - LISTED;
  return (
    <>
      <h1>
        <span aria-live="polite">{t('guide.connected.title', { proved: peers.length })}</span>
      </h1>
      <p>{t('guide.connected.text', { silent: total - peers.length })}</p>
      <ul className="answering" aria-label={t('guide.connected.list')}>
        {peers.slice(0, LISTED).map((peer) => (
          <li key={peer.id}>
            <Status tone="ok" />
            <span className="strong">{peer.name}</span>
            <span className="dim">{peer.addresses[0]}</span>
            <Age at={peer.lastDataAt} now={now} className="r" />
          </li>
        ))}
        {more > 0 ? <li className="dim">{t('guide.connected.more', { n: more })}</li> : null}
      </ul>
      <Where shell={shell} />
      <div className="rowbtn">
        <Overview />
      </div>
    </>
  );
}

function Where({ shell }: { readonly shell: ShellView | null }): ReactNode {
  return (
    <section className="also" data-testid="where">
      <h2>{t('guide.icon.title')}</h2>
      <p>{t('guide.icon.text', { place: shell?.kind === 'tray' ? shell.system : 'none' })}</p>
    </section>
  );
}
