/**
 * One account as it lies on disk: JSON with its own version, keys in their text forms. A codec: it reads no file. The
 * shape has no place for a pre-auth key, so none can be kept. Called by account-store.ts.
 */
import * as v from 'valibot';
import { NO_KEYS, type ControlKeys } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { exposePrivateKeyText, formatKey, parseKey } from '../../keys/text-forms.ts';

/** Of the JSON below; the Store has one of its own for files. */
export const RECORD_VERSION = 1;

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
const Record = v.object({
  version: v.literal(RECORD_VERSION),
  id: Text,
  server: Text,
  user: v.nullable(Text),
  hostname: v.optional(v.nullable(Text), null),
  secrets: v.nullable(
    v.object({ machineKey: Secret, nodeKey: v.nullable(Secret), trialKey: v.nullable(Secret), pendingUrl: v.nullable(Text), serverKey: v.nullable(ServerKey) }),
  ),
});

/** The bytes hold secrets: for a file of mode 0600 alone. */
export function encodeAccount({ id, server, user, hostname, secrets }: Account): Uint8Array {
  const text = (key: PrivateKey | undefined): string | null => (key === undefined ? null : exposePrivateKeyText(key.bytes));
  const kept =
    secrets === undefined
      ? null
      : {
          machineKey: text(secrets.machineKey),
          nodeKey: text(secrets.keys.nodeKey),
          trialKey: text(secrets.keys.trialKey),
          pendingUrl: secrets.keys.pendingUrl ?? null,
          serverKey: secrets.keys.pinnedServerKey === undefined ? null : formatKey('machine', secrets.keys.pinnedServerKey),
        };
  return new TextEncoder().encode(JSON.stringify({ version: RECORD_VERSION, id, server, user, hostname, secrets: kept }));
}

/** A number: the newer version that it is of. Undefined: it makes no sense. */
export function decodeAccount(bytes: Uint8Array): Account | number | undefined {
  const json = parse(bytes);
  const version = v.safeParse(Versioned, json);
  if (version.success && version.output.version > RECORD_VERSION) return version.output.version;
  const read = v.safeParse(Record, json);
  if (!read.success) return undefined;
  const { id, server, user, hostname, secrets } = read.output;
  if (secrets === null) return { id, server, user, hostname, secrets: undefined };
  const keys: ControlKeys = {
    ...NO_KEYS,
    nodeKey: secrets.nodeKey ?? undefined,
    trialKey: secrets.trialKey ?? undefined,
    pendingUrl: secrets.pendingUrl ?? undefined,
    pinnedServerKey: secrets.serverKey ?? undefined,
  };
  return { id, server, user, hostname, secrets: { machineKey: secrets.machineKey, keys } };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
