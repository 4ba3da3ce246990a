/** The first page: the sentence, the causes, then evidence. In a sandbox it also holds the peers and the faults to try. */
import type { ReactNode } from 'react';
import type { Snapshot } from '../../../app/api/schema.ts';
import { useFace } from '../face.ts';
import { t } from '../language.ts';
import { AccountPanel } from '../parts/account-panel.tsx';
import { Away } from '../parts/away.tsx';
import { Causes } from '../parts/causes.tsx';
import { Facts } from '../parts/facts.tsx';
import { Hero } from '../parts/hero.tsx';
import { Ribbon } from '../parts/ribbon.tsx';
import { TruthStrip } from '../parts/truth-strip.tsx';
import { href } from '../route.ts';
import { BreakIt } from '../sandbox/break-it.tsx';
import { Latest } from '../sandbox/latest.tsx';
import { MiniPeers } from '../sandbox/mini-peers.tsx';

const MOST_CAUSES = 4;
const MOST_CAUSES_IN_SANDBOX = 2;

export function OverviewPage({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const { sandbox } = snapshot;
  const { causes } = useFace();
  return (
    <div className="screen" data-testid="overview">
      <div className="bar bare" />
      <div className="body" tabIndex={-1}>
        <Hero snapshot={snapshot} />
        <AccountPanel snapshot={snapshot} />
        <Away snapshot={snapshot} where="overview" />
        <Causes causes={causes} most={sandbox === null ? MOST_CAUSES : MOST_CAUSES_IN_SANDBOX} />
        {sandbox === null ? null : <MiniPeers snapshot={snapshot} />}
        <TruthStrip snapshot={snapshot} />
        <Facts snapshot={snapshot} />
        <Ribbon snapshot={snapshot} link={<a href={href({ page: 'history', peer: null })}>{t('ribbon.history')}</a>} />
      </div>
      {sandbox === null ? null : (
        <div className="dock">
          <BreakIt sandbox={sandbox} />
          <Latest history={snapshot.history} />
        </div>
      )}
    </div>
  );
}
