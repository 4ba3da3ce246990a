/** How data reaches a peer, in a word. Direct and relayed are both neutral: neither is a colour of health. */
import type { ReactNode } from 'react';
import type { PeerView } from '../../../app/api/schema.ts';
import type { PeerState } from '../derive.ts';
import { Icon } from '../icons.tsx';
import { strings } from '../strings.ts';

export function pathWord({ path }: PeerView): string {
  if (path.kind === 'direct') return strings.path.direct;
  if (path.kind === 'none') return strings.path.none;
  return path.via === null ? strings.path.unknownRelay : strings.path.relay(path.via);
}

export function PathBadge({ peer, state }: { readonly peer: PeerView; readonly state: PeerState }): ReactNode {
  switch (state) {
    case 'checking':
      return (
        <span className="bdg checking">
          <Icon name="st-checking" className="spin" />
          {strings.peerStates.checking}
        </span>
      );
    case 'silent':
      return (
        <span className="bdg down">
          <Icon name="p-none" />
          {strings.peerStates.silent}
        </span>
      );
    case 'never':
      return (
        <span className="bdg plain">
          <Icon name="p-none" />
          {strings.peerStates.never}
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
}
