/** The four truths, always all and in this order, each with its state, its age and one line. */
import type { ReactNode } from 'react';
import { say } from '../speak.ts';
import type { Snapshot, TruthName, TruthState, TruthView } from '../../../app/api/schema.ts';
import { TRUTHS, truthState } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { t } from '../language.ts';
import { href } from '../route.ts';
import { usePage } from '../store.ts';
import { Age } from './values.tsx';

/** 'Off' in the word that fits: never used, not proved yet, or merely quiet. */
export function truthWord(name: TruthName, truth: TruthView, state: TruthState): string {
  if (state !== 'off') return t(`tone.${state}`);
  if (truth.state === 'ok') return truth.provedAt === null ? t('tone.not-proved') : t('tone.quiet');
  if (truth.provedAt !== null) return t('tone.quiet');
  return name === 'path' ? t('tone.off') : t('tone.not-used');
}

export function TruthStrip({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  return (
    <section className="truths" aria-label={t('truths.label')} data-testid="truths">
      {TRUTHS.map((name) => {
        const truth = snapshot.truths[name];
        const state = truthState(name, truth, now, snapshot.provedForMs);
        return (
          <a key={name} className={state} href={href({ page: 'health' })} data-truth={name}>
            <span className="t">
              <Icon name={name} />
              {t(`truth.${name}`)}
            </span>
            <span className="w">
              <Status tone={state} />
              {truthWord(name, truth, state)}
              <Age at={truth.provedAt} now={now} />
            </span>
            <span className="d">{say(truth.detail, now)}</span>
          </a>
        );
      })}
    </section>
  );
}
