/** What a package is refused for before it is signed: its fuses, and what lies outside its archive. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { faultsOutside } from './after-pack.ts';
import { judgeWire, readWires } from './fuse-wire.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the fuses of a program', () => {
  const program = (wire: string, version = 1): Buffer => Buffer.concat([Buffer.alloc(50), Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'), Buffer.from([version, wire.length]), Buffer.from(wire), Buffer.alloc(50)]);

  it('are read from each processor of it', () => {
    expect(readWires(Buffer.concat([program('000011001'), program('111111111')]))).toEqual(['000011001', '111111111']);
    expect([readWires(Buffer.alloc(100)), readWires(program('0', 2))]).toEqual([[], ['']]);
  });

  it('are right in one way alone', () => {
    expect(judgeWire('000011001', true)).toEqual([]);
    for (let i = 0; i < 9; i += 1) {
      const wire = [...'000011001'];
      wire[i] = wire[i] === '0' ? '1' : '0';
      expect(judgeWire(wire.join(''), true)).toHaveLength(1);
      wire[i] = 'r';
      expect(judgeWire(wire.join(''), true)).toEqual([expect.stringContaining('was taken out')]);
    }
  });

  it('that nobody decided end the build, and so do those that are missing', () => {
    expect(judgeWire('1010110011', false)).toEqual([expect.stringContaining('nobody has decided')]);
    expect(judgeWire('10101100', false)).toEqual(['this Electron has no fuse wasmTrapHandlers']);
    expect(judgeWire('101011000', false)).toEqual(['the fuse wasmTrapHandlers is off']);
    expect(judgeWire('', true)).toHaveLength(9);
  });
});

describe('what lies outside the archive', () => {
  it('has to be there', () => {
    expect(faultsOutside(`${root}build/none`, 'linux', 'x64')).toEqual([expect.stringMatching(/sodium-native\.node is missing/), expect.stringMatching(/koffi\.node is missing/)]);
  });

  it('may be nothing else, and nothing for another computer', () => {
    const faults = faultsOutside(`${root}node_modules/sodium-native/prebuilds/win32-x64`, 'linux', 'x64');
    expect(faults).toContain('sodium-native.node lies outside the archive');
    expect(faults).toContain('sodium-native.node is for win32 on x64');
  });
});
