/**
 * What the node says of the tunnel's own device and of the watch on the system's network, as data: the part of `messages.ts`
 * about them, and of keys that do not open. `language/en/engine-truths.ts` has the words. `why`: the system's name of an error, or its sentence.
 */
export type DeviceMessage =
  | { readonly key: 'overall.no-device' }
  | { readonly key: 'truth.os-no-device'; readonly why: 'system' | 'processor' | 'rights' | 'file' }
  | { readonly key: 'overall.keys-locked' }
  | { readonly key: 'cause.keys-locked'; /** The account's id. */ readonly host: string; readonly why: 'no-vault' | 'basic-text' | 'unavailable' | 'denied' | 'late' | 'not-kept' | 'other-key' | 'broken' }
  | { readonly key: 'truth.os-device-gone'; readonly device: string; readonly sinceAt: number }
  | { readonly key: 'history.cause.device-deleted'; readonly device: string }
  | { readonly key: 'history.cause.device-recreated'; readonly device: string }
  | { readonly key: 'history.cause.device-renamed'; readonly from: string; readonly to: string }
  | { readonly key: 'history.cause.watch-ended'; readonly why: string }
  | { readonly key: 'history.action.device-open'; readonly attempts: number; readonly why: string | null }
  | { readonly key: 'history.action.device-kept' }
  | { readonly key: 'history.action.watch-again'; readonly attempts: number }
  | { readonly key: 'history.result.device-back'; readonly device: string }
  | { readonly key: 'history.result.device-kept' }
  | { readonly key: 'history.result.watch-back' };
