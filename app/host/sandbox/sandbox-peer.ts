/**
 * One peer of the sandbox: the engine that ships, joined to the sandbox's server, with a small stack inside the tunnel that
 * answers ping and UDP echo. It sends a ping of its own every second, so that the node notices when the peer moved or came
 * back. Runs in a process of its own (peer-process.ts).
 */
import { parseIp, type IpAddress } from '../../base/ip.ts';
import { PrivateKey } from '../../keys/keys.ts';
import { MiniStack } from '../../sim/mini-stack.ts';
import { HostClock } from '../clock.ts';
import { startEngine } from '../engine.ts';
import { createStderrLog } from '../log.ts';
import { createPortTun } from '../portable/port-tun.ts';
import { VERSION } from '../version.ts';
import { memberOf, SANDBOX_FAMILIES, SANDBOX_MTU } from './member.ts';
import type { FromPeer, PeerKeys, PeerStart } from './peer-messages.ts';

const PING_EVERY = 1_000;
/** Until the network is known. */
const LOOK_EVERY = 100;

export interface SandboxPeer {
  move(): void;
}

/** Rejects with the system's error when the port cannot be had. */
export async function startSandboxPeer(start: PeerStart, tell: (message: FromPeer) => void): Promise<SandboxPeer> {
  const clock = new HostClock();
  const log = createStderrLog('error');
  const tun = createPortTun(SANDBOX_MTU);
  const member = memberOf({
    name: start.name,
    url: start.url,
    authKey: start.authKey,
    machineKey: new PrivateKey(start.machineKey),
    keys: { ...start.keys, nodeKey: start.keys.nodeKey === undefined ? undefined : new PrivateKey(start.keys.nodeKey), trialKey: undefined, pendingUrl: undefined },
    log,
    onKeys: (keys) => tell({ kind: 'keys', keys: bytesOf(keys) }),
  });
  const engine = await startEngine({
    ...member,
    listenPort: start.port,
    reach: 'loopback',
    tun,
    log,
    clock,
    packetThread: 'same-thread',
    version: VERSION,
    onFact(fact) {
      if (fact.kind === 'underlay' && fact.state.kind === 'bound') tell({ kind: 'bound', port: fact.state.port });
    },
  });
  engine.tell(SANDBOX_FAMILIES);
  let stack: MiniStack | undefined;
  tun.onPacket((packet) => {
    for (const answer of stack?.handlePacket(packet, clock.now()) ?? []) tun.send(answer);
  });
  let seq = 0;
  const ping = (): void => {
    const { self, peers } = engine.snapshot();
    stack ??= self.addresses.length === 0 ? undefined : new MiniStack({ addresses: self.addresses.map(addressOf) });
    const target = peers.find((peer) => peer.name === start.other)?.addresses[0];
    setTimeout(ping, target === undefined ? LOOK_EVERY : PING_EVERY);
    if (stack === undefined || target === undefined) return;
    seq = (seq + 1) & 0xffff;
    tun.send(stack.ping(addressOf(target), seq, clock.now()));
    stack.takeReplies();
  };
  ping();
  return {
    move: () => engine.takeNewPort(),
  };
}

function bytesOf(keys: { readonly nodeKey: PrivateKey | undefined; readonly pinnedServerKey: Uint8Array | undefined } | undefined): PeerKeys {
  return { nodeKey: keys?.nodeKey?.bytes.slice(), pinnedServerKey: keys?.pinnedServerKey };
}

export function addressOf(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}
