/** macOS's TunnelMeans: a utun, the routing socket, ifconfig, route and scutil. Opens; decides nothing. Needs root. */
import { openUtun, posix, reopenUtun, type UtunDevice } from '../../../native-bindings/darwin/index.ts';
import { SystemError } from '../../../native-bindings/system-error.ts';
import { translator } from '../../language/texts.ts';
import type { OsNetworkSource } from '../../ports/os-network.ts';
import { createDarwinSource } from '../os-network/darwin.ts';
import { DARWIN_PLAN } from '../system/darwin-plan.ts';
import { byUs, createDarwinPrograms, type DarwinPrograms } from '../system/darwin-programs.ts';
import { createDarwinSystem } from '../system/darwin-system.ts';
import type { TunnelMeans } from './means.ts';
import { Problem } from './problem.ts';

const { text } = translator('en');

/** What is called on the system; a test brings its own. */
export interface DarwinCalls {
  readonly programs: DarwinPrograms;
  readonly source: () => OsNetworkSource;
  readonly openUtun: (name: string) => UtunDevice;
  readonly user: () => number;
}

const real = (): DarwinCalls => ({ programs: createDarwinPrograms(), source: () => createDarwinSource(), openUtun: (name) => openUtun(name), user: () => process.getuid?.() ?? -1 });

export function createDarwinMeans({ programs, source, openUtun: open, user }: DarwinCalls = real()): TunnelMeans {
  const { pid } = process;
  const links = () => source().snapshot().links;
  return {
    system: 'darwin',
    // Routes carry no mark here: that they lead to our device is what tells them.
    marks: { tables: [], protocols: [], priorities: undefined },
    plan: DARWIN_PLAN,
    namesFile: undefined,
    lack: () => (user() === 0 ? undefined : { lack: 'rights', sentence: text('problem.needs-root') }),
    openSystem: () => createDarwinSystem({ programs, snapshot: () => source().snapshot(), pid }),
    openNetwork: () => ({
      source() {
        const inner = source();
        return { start: (onEvent) => inner.start((event) => onEvent(byUs(event, programs, pid))), snapshot: () => inner.snapshot(), close: () => inner.close() };
      },
      nameOf: (index) => links().find((link) => link.index === index)?.name,
      indexOf: (name) => links().find((link) => link.name === name)?.index,
      close: () => {},
    }),
    openDevice(name) {
      const tun = opened(name, open);
      return {
        name: tun.name,
        ifindex: tun.ifindex,
        carry: (mtu, mark) => ({ tun: { mtu, connect: () => ({ system: 'darwin', fd: tun.fd, mtu, sockets: mark === 0 ? 'any' : 'past-tunnel' }), close: () => {} }, packetThread: 'worker' }),
        reopen: (again) => {
          const { name: named, ifindex } = reopenUtun(tun, again);
          return { name: named, ifindex };
        },
        close: () => void posix().close(tun.fd),
      };
    },
  };
}

function opened(name: string, open: DarwinCalls['openUtun']): UtunDevice {
  try {
    return open(name);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EBUSY') throw new Problem(text('problem.device-busy', { device: name }));
    throw error;
  }
}
