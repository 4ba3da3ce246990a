/** Numbers that another thread writes while a node reads them: one step sees one value, and a replay sees the same. */
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { Counters } from '../ports/counters.ts';
import { instant } from '../time/instant.ts';
import { Journal } from './journal.ts';
import { RecordedCounters } from './recorded-ports.ts';
import { OP } from './recording.ts';
import { Scrubber } from './scrub.ts';

const PEER = 1 as PeerId;

function setUp(): { readonly real: Counters; readonly read: RecordedCounters; readonly changes: () => number } {
  const real = new Counters(4);
  const journal = new Journal({ capacity: 1_000_000, scrub: new Scrubber() });
  const read = new RecordedCounters(real, journal);
  return { real, read, changes: () => journal.out.view().filter((byte) => byte === OP.counter).length };
}

describe('counters of a recorded node', () => {
  it('stay as first read while a step lasts, and are fresh in the next', () => {
    const { real, read } = setUp();
    real.setAt(PEER, 'lastSentAt', instant(5));
    read.stepBegins();
    expect(read.readAt(PEER, 'lastSentAt')).toBe(5);
    real.setAt(PEER, 'lastSentAt', instant(6));
    expect(read.readAt(PEER, 'lastSentAt')).toBe(5);
    read.stepEnded();
    expect(read.readAt(PEER, 'lastSentAt')).toBe(6);
    read.stepBegins();
    expect(read.readAt(PEER, 'lastSentAt')).toBe(6);
  });

  it('are kept only where they changed since they were read last', () => {
    const { real, read, changes } = setUp();
    for (let step = 0; step < 5; step++) {
      read.stepBegins();
      read.read(PEER, 'rxBytes');
      read.read(PEER, 'lastDataAt');
      read.stepEnded();
    }
    expect(changes()).toBe(0);
    real.setAt(PEER, 'lastDataAt', instant(7));
    for (let step = 0; step < 5; step++) {
      read.stepBegins();
      read.read(PEER, 'lastDataAt');
      read.stepEnded();
    }
    expect(changes()).toBe(1);
  });
});
