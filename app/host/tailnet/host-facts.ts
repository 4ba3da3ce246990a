/** What this computer says of itself to a control server (Hostinfo). Honest: what is not known is not said. */
import os from 'node:os';
import type { HostFacts } from '../../control/types.ts';
import type { Rng } from '../../ports/rng.ts';
import type { Store } from '../../ports/store.ts';
import { VERSION } from '../version.ts';
import { translator } from '../../language/texts.ts';

const { text } = translator('en');

const INSTALLATION = 'installation';
const SYSTEMS = new Map<string, HostFacts['os']>([['darwin', 'macOS'], ['win32', 'windows']]);
/** The protocol uses Go's names of processors. */
const PROCESSORS = new Map([['x64', 'amd64'], ['ia32', '386'], ['arm64', 'arm64'], ['arm', 'arm']]);
/** A label of the DNS. */
const LABEL_AT_MOST = 63;

export function hostFacts(store: Store, rng: Rng): HostFacts {
  return {
    os: SYSTEMS.get(process.platform) ?? 'linux',
    osVersion: os.release(),
    hostname: os.hostname().split('.')[0]!.slice(0, LABEL_AT_MOST),
    clientVersion: `bowline-${VERSION}`,
    backendLogId: installationId(store, rng),
    arch: PROCESSORS.get(process.arch) ?? process.arch,
    routableIps: [],
    requestTags: [],
    shieldsUp: false,
  };
}

/** Random, without meaning, the same for the life of a state folder. 64 hex digits. */
function installationId(store: Store, rng: Rng): string {
  const kept = store.read(INSTALLATION);
  const text = kept === undefined ? '' : new TextDecoder().decode(kept);
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  const bytes = new Uint8Array(32);
  rng.fill(bytes);
  const id = Buffer.from(bytes).toString('hex');
  store.write(INSTALLATION, new TextEncoder().encode(id));
  return id;
}

/** Undefined: fine. Else a sentence that says what is wrong with a name for this computer. */
export function hostnameFault(hostname: string): string | undefined {
  if (/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(hostname)) return undefined;
  return text('problem.hostname', { hostname });
}
