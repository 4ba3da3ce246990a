/**
 * Reads the answer to a registration. Server bytes never throw: what makes no sense is 'garbage' with a fixed phrase.
 * An error hides inside status 200. Decides nothing; caller: registration.ts.
 */
import { isReject } from '../base/reject.ts';
import { decodeRegisterAnswer } from '../wire/netmap/response.ts';
import { ANSWER_LIMIT } from './constants.ts';
import { webAddress } from './server-text.ts';

export type RegisterAnswer =
  | { readonly kind: 'accepted' }
  /** A person has to open `url`. */
  | { readonly kind: 'ask-person'; readonly url: string }
  | { readonly kind: 'key-expired' }
  /** As the server wrote it: not cleaned. */
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'garbage'; readonly what: string };

export function readRegisterAnswer(body: string): RegisterAnswer {
  if (body.length > ANSWER_LIMIT) return { kind: 'garbage', what: 'larger than the limit' };
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: 'garbage', what: 'not JSON' };
  }
  const answer = decodeRegisterAnswer(value);
  if (isReject(answer)) return { kind: 'garbage', what: 'a field has the wrong type' };
  if (answer.error !== '') return { kind: 'error', text: answer.error };
  if (answer.nodeKeyExpired) return { kind: 'key-expired' };
  if (answer.authUrl === '') {
    // Servers always write this field: an answer without it did not come from a registration.
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'MachineAuthorized') ? { kind: 'accepted' } : { kind: 'garbage', what: 'no word of acceptance' };
  }
  const address = webAddress(answer.authUrl);
  return address === undefined ? { kind: 'garbage', what: 'an address that no browser may open' } : { kind: 'ask-person', url: address };
}
