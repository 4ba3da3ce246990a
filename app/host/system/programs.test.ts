import { expect, it } from 'vitest';
import { NoProgram, programPath, SYSTEM_PROGRAMS, type SystemProgram } from './programs.ts';

it('a program of the system is started from where systems keep it, whatever PATH says', () => {
  const asked: string[] = [];
  const found = programPath('resolvectl', (path) => {
    asked.push(path);
    return path === '/sbin/resolvectl';
  });
  expect(found).toBe('/sbin/resolvectl');
  expect(asked).toEqual(['/usr/bin/resolvectl', '/bin/resolvectl', '/usr/sbin/resolvectl', '/sbin/resolvectl']);
});

it('one that is not there is told with what it is for, where it was looked for, and what to do', () => {
  for (const program of Object.keys(SYSTEM_PROGRAMS) as SystemProgram[]) {
    expect(() => programPath(program, () => false)).toThrow(NoProgram);
    expect(() => programPath(program, () => false)).toThrow(new RegExp(`^cannot ${SYSTEM_PROGRAMS[program]}: ${program} is in none of /usr/bin, .*; install it`));
  }
});
