/** What opening a utun and a bound socket says to the kernel, byte by byte as the public headers lay it out; and that nothing stays open. */
import { constants } from 'node:os';
import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { openBoundUdp, type UdpCalls } from './bound-udp.ts';
import { CTL_INFO, CTLIOCGINFO, SOCKADDR_CTL } from './headers/utun.ts';
import { openUtun, reopenUtun, unitOf, type UtunCalls } from './utun.ts';

/** A kernel that writes down what it is told. `refuse`: the call that fails. */
class Kernel {
  readonly said: string[] = [];
  readonly open = new Set<number>();
  refuse = '';
  #next = 40;

  readonly calls: UtunCalls & UdpCalls = {
    socket: (domain, type, protocol) => this.#say(`socket ${domain} ${type} ${protocol}`, () => this.#open()),
    close: (fd) => (this.open.delete(fd) ? 0 : -1),
    ioctl: (_, request, at) => this.#say(`ioctl ${request.toString(16)} ${text(at + CTL_INFO.name, 30)}`, () => put(at, [0x07, 0x01, 0, 0])),
    connect: (_, at, size) => this.#say(`connect ${hex(at, size)}`, () => 0),
    getsockopt: (_, level, name, at, lengthAt) => this.#say(`getsockopt ${level} ${name} ${hex(lengthAt, 4)}`, () => put(at, [...Buffer.from('utun6'), 0])),
    fcntl: (_, command, argument) => this.#say(`fcntl ${command} ${argument}`, () => 0),
    if_nametoindex: (at) => this.#say(`index ${text(at, 16)}`, () => 21),
    dup2: (from, to) => this.#say(`dup2 ${to}`, () => (this.open.has(from) ? to : -1)),
    setsockopt: (_, level, name, at, size) => this.#say(`setsockopt ${level} ${name} ${hex(at, size)}`, () => 0),
    bind: (_, at, size) => this.#say(`bind ${hex(at, size)}`, () => 0),
    getsockname: (_, at) => this.#say('getsockname', () => put(at, [16, 2, 0xca, 0x6c])),
  };

  #open(): number {
    this.open.add(this.#next);
    return this.#next++;
  }

  #say(words: string, work: () => number): number {
    this.said.push(words.replace(/\0.*$/, ''));
    if (this.refuse === '' || !words.startsWith(this.refuse)) return work();
    koffi.errno(this.refuse === 'socket 30' ? constants.errno.EAFNOSUPPORT : constants.errno.EBUSY);
    return -1;
  }
}

const hex = (at: number, size: number): string => Buffer.from(koffi.view(BigInt(at), size)).toString('hex');
const text = (at: number, size: number): string => Buffer.from(koffi.view(BigInt(at), size)).toString('latin1').replace(/\0.*$/s, '');
function put(at: number, bytes: readonly number[]): number {
  new Uint8Array(koffi.view(BigInt(at), bytes.length)).set(bytes);
  return 0;
}

describe('opening a utun', () => {
  it('says what <sys/kern_control.h> and <net/if_utun.h> want', () => {
    const kernel = new Kernel();
    expect(openUtun('utun6', kernel.calls)).toEqual({ fd: 40, name: 'utun6', ifindex: 21 });
    expect(kernel.said).toEqual([
      'socket 32 2 2',
      'ioctl c0644e03 com.apple.net.utun_control',
      // len 32, AF_SYSTEM, AF_SYS_CONTROL, the id as the kernel gave it, unit 6 + 1, five reserved.
      `connect 20200200${'07010000'}${'07000000'}${'00'.repeat(20)}`,
      'getsockopt 2 2 10000000',
      'fcntl 3 0',
      expect.stringMatching(/^fcntl 4 \d+$/),
      'fcntl 2 1',
      'index utun6',
    ]);
    expect([CTLIOCGINFO, SOCKADDR_CTL.size, CTL_INFO.size]).toEqual([0xc0644e03, 32, 100]);
  });

  it('leaves the number to the kernel for any other name', () => {
    expect(['utun0', 'utun41', 'wg0', 'utun', 'utun01', 'utun99999', 'bowline0'].map(unitOf)).toEqual([1, 42, 0, 0, 0, 0, 0]);
  });

  it('leaves no descriptor open when any call fails', () => {
    for (const refuse of ['socket', 'ioctl', 'connect', 'getsockopt', 'fcntl 3', 'fcntl 4', 'fcntl 2']) {
      const kernel = new Kernel();
      kernel.refuse = refuse;
      expect(() => openUtun('utun6', kernel.calls), refuse).toThrow('EBUSY');
      expect([...kernel.open]).toEqual([]);
    }
  });

  it('again puts the new device behind the old descriptor', () => {
    const kernel = new Kernel();
    expect(reopenUtun({ fd: 12 }, 'utun6', kernel.calls)).toEqual({ fd: 12, name: 'utun6', ifindex: 21 });
    expect(kernel.said.slice(-2)).toEqual(['dup2 12', 'fcntl 2 1']);
    expect([...kernel.open]).toEqual([]);
  });
});

describe('sockets past the tunnel', () => {
  it('are bound to the link before they have a port, of both families, on one port', () => {
    const kernel = new Kernel();
    expect(openBoundUdp(0, 4, kernel.calls)).toEqual({ v4: 40, v6: 41 });
    expect(kernel.said).toEqual([
      'socket 2 2 0', 'fcntl 2 1', 'setsockopt 0 25 04000000', `bind 1002${'00'.repeat(14)}`, 'getsockname',
      'socket 30 2 0', 'fcntl 2 1', 'setsockopt 41 27 01000000', 'setsockopt 41 125 04000000', `bind 1c1eca6c${'00'.repeat(24)}`, 'getsockname',
    ]);
  });

  it('are one where there is no IPv6, and none when a link cannot be bound to', () => {
    const kernel = new Kernel();
    kernel.refuse = 'socket 30';
    expect(openBoundUdp(51_820, 4, kernel.calls)).toEqual({ v4: 40, v6: undefined });
    for (const refuse of ['setsockopt 0 25', 'setsockopt 41 125', 'bind']) {
      const other = new Kernel();
      other.refuse = refuse;
      expect(() => openBoundUdp(51_820, 4, other.calls)).toThrow('EBUSY');
      expect([...other.open]).toEqual([]);
    }
  });
});
