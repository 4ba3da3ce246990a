/**
 * Reads the answer to a registration. Server bytes never throw: what makes no sense is 'garbage' with a fixed phrase.
 * An error hides inside status 200. Decides nothing; caller: registration.ts.
 */
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
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'garbage', what: 'not an object' };
  const error = field(value, 'Error');
  const url = field(value, 'AuthURL');
  const expired = field(value, 'NodeKeyExpired');
  if (!isTextOrNothing(error) || !isTextOrNothing(url) || (expired !== undefined && typeof expired !== 'boolean')) return { kind: 'garbage', what: 'a field has the wrong type' };
  if (typeof error === 'string' && error !== '') return { kind: 'error', text: error };
  if (expired === true) return { kind: 'key-expired' };
  if (typeof url !== 'string' || url === '') {
    // Servers always write this field: an answer without it did not come from a registration.
    return typeof field(value, 'MachineAuthorized') === 'boolean' ? { kind: 'accepted' } : { kind: 'garbage', what: 'no word of acceptance' };
  }
  const address = webAddress(url);
  return address === undefined ? { kind: 'garbage', what: 'an address that no browser may open' } : { kind: 'ask-person', url: address };
}

const isTextOrNothing = (value: unknown): value is string | null | undefined => value === undefined || value === null || typeof value === 'string';

function field(of: object, name: string): unknown {
  return Object.hasOwn(of, name) ? (Object.getOwnPropertyDescriptor(of, name)?.value as unknown) : undefined;
}
