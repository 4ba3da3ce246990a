/** How data reaches a peer, in a word. Direct and relayed are both neutral: neither is a colour of health. */
import { memo, type ReactNode } from 'react';
import type { PeerView } from '../../../app/api/schema.ts';
import type { PeerState } from '../derive.ts';
import { Icon } from '../icons.tsx';
import { t } from '../language.ts';

export function pathWord({ path }: PeerView): string {
  if (path.kind === 'direct') return t('path.direct');
  if (path.kind === 'none') return t('path.none');
  return path.via === null ? t('path.relay-unknown') : t('path.relay', { via: path.via });
}

/** The same inside a line of words; empty where there is no way. */
export function wayWord({ kind, via }: Pick<PeerView['path'], 'kind' | 'via'>): string {
  if (kind === 'none') return '';
  if (kind === 'direct') return t('path.way.direct');
  return via === null ? t('path.way.relay-unknown') : t('path.way.relay', { via });
}

export const PathBadge = memo(function PathBadge({ peer, state }: { readonly peer: PeerView; readonly state: PeerState }): ReactNode {
  switch (state) {
    case 'checking':
      return (
        <span className="bdg checking">
          <Icon name="st-checking" className="spin" />
          {t('peer-state.checking')}
        </span>
      );
    case 'silent':
      return (
        <span className="bdg down">
          <Icon name="p-none" />
          {t('peer-state.silent')}
        </span>
      );
    case 'never':
      return (
        <span className="bdg plain">
          <Icon name="p-none" />
          {t('peer-state.never')}
        </span>
      );
    case 'proved':
    case 'quiet':
      return (
        <span className={peer.path.kind === 'relay' ? 'bdg line' : 'bdg plain'} title={pathWord(peer)}>
          <Icon name={`p-${peer.path.kind}`} />
          <span className="via">{pathWord(peer)}</span>
        </span>
      );
  }
});
