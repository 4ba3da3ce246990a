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
    expect([held(), wiped]).toEqual([[3, 4], 4]);
    table.confirmed(peer);
    expect([held(), wiped, peer.current?.localIndex, peer.previous?.localIndex]).toEqual([[3, 4], 4, 4, 3]);
    table.dropAll(peer);
    expect([held(), wiped, table.size]).toEqual([[], 8, 0]);
  });
});
