/** What a tunnel is given on macOS, on its twin. */
import { describe, expect, it } from 'vitest';
import { SystemError } from '../../../native-bindings/system-error.ts';
import { DarwinTwin } from '../../../tests/doubles/darwin-twin.ts';
import type { OsEvent } from '../../ports/os-network.ts';
import { createDarwinMeans } from './darwin-means.ts';
import { meansHere, systemFor } from './system-for.ts';

function play(user = 0) {
  const twin = new DarwinTwin();
  const heard: OsEvent[] = [];
  const means = createDarwinMeans({
    programs: twin,
    source: () => ({ start: (onEvent) => { twin.heard = onEvent; }, snapshot: twin.snapshot, close: () => {} }),
    openUtun: (name) => {
      if (name === 'utun9') throw new SystemError('connect', name, 16);
      return { fd: 77, ...twin.openUtun() };
    },
    user: () => user,
  });
  return { twin, heard, means };
}

describe('macOS', () => {
  it('is chosen where it runs, as Linux is', () => {
    expect(systemFor('darwin')?.system).toBe('darwin');
    expect(systemFor('linux')?.system).toBe('linux');
    expect(systemFor('freebsd')).toBeUndefined();
  });

  it('makes no device without root, and says what to do', () => {
    expect(meansHere(play(501).means)).toEqual({ ok: false, lack: { lack: 'rights', sentence: expect.stringContaining('sudo') } });
    expect(meansHere(play().means)).toMatchObject({ ok: true });
  });

  it('hands a packet worker the device, and binds our sockets only where they would loop', () => {
    const { means } = play();
    const tun = means.openDevice('wg0', 'fast', means.openSystem());
    expect([tun.name, tun.ifindex]).toEqual(['utun5', 5]);
    const near = [0, 1].map((mark) => {
      const { tun: end, packetThread } = tun.carry(1_420, mark);
      return [end.connect(), packetThread];
    });
    expect(near).toEqual([[{ system: 'darwin', fd: 77, mtu: 1_420, sockets: 'any' }, 'worker'], [{ system: 'darwin', fd: 77, mtu: 1_420, sockets: 'past-tunnel' }, 'worker']]);
    expect(() => means.openDevice('utun9', 'fast', means.openSystem())).toThrow('utun9');
  });

  it('tells what our own programs wrote as ours, and what others wrote as theirs', () => {
    const { means, twin, heard } = play();
    const { ifindex } = twin.openUtun();
    const eyes = means.openNetwork();
    const source = eyes.source();
    source.start((event) => heard.push(event));
    const system = means.openSystem();
    system.addRoute({ type: 'unicast', destination: { address: { family: 4, w0: 0, w1: 0, w2: 0, w3: 0 }, bits: 1 }, table: 254, ifindex }, 'new');
    twin.answer({ program: 'route', args: ['-n', 'delete', '-inet', '0.0.0.0/1', '-interface', 'utun5'] }, 612);
    expect(heard.map((event) => ('by' in event ? event.by : undefined))).toEqual([process.pid, 612]);
    expect([eyes.nameOf(ifindex), eyes.indexOf('utun5'), eyes.nameOf(99), system.programOf(612)]).toEqual(['utun5', ifindex, undefined, 'othervpnd']);
    source.close();
    eyes.close();
    system.close();
  });
});
