/** One example of each message about this computer's system. */
import type { MessageOf } from '../../app/node/messages.ts';
import type { OsMessage } from '../../app/node/os-messages.ts';

const items = [{ kind: 'throw', name: '10.10.10.0/24' }] as const;
const by = { program: 'systemd-networkd', mark: null };

export const osExamples: { readonly [K in OsMessage['key']]: MessageOf<K> } = {
  'truth.os-checking': { key: 'truth.os-checking', device: 'wg0' },
  'truth.os-repairing': { key: 'truth.os-repairing', items, missing: 3, attempts: 2 },
  'truth.os-fought-over': { key: 'truth.os-fought-over', items, by, undone: 7, standing: false },
  'truth.os-says-no': { key: 'truth.os-says-no', items, why: 'EPERM' },
  'truth.os-misled': { key: 'truth.os-misled', to: '203.0.113.9', through: 'eth0' },
  'history.cause.os-undone': { key: 'history.cause.os-undone', items, missing: 1, by: { program: null, mark: null } },
  'history.cause.os-fought-over': { key: 'history.cause.os-fought-over', items, by, undone: 7 },
  'history.action.os-put-back': { key: 'history.action.os-put-back', attempts: 4 },
  'history.result.os-stands': { key: 'history.result.os-stands' },
  'history.result.os-other-wish': { key: 'history.result.os-other-wish' },
  'history.result.os-device-gone': { key: 'history.result.os-device-gone', device: 'wg0' },
};
