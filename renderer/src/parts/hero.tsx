/** The state sentence: the one large line of a screen. A live region that speaks when the state changes, never when an age does. */
import type { ReactNode } from 'react';
import { formatAge, say } from '../speak.ts';
import type { Snapshot } from '../../../app/api/schema.ts';
import { useFace } from '../face.ts';
import { Status } from '../icons.tsx';
import { t } from '../language.ts';
import { usePage } from '../store.ts';

export function Hero({ snapshot }: { readonly snapshot: Snapshot }): ReactNode {
  const now = usePage((page) => page.now);
  const { tone, sentence, state, ages } = useFace();
  return (
    <div className="hero" data-testid="hero" data-state={state} data-tone={tone}>
      <Status tone={tone} size="i-xl" />
      <div>
        <h1>
          <span role="status">{sentence === null ? '' : `${say(sentence, now)}.`}</span>
        </h1>
        <p>
          {ages === null ? t('hero.none') : snapshot.peers.length === 1 ? t('hero.age', { age: formatAge(ages.newest) }) : t('hero.ages', { newest: formatAge(ages.newest), oldest: formatAge(ages.oldest) })}
        </p>
      </div>
    </div>
  );
}
