/**
 * The process of one sandbox peer. Started by peer-handle.ts with `fork`; ends when its parent ends or lets go, however
 * that happens, so that nothing is left behind.
 */
import { startSandboxPeer, type SandboxPeer } from './sandbox-peer.ts';
import type { FromPeer, PeerStart, ToPeer } from './peer-messages.ts';

let peer: SandboxPeer | undefined;

const tell = (message: FromPeer): void => {
  process.send?.(message, undefined, undefined, () => undefined);
};

async function start(message: PeerStart): Promise<void> {
  try {
    peer = await startSandboxPeer(message, tell);
  } catch (error) {
    tell({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
  }
}

process.on('message', (message: ToPeer) => {
  switch (message.kind) {
    case 'start':
      return void start(message);
    case 'move':
      return peer?.move();
    default:
      return message satisfies never;
  }
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of the terminal; the parent decides.
process.on('SIGINT', () => undefined);
