/** The three slots of a peer: which session leaves, that its index is free and its keys are wiped. */
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import type { Crypto } from '../ports/crypto.ts';
import { instant } from '../time/instant.ts';
import { WgPeer } from './peer.ts';
import { Session } from './session.ts';
import { SessionTable } from './session-table.ts';

describe('a session that leaves its slot', () => {
  it('has both keys wiped and its index freed, the others neither', () => {
    let wiped = 0;
    const sodium = createSodiumCrypto();
    const crypto: Crypto = {
      ...sodium,
      packetKey: (key) => {
        const made = sodium.packetKey(key);
        return {
          seal: made.seal.bind(made),
          open: made.open.bind(made),
          wipe: () => {
            wiped++;
            made.wipe();
          },
        };
      },
    };
    const table = new SessionTable();
    const peer = new WgPeer({ id: 0 as PeerId, crypto, publicKey: new Uint8Array(32).fill(9), presharedKey: undefined, roaming: 'follow', persistentKeepaliveMs: 0 });
    const session = (localIndex: number): Session =>
      new Session(crypto, { peer: peer.id, role: 'initiator', localIndex, remoteIndex: 1, bornAt: instant(0), keys: { send: new Uint8Array(32).fill(1), receive: new Uint8Array(32).fill(2) } });
    const held = (): number[] => [1, 2, 3, 4, 5].filter((index) => table.byIndex(index) !== undefined);
    table.completed(peer, session(1));
    table.completed(peer, session(2));
    expect([held(), wiped]).toEqual([[1, 2], 0]);
    table.completed(peer, session(3));
    expect([held(), wiped]).toEqual([[2, 3], 2]);
    table.answered(peer, session(4));
    expect([held(), wiped, peer.late?.localIndex]).toEqual([[2, 3, 4], 2, 2]);
    table.confirmed(peer);
    expect([held(), wiped, peer.current?.localIndex, peer.previous?.localIndex]).toEqual([[2, 3, 4], 2, 4, 3]);
    table.completed(peer, session(5));
    expect([held(), wiped, peer.late]).toEqual([[4, 5], 6, undefined]);
    table.dropAll(peer);
    expect([held(), wiped, table.size]).toEqual([[], 10, 0]);
  });

  /** Two new sessions at once, in either order of the messages: what is still on its way on the old one is received. */
  it.each([
    ['answered, then completed', ['answered', 'completed']],
    ['completed, then answered', ['completed', 'answered']],
  ] as const)('by a handshake of both sides at once is received on until the next: %s', (_order, steps) => {
    const crypto = createSodiumCrypto();
    const table = new SessionTable();
    const peer = new WgPeer({ id: 0 as PeerId, crypto, publicKey: new Uint8Array(32).fill(9), presharedKey: undefined, roaming: 'follow', persistentKeepaliveMs: 0 });
    const session = (localIndex: number): Session =>
      new Session(crypto, { peer: peer.id, role: 'initiator', localIndex, remoteIndex: 1, bornAt: instant(0), keys: { send: new Uint8Array(32).fill(1), receive: new Uint8Array(32).fill(2) } });
    table.completed(peer, session(1));
    steps.forEach((step, i) => table[step](peer, session(i + 2)));
    expect([1, 2, 3].map((index) => table.byIndex(index)?.localIndex)).toEqual([1, 2, 3]);
    expect(peer.late?.localIndex).toBe(1);
    expect([peer.current, peer.previous, peer.next]).not.toContain(peer.late);
    table.completed(peer, session(4));
    expect(table.byIndex(1)).toBeUndefined();
    table.dropAll(peer);
    expect(table.size).toBe(0);
  });
});
