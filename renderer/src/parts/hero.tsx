/** The state sentence: the one large line of a screen. A live region that speaks when the state changes, never when an age does. */
import type { ReactNode } from 'react';
import { formatAge, say } from '../speak.ts';
import type { Snapshot } from '../../../app/api/schema.ts';
import type { Face } from '../../../app/api/face.ts';
import { useFace } from '../face.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { usePage } from '../store.ts';
import { Explained } from './explained.tsx';

export function Hero({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const { tone, sentence, state, ages, causes } = useFace();
  return (
    <div className="hero" data-testid="hero" data-state={state} data-tone={tone}>
      <Status tone={tone} size="i-xl" />
      <div>
        <h1>
          <span role="status">{sentence === null ? '' : `${say(sentence, now)}.`}</span>
        </h1>
        <p>{agesText(ages, snapshot.peers.length, state === 'connected')}</p>
        {/* Causes explain themselves. */}
        {sentence === null || tone === 'ok' || causes.length > 0 ? null : <Explained message={sentence} />}
      </div>
    </div>
  );
}

/** The oldest is said only where all are proved: beside one that is silent it would be false comfort. */
function agesText(ages: Face['ages'], peers: number, all: boolean): string {
  if (ages === null) return t('hero.none');
  const newest = formatAge(ages.newest);
  if (peers === 1) return t('hero.age', { age: newest });
  return all ? t('hero.ages', { newest, oldest: formatAge(ages.oldest) }) : t('hero.newest', { newest });
}
