/**
 * Starts macOS's own programs for darwin-system.ts: by absolute path, with an argument vector and no shell, in the C locale,
 * with a limit of time. It remembers the numbers of those that it started, because the routing socket names the process that
 * wrote, and our `route` is we. Decides nothing. Event thread.
 */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import type { OsEvent } from '../../ports/os-network.ts';
import type { DarwinAnswer, DarwinCommand } from './darwin-commands.ts';

/** ms. The event thread waits meanwhile; each of them takes some 5 ms. */
const WITHIN = 10_000;
/** Process ids come again after 99,999; the newest are enough to tell our own events. */
const REMEMBERED = 64;

export interface DarwinPrograms {
  run(command: DarwinCommand): DarwinAnswer;
  /** It was started by `run`, not long ago. */
  isOurs(pid: number): boolean;
}

export function createDarwinPrograms(start: (command: DarwinCommand) => SpawnSyncReturns<string> = startProgram): DarwinPrograms {
  const pids: number[] = [];
  return {
    run(command) {
      const { pid, status, stdout, stderr, error } = start(command);
      if (pid > 0) pids.push(pid);
      if (pids.length > REMEMBERED) pids.shift();
      return { status, stdout: stdout ?? '', stderr: error === undefined ? stderr : `${command.program}: ${error.message}` };
    },
    isOurs: (pid) => pids.includes(pid),
  };
}

function startProgram({ program, args, input }: DarwinCommand): SpawnSyncReturns<string> {
  const options = { input: input ?? '', encoding: 'utf8', timeout: WITHIN, env: { LC_ALL: 'C', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' } } as const;
  switch (program) {
    case 'ifconfig':
      return spawnSync('/sbin/ifconfig', args, options);
    case 'route':
      return spawnSync('/sbin/route', args, options);
    case 'scutil':
      return spawnSync('/usr/sbin/scutil', args, options);
    case 'sysctl':
      return spawnSync('/usr/sbin/sysctl', args, options);
    case 'ps':
      return spawnSync('/bin/ps', args, options);
    case 'dscacheutil':
      return spawnSync('/usr/bin/dscacheutil', args, options);
    default:
      return program satisfies never;
  }
}

/** What a program of ours wrote was written by this process, `pid`; else it would be news to whoever watches. */
export function byUs(event: OsEvent, programs: Pick<DarwinPrograms, 'isOurs'>, pid: number): OsEvent {
  return 'by' in event && event.by !== undefined && programs.isOurs(event.by) ? { ...event, by: pid } : event;
}
