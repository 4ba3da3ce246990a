/** States of this computer's own system, by name, made by hand from the schema. Pure. Only for tests, as fake-scenes.ts. */
import type { OsView, Snapshot } from '../../app/api/schema.ts';
import { meshScenes } from './fake-mesh-scenes.ts';
import { entry, NOW } from './fake-scenes.ts';

const DEVICE = 'bowline0';
const settled: OsView = { state: 'settled', sinceAt: null, items: [], missing: 0, attempts: 0, undone: 0, opponent: null, nextTryAt: null };
const items: OsView['items'] = [{ kind: 'throw', name: '10.10.10.0/24' }, { kind: 'route', name: '100.64.0.0/10' }];
const NETWORKD = { program: 'systemd-networkd', mark: null };

const healed = entry(6, 240_000, {
  truth: 'os',
  cause: { key: 'history.cause.os-undone', items, missing: 2, by: NETWORKD },
  action: { key: 'history.action.os-put-back', attempts: 1 },
  result: { key: 'history.result.os-stands' },
  durationMs: 420,
});

function system(os: OsView | null, truth: Snapshot['truths']['os'], history: Snapshot['history'] = []): Snapshot {
  const snapshot = meshScenes.mesh();
  const { overall, truths } = snapshot;
  const causes = truth.state === 'down' ? [{ id: 'system', severity: 'down' as const, message: truth.detail, sinceAt: NOW - 12_000, peer: null }] : [];
  return { ...snapshot, os, truths: { ...truths, os: truth }, overall: { ...overall, causes }, history: [...snapshot.history, healed, ...history] };
}

export const osScenes = {
  'os-settled': () => system(settled, { state: 'ok', provedAt: NOW - 40_000, detail: { key: 'truth.os-set', device: DEVICE, routes: 14 } }),
  'os-repairing': () =>
    system({ ...settled, state: 'repairing', sinceAt: NOW - 400, items, missing: 2, attempts: 1 }, { state: 'stale', provedAt: NOW - 40_000, detail: { key: 'truth.os-repairing', items, missing: 2, attempts: 1 } }, [
      entry(7, 400, { truth: 'os', cause: { key: 'history.cause.os-undone', items, missing: 2, by: NETWORKD }, action: { key: 'history.action.os-put-back', attempts: 1 } }),
    ]),
  'os-fought-over': () =>
    system(
      { ...settled, state: 'fought-over', sinceAt: NOW - 12_000, items, undone: 9, opponent: NETWORKD, nextTryAt: NOW + 500 },
      { state: 'down', provedAt: NOW - 12_000, detail: { key: 'truth.os-fought-over', items, by: NETWORKD, undone: 9, standing: false } },
      [entry(7, 12_000, { truth: 'os', cause: { key: 'history.cause.os-fought-over', items, by: NETWORKD, undone: 9 }, action: { key: 'history.action.os-put-back', attempts: 8 } })],
    ),
  'device-gone': () =>
    system(null, { state: 'down', provedAt: null, detail: { key: 'truth.os-device-gone', device: DEVICE, sinceAt: NOW - 900 } }, [
      entry(7, 900, { truth: 'os', cause: { key: 'history.cause.device-deleted', device: DEVICE }, action: { key: 'history.action.device-open', attempts: 2, why: 'EBUSY' }, unreachable: ['anchor', 'beacon', 'capstan'] }),
    ]),
} as const satisfies Record<string, () => Snapshot>;
