/** Green means data: what may be shown as proved, and when it may not. */
import { describe, expect, it } from 'vitest';
import { NOW, peer, PROVED_FOR_MS } from '../../renderer/src/fake-scenes.ts';
import { scenes } from '../../renderer/src/fake-scene-list.ts';
import { lastReconnect, peerState, truthState } from './aging.ts';

describe('a peer', () => {
  it('is proved only with data inside its limit, whatever the engine said last', () => {
    expect(peerState(peer(0, { lastDataAt: NOW - PROVED_FOR_MS }), NOW, PROVED_FOR_MS)).toBe('proved');
    expect(peerState(peer(0, { lastDataAt: NOW - PROVED_FOR_MS - 1 }), NOW, PROVED_FOR_MS)).toBe('quiet');
    expect(peerState(peer(0, { lastDataAt: null }), NOW, PROVED_FOR_MS)).toBe('quiet');
  });

  it('is never better than the engine says', () => {
    for (const health of ['quiet', 'checking', 'silent', 'never'] as const) {
      expect(peerState(peer(0, { health, lastDataAt: NOW }), NOW, PROVED_FOR_MS)).toBe(health);
    }
  });
});

describe('a truth', () => {
  it('is never ok without an age', () => {
    expect(truthState('os', { state: 'ok', provedAt: null, detail: { key: 'truth.os-memory' } }, NOW, PROVED_FOR_MS)).toBe('off');
  });

  it('of the paths is not ok with data older than its limit', () => {
    const truth = { state: 'ok', provedAt: NOW - PROVED_FOR_MS - 1, detail: { key: 'truth.path-none' } } as const;
    expect(truthState('path', truth, NOW, PROVED_FOR_MS)).toBe('off');
    expect(truthState('os', truth, NOW, PROVED_FOR_MS)).toBe('ok');
  });
});

describe('the history', () => {
  it('calls neither a start nor a change without a break a reconnect', () => {
    const { history } = scenes.connected();
    expect(lastReconnect(history)?.cause.key).toBe('history.cause.all-silent');
    expect(lastReconnect(history.slice(0, 1))).toBeUndefined();
  });
});
