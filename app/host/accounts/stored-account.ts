/**
 * One account as it lies on disk: JSON with its own version, keys in their text forms. Version 2 has everything secret in one
 * field that a ring of data keys sealed, bound to the account and its server; version 1 has it in the clear, and is still what
 * is written where there is no key store. A codec: it reads no file. The shape has no place for a pre-auth key, so none can be
 * kept. Called by account-store.ts.
 */
import * as v from 'valibot';
import { NO_KEYS, type ControlKeys } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import type { LockedWhy } from '../../api/schema.ts';
import { exposePrivateKeyText, formatKey, parseKey } from '../../keys/text-forms.ts';
import { fromStoredJson, toStoredJson } from '../stored-json.ts';
import type { FieldPlace, KeyRing } from '../vault/key-ring.ts';

/** The newest of the JSON below; the Store has one of its own for files. */
export const RECORD_VERSION = 2;

export interface Account {
  /** `hs.example.org`, `hs.example.org-2`. */
  readonly id: string;
  /** As readServerUrl gives it. */
  readonly server: string;
  /** Login name; null: not known yet. */
  readonly user: string | null;
  /** As a person named this computer there; null: the system's name. */
  readonly hostname: string | null;
  /** Undefined: signed out, and every key erased. */
  readonly secrets: { readonly machineKey: PrivateKey; readonly keys: ControlKeys } | undefined;
}

/** An account whose keys are sealed by what is not at hand. Its record is left alone. */
export interface LockedAccount extends Pick<Account, 'id' | 'server' | 'user'> {
  readonly why: LockedWhy;
}

export type Decoded =
  /** `sealed`: nothing secret lies in the clear. */
  | { readonly kind: 'account'; readonly account: Account; readonly sealed: boolean }
  | { readonly kind: 'locked'; readonly account: LockedAccount }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'senseless' };

const Secret = v.pipe(
  v.string(),
  v.rawTransform<string, PrivateKey>(({ dataset, addIssue, NEVER }) => {
    const bytes = parseKey('private', dataset.value);
    return bytes === undefined ? (addIssue({ message: 'a private key' }), NEVER) : new PrivateKey(bytes);
  }),
);
const ServerKey = v.pipe(
  v.string(),
  v.rawTransform<string, Uint8Array>(({ dataset, addIssue, NEVER }) => parseKey('machine', dataset.value) ?? (addIssue({ message: 'a public key of a server' }), NEVER)),
);
const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(2_000));

const Versioned = v.looseObject({ version: v.pipe(v.number(), v.integer(), v.minValue(1)) });
const Secrets = v.object({ machineKey: Secret, nodeKey: v.nullable(Secret), trialKey: v.nullable(Secret), pendingUrl: v.nullable(Text), serverKey: v.nullable(ServerKey) });
const Names = { id: Text, server: Text, user: v.nullable(Text), hostname: v.optional(v.nullable(Text), null) };
const Sealed = v.object({ key: v.pipe(v.number(), v.integer(), v.minValue(1)), sealed: v.pipe(v.string(), v.maxLength(20_000)) });
const Record = v.variant('version', [v.object({ version: v.literal(1), ...Names, secrets: v.nullable(Secrets) }), v.object({ version: v.literal(RECORD_VERSION), ...Names, secrets: Sealed })]);

const placeOf = ({ id, server }: Pick<Account, 'id' | 'server'>): FieldPlace => ({ account: id, server, field: 'secrets' });

/** With a ring that seals, no secret is in the bytes; else they hold secrets: for a file of mode 0600 alone. */
export function encodeAccount({ id, server, user, hostname, secrets }: Account, ring: KeyRing): { readonly bytes: Uint8Array; readonly sealed: boolean } {
  if (secrets === undefined) return { bytes: toStoredJson({ version: 1, id, server, user, hostname, secrets: null }), sealed: true };
  const text = (key: PrivateKey | undefined): string | null => (key === undefined ? null : exposePrivateKeyText(key.bytes));
  const kept = {
    machineKey: text(secrets.machineKey),
    nodeKey: text(secrets.keys.nodeKey),
    trialKey: text(secrets.keys.trialKey),
    pendingUrl: secrets.keys.pendingUrl ?? null,
    serverKey: secrets.keys.pinnedServerKey === undefined ? null : formatKey('machine', secrets.keys.pinnedServerKey),
  };
  const plain = toStoredJson(kept);
  const sealed = ring.seal(plain, placeOf({ id, server }));
  plain.fill(0);
  return sealed === undefined ? { bytes: toStoredJson({ version: 1, id, server, user, hostname, secrets: kept }), sealed: false } : { bytes: toStoredJson({ version: RECORD_VERSION, id, server, user, hostname, secrets: sealed }), sealed: true };
}

export function decodeAccount(bytes: Uint8Array, ring: KeyRing): Decoded {
  const json = fromStoredJson(bytes);
  const version = v.safeParse(Versioned, json);
  if (version.success && version.output.version > RECORD_VERSION) return { kind: 'newer', version: version.output.version };
  const read = v.safeParse(Record, json);
  if (!read.success) return { kind: 'senseless' };
  const { id, server, user, hostname } = read.output;
  if (read.output.version === 1) return { kind: 'account', account: { id, server, user, hostname, secrets: secretsOf(read.output.secrets) }, sealed: read.output.secrets === null };
  const opened = ring.open(read.output.secrets, placeOf({ id, server }));
  if (typeof opened === 'string') return { kind: 'locked', account: { id, server, user, why: opened } };
  const inside = v.safeParse(Secrets, fromStoredJson(opened));
  opened.fill(0);
  return inside.success ? { kind: 'account', account: { id, server, user, hostname, secrets: secretsOf(inside.output) }, sealed: true } : { kind: 'locked', account: { id, server, user, why: 'broken' } };
}

function secretsOf(secrets: v.InferOutput<typeof Secrets> | null): Account['secrets'] {
  if (secrets === null) return undefined;
  const keys: ControlKeys = {
    ...NO_KEYS,
    nodeKey: secrets.nodeKey ?? undefined,
    trialKey: secrets.trialKey ?? undefined,
    pendingUrl: secrets.pendingUrl ?? undefined,
    pinnedServerKey: secrets.serverKey ?? undefined,
  };
  return { machineKey: secrets.machineKey, keys };
}
