/**
 * What an engine of the sandbox needs to be a node of its tailnet: the control machine, the real link to the server on
 * loopback, and keys that live as long as the process. For the demo's own node and for each peer in its own process.
 */
import type { ControlKeys } from '../../control/types.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { PreAuthKey } from '../../keys/pre-auth-key.ts';
import { createTailnetMachines } from '../../node/mesh/create-machines.ts';
import type { TailnetNodeConfig } from '../../node/types.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { HostControlLink } from '../control-link/control-link.ts';
import { createOsRng } from '../crypto/os-rng.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { HostRelayLink } from '../relay-link/relay-link.ts';
import type { TailnetHost } from '../tailnet-host.ts';
import { VERSION } from '../version.ts';

/** Overlay MTU of every node. */
export const SANDBOX_MTU = 1_280;

export interface MemberInit {
  readonly name: string;
  /** The server's address. */
  readonly url: string;
  readonly authKey: string;
  readonly machineKey: PrivateKey;
  readonly keys: ControlKeys;
  readonly log: Log;
  /** New keys, to be handed back at a restart. */
  readonly onKeys: (keys: ControlKeys | undefined) => void;
}

export function memberOf(init: MemberInit): { readonly config: TailnetNodeConfig; readonly tailnet: TailnetHost } {
  const rng = createOsRng();
  const crypto = createSodiumCrypto();
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    rng.fill(bytes);
    return bytes;
  };
  const discoSecret = new PrivateKey(random(32));
  const discoKey = new Uint8Array(32);
  crypto.x25519Base(discoSecret.bytes, discoKey);
  return {
    config: {
      kind: 'tailnet',
      name: init.name,
      mtu: SANDBOX_MTU,
      acceptRoutes: false,
      discoKey: discoSecret,
      control: {
        url: init.url,
        machineKey: init.machineKey,
        discoKey,
        keys: init.keys,
        authKey: new PreAuthKey(init.authKey),
        ephemeral: false,
        host: {
          os: 'linux',
          osVersion: '',
          hostname: init.name,
          clientVersion: `bowline-${VERSION}`,
          backendLogId: Buffer.from(random(32)).toString('hex'),
          arch: '',
          routableIps: [],
          requestTags: [],
          shieldsUp: false,
        },
      },
    },
    tailnet: {
      createMachines: createTailnetMachines,
      openControlLink(heard) {
        // No proxy of the environment stands between two ends of this computer.
        const link = new HostControlLink({ crypto, rng, store: forgetful(), log: init.log, onEvent: heard, environment: {} });
        return { send: (command) => link.obey(command), close: () => link.close() };
      },
      openRelayLink: (onEvent) => new HostRelayLink({ store: forgetful(), log: init.log, onEvent, environment: {}, plainOnLoopback: true }),
      // The map of the sandbox has addresses and no names, and no page of another network stands before it.
      resolve: () => Promise.resolve([]),
      webProbe: () => Promise.resolve({ latencyMs: undefined, portal: false }),
      persist: init.onKeys,
      openUrl: () => undefined,
      overlay: () => undefined,
    },
  };
}

/** Where a node of the sandbox is seen, it learns from the STUN server alone, as behind any NAT. */
export const SANDBOX_FAMILIES = { kind: 'families', ipv4: true, ipv6: false } as const;
export const NO_LOCAL_ENDPOINTS = { kind: 'local-endpoints', endpoints: [] } as const;

/** Nothing of a sandbox outlives it. */
function forgetful(): Store {
  return { read: () => undefined, write: () => undefined, remove: () => undefined, wipe: () => undefined };
}
