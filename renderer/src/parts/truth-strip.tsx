/** The four truths, always all and in this order, each with its state, its age and one line. */
import type { ReactNode } from 'react';
import { say } from '../speak.ts';
import type { Snapshot, TruthName, TruthState, TruthView } from '../../../app/api/schema.ts';
import { TRUTHS, truthState } from '../derive.ts';
import { Icon, Status } from '../icons.tsx';
import { href } from '../route.ts';
import { usePage } from '../store.ts';
import { strings } from '../strings.ts';
import { Age } from './values.tsx';

/** 'Off' in the word that fits: never used, not proved yet, or merely quiet. */
export function truthWord(name: TruthName, truth: TruthView, state: TruthState): string {
  if (state !== 'off') return strings.tones[state];
  if (truth.state === 'ok') return truth.provedAt === null ? strings.notProved : strings.quiet;
  if (truth.provedAt !== null) return strings.quiet;
  return name === 'path' ? strings.tones.off : strings.notUsed;
}

export function TruthStrip({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  return (
    <section className="truths" aria-label={strings.truthStrip} data-testid="truths">
      {TRUTHS.map((name) => {
        const truth = snapshot.truths[name];
        const state = truthState(name, truth, now, snapshot.provedForMs);
        return (
          <a key={name} className={state} href={href({ page: 'health' })} data-truth={name}>
            <span className="t">
              <Icon name={name} />
              {strings.truths[name]}
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
