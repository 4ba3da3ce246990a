import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../../tests/doubles/fake-engine.ts';
import { reportOf } from './demo-report.ts';
import { makeTemporaryState } from './temporary-state.ts';

const engine = new FakeEngine();

describe('the report of the demo', () => {
  it('is ok when every peer has data both ways, a handshake, and no echo is missing', () => {
    const report = reportOf({ engine, peers: ['harbour'] }, 'http://127.0.0.1:9/', { sent: 5, received: 5, answered: ['harbour'] });
    expect(report).toMatchObject({ ok: true, problems: [], url: 'http://127.0.0.1:9/', echo: { sent: 5, received: 5 } });
    expect(report.status.state).toBe('attention');
    expect(report.history.entries).toHaveLength(2);
  });

  it('names what is missing', () => {
    expect(reportOf({ engine, peers: ['lantern', 'nobody'] }, '', { sent: 5, received: 3, answered: [] }).problems).toEqual([
      'lantern: no handshake',
      'lantern: no echo came back',
      'nobody is not among the peers',
      '2 of 5 echoes did not come back',
    ]);
    expect(reportOf({ engine, peers: ['harbour'] }, '', { sent: 0, received: 0, answered: ['harbour'] })).toMatchObject({ ok: false, problems: ['no echo was sent'] });
  });
});

describe('the state folder of a demo', () => {
  it('is private, removes itself, and what a dead demo left', () => {
    const parent = mkdtempSync(join(tmpdir(), 'bowline-state-'));
    const dead = join(parent, 'bowline-demo-999999999-abc');
    const alive = join(parent, `bowline-demo-${process.pid}-abc`);
    mkdirSync(dead);
    mkdirSync(alive);
    const state = makeTemporaryState(parent);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(alive)).toBe(true);
    expect(statSync(dirname(state.socket)).mode & 0o777).toBe(0o700);
    state.remove();
    expect(existsSync(dirname(state.socket))).toBe(false);
    rmSync(parent, { recursive: true });
  });
});
