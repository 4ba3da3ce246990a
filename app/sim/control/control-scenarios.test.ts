/** The control machine against the server model: named scenarios, each fault alone, and random ones by seed. */
import { describe, expect, it } from 'vitest';
import { Control } from '../../control/control.ts';
import type { ControlInit, ControlInput, ControlLike, ControlOutput } from '../../control/types.ts';
import { createSodiumCrypto } from '../../host/crypto/sodium-crypto.ts';
import { after, seconds, type Instant } from '../../time/instant.ts';
import { earlier, type Deadline } from '../../time/deadline.ts';
import { CONTROL_FAULTS } from './control-faults.ts';
import { CONTROL_SCENARIOS, readableControl, runControlScenario, runOneFault, type ControlReport } from './control-scenarios.ts';

const crypto = createSodiumCrypto();
/** A few seconds' worth; all 500 with `npm run sim -- control-faults --runs 500`. */
const SEEDS = 100;

function run(name: string, seed: number): ControlReport {
  const report = runControlScenario(name, seed, crypto);
  if (report === undefined) throw new Error(`no scenario ${name}`);
  return report;
}

describe('scenario', () => {
  it.each(CONTROL_SCENARIOS)('$name: $what', ({ name }) => {
    const report = run(name, 1);
    expect(report.ok, readableControl(report)).toBe(true);
  });

  it.each(['control-faults', 'control-restart'])('%s is repeated to the last byte by its seed', (name) => {
    expect(run(name, 7)).toEqual(run(name, 7));
    expect(run(name, 8).traceHash).not.toBe(run(name, 7).traceHash);
  });
});

describe('one fault', () => {
  it.each(Object.keys(CONTROL_FAULTS))('%s: live again, with the view of the server', (fault) => {
    for (let seed = 1; seed <= 3; seed++) {
      const report = runOneFault(fault, seed, crypto);
      expect(report.ok, readableControl(report)).toBe(true);
    }
  });
});

it(`random faults with ${SEEDS} seeds keep every rule and end in the view of the server`, () => {
  const failed = Array.from({ length: SEEDS }, (_, i) => run('control-faults', i + 1)).filter(({ ok }) => !ok);
  expect(failed.map(readableControl).join('\n')).toBe('');
});

/** The fault as it was: a watchdog fed by a transport that says ESTABLISHED. */
class FedByTransport implements ControlLike {
  readonly #inner: Control;
  #stream: number | undefined;
  #feedAt: Instant | undefined;

  constructor(init: ControlInit) {
    this.#inner = new Control(init);
  }

  get state(): ControlLike['state'] {
    return this.#inner.state;
  }

  get view(): ControlLike['view'] {
    return this.#inner.view;
  }

  get counts(): ControlLike['counts'] {
    return this.#inner.counts;
  }

  handle(input: ControlInput, now: Instant): void {
    this.#feedAt ??= after(now, seconds(60));
    this.#inner.handle(input, now);
  }

  poll(): ControlOutput | undefined {
    const output = this.#inner.poll();
    if (output?.kind === 'link' && output.command.kind === 'request' && output.command.form === 'stream') this.#stream = output.command.id;
    return output;
  }

  nextDeadline(): Deadline | undefined {
    return earlier(this.#inner.nextDeadline(), this.#feedAt === undefined ? undefined : { at: this.#feedAt, why: 'TCP says it is alive' });
  }

  expire(now: Instant): void {
    if (this.#feedAt !== undefined && this.#feedAt <= now) {
      this.#feedAt = after(now, seconds(60));
      if (this.#stream !== undefined) this.#inner.handle({ kind: 'link', event: { kind: 'message', id: this.#stream, text: '{"KeepAlive":true}' } }, now);
    }
    this.#inner.expire(now);
  }
}

it('silent-control is failed by a client whose watchdog the transport feeds', () => {
  const report = runControlScenario('silent-control', 1, crypto, (init) => new FedByTransport(init));
  expect(report?.violations.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['scenario', 'not healed']));
});
