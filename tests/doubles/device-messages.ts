/** One example of each message about the tunnel's device; a new key fails to compile here too. For the tests of the words. */
import type { DeviceMessage } from '../../app/node/device-messages.ts';

const device = 'bowline0';

export const deviceExamples: { readonly [K in DeviceMessage['key']]: Extract<DeviceMessage, { readonly key: K }> } = {
  'overall.no-device': { key: 'overall.no-device' },
  'overall.keys-locked': { key: 'overall.keys-locked' },
  'cause.keys-locked': { key: 'cause.keys-locked', host: 'hs.example.org', why: 'other-key' },
  'truth.os-no-device': { key: 'truth.os-no-device', why: 'rights' },
  'truth.os-device-gone': { key: 'truth.os-device-gone', device, sinceAt: 998_000 },
  'history.cause.device-deleted': { key: 'history.cause.device-deleted', device },
  'history.cause.device-recreated': { key: 'history.cause.device-recreated', device },
  'history.cause.device-renamed': { key: 'history.cause.device-renamed', from: device, to: 'mesh0' },
  'history.cause.watch-ended': { key: 'history.cause.watch-ended', why: 'EMFILE' },
  'history.action.device-open': { key: 'history.action.device-open', attempts: 2, why: 'EBUSY' },
  'history.action.device-kept': { key: 'history.action.device-kept' },
  'history.action.watch-again': { key: 'history.action.watch-again', attempts: 3 },
  'history.result.device-back': { key: 'history.result.device-back', device },
  'history.result.device-kept': { key: 'history.result.device-kept' },
  'history.result.watch-back': { key: 'history.result.watch-back' },
};
