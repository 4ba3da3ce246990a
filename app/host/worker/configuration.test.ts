import { describe, expect, it } from 'vitest';
import type { PeerId } from '../../base/brand.ts';
import { instant, wallTime } from '../../time/instant.ts';
import { Configuration } from './configuration.ts';

const peer = { id: 0 as PeerId, publicKey: new Uint8Array(32), allowedIps: [], persistentKeepaliveMs: 0, roaming: 'follow' } as const;

describe('what a fresh packet thread is told', () => {
  it('begins with the filter, so that no peer is there before it', () => {
    const configuration = new Configuration();
    configuration.note({ kind: 'wall-clock', at: instant(1), wall: wallTime(2) });
    configuration.note({ kind: 'identity', privateKey: new Uint8Array(32), addresses: [], mtu: 1_280 });
    configuration.note({ kind: 'put-peer', peer });
    configuration.note({ kind: 'set-filter', filter: { kind: 'off' } });
    configuration.note({ kind: 'set-filter', filter: { kind: 'block-all' } });
    const told = configuration.commands();
    expect(told.map((command) => command.kind)).toEqual(['set-filter', 'wall-clock', 'identity', 'put-peer']);
    expect(told[0]).toEqual({ kind: 'set-filter', filter: { kind: 'block-all' } });
  });
});
