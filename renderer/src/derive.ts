/**
 * What a state looks like on the page: its tone, which is shape and colour. The states themselves come from app/api: aging.ts
 * for one peer or truth, face.ts for the whole.
 */
import type { CauseView, TruthName } from '../../app/api/schema.ts';
import type { PeerState } from '../../app/api/aging.ts';
import type { Tone } from '../../app/api/face.ts';

export { peerState, truthState, type PeerState } from '../../app/api/aging.ts';
export type { Tone } from '../../app/api/face.ts';

export const TRUTHS = ['control', 'relay', 'path', 'os'] as const satisfies readonly TruthName[];

const PEER_TONES: Readonly<Record<PeerState, Tone>> = { proved: 'ok', quiet: 'off', checking: 'checking', silent: 'down', never: 'off' };
export const peerTone = (state: PeerState): Tone => PEER_TONES[state];

export const causeTone = (severity: CauseView['severity']): Tone => (severity === 'info' ? 'off' : severity);
