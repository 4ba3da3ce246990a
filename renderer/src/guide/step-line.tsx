/** The steps of the guide in one line: done, now, to do. For those who do not see it, each says which. */
import type { ReactNode } from 'react';
import { Icon } from '../icons.tsx';
import { t } from '../language.ts';
import { STEPS, type Step } from './progress.ts';

export function StepLine({ at }: { readonly at: Step | null }): ReactNode {
  const now = at === null ? STEPS.length : STEPS.indexOf(at);
  return (
    <ol className="steps" aria-label={t('guide.steps')} data-testid="guide-steps">
      {STEPS.map((step, i) => {
        const state = i < now ? 'done' : i === now ? 'now' : 'todo';
        return (
          <li key={step} className={state} aria-current={state === 'now' ? 'step' : undefined} data-step={step}>
            <span className="mk" aria-hidden="true">{state === 'done' ? <Icon name="check" /> : i + 1}</span>
            {t('guide.step', { step })}
            <span className="sr">, {t('guide.step-state', { state })}</span>
          </li>
        );
      })}
    </ol>
  );
}
