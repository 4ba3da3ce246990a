/**
 * The guide of a newcomer: what Bowline does, the server, the sign-in, this computer, the first others, and where Bowline is from
 * now on. Which step stands is read from the snapshot (progress.ts); the address keeps only that a person is in the guide, and
 * whether the first page of it was read.
 */
import type { ReactNode } from 'react';
import type { Snapshot } from '../../../app/api/schema.ts';
import { needOf } from '../account.ts';
import { Icon } from '../icons.tsx';
import { t } from '../language.ts';
import { JoiningPage } from '../parts/account-panel.tsx';
import { Causes } from '../parts/causes.tsx';
import { JoinForm } from '../parts/join-form.tsx';
import { href } from '../route.ts';
import { usePage } from '../store.ts';
import { AskAdmin } from './ask-admin.tsx';
import { AlonePart, BlockedPart, ConnectedPart, FirstDataPart } from './joined-parts.tsx';
import { isNewcomer, stageOf, stepOf, type Stage } from './progress.ts';
import { StepLine } from './step-line.tsx';

function AboutPart(): ReactNode {
  return (
    <>
      <h1>{t('guide.about.title')}</h1>
      <p>{t('guide.about.text')}</p>
      <ul className="points">
        {(['traffic', 'server', 'honest'] as const).map((point) => (
          <li key={point}>
            <Icon name={point === 'traffic' ? 'key' : point === 'server' ? 'control' : 'health'} />
            {t('guide.about.point', { point })}
          </li>
        ))}
      </ul>
      <p>{t('guide.about.need')}</p>
      <div className="rowbtn">
        <a className="btn pri tall" href={href({ page: 'guide', at: 'server' })}>
          {t('guide.about.next')}
        </a>
      </div>
    </>
  );
}

function ServerPart({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  return (
    <div data-testid="join">
      <h1>{t('join.title')}</h1>
      <p>{t('join.text')}</p>
      <Causes causes={snapshot.overall.causes.filter(({ id }) => id === 'no-device')} most={1} />
      <JoinForm accounts={[]} focused />
    </div>
  );
}

type PartProps = { readonly stage: Exclude<Stage, { kind: 'joining' }>; readonly snapshot: Snapshot; readonly at: 'about' | 'server' };

function Part({ stage, snapshot, at }: PartProps): ReactNode {
  switch (stage.kind) {
    case 'server':
      return at === 'about' ? <AboutPart /> : <ServerPart snapshot={snapshot} />;
    case 'starting':
      return (
        <>
          <h1>
            <span aria-live="polite">{t('guide.starting.title', { host: stage.host })}</span>
          </h1>
          <p>{t('guide.starting.text')}</p>
        </>
      );
    case 'blocked':
      return <BlockedPart why={stage.why} server={stage.server} />;
    case 'alone':
      return <AlonePart snapshot={snapshot} />;
    case 'first-data':
      return <FirstDataPart peers={stage.peers} />;
    case 'connected':
      return <ConnectedPart peers={stage.peers} total={stage.total} shell={snapshot.shell} />;
  }
}

export function GuidePage({ snapshot, at }: { readonly snapshot: Snapshot; readonly at: 'about' | 'server' }): ReactNode {
  const now = usePage((page) => page.now);
  const stage = stageOf(snapshot, now);
  const line = <StepLine at={stepOf(stage)} />;
  if (stage.kind === 'joining') {
    const { account } = stage;
    const asks = needOf(account) === 'sign-in' && account.signInUrl !== null;
    return <JoiningPage snapshot={snapshot} account={account} head={line} foot={asks ? <AskAdmin account={account} name={snapshot.self.name} /> : null} />;
  }
  return (
    <div className="screen center" data-testid="guide" data-stage={stage.kind}>
      <div className="card guide">
        {line}
        <Part stage={stage} snapshot={snapshot} at={at} />
      </div>
    </div>
  );
}

/** The place of the guide that the overview gives way to; null: none. */
export const guideInstead = (snapshot: Snapshot): string | null => (isNewcomer(snapshot) ? href({ page: 'guide', at: 'about' }) : null);
