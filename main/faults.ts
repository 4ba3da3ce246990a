/**
 * What goes wrong beside the engine, told: an error of ours that nobody caught, a process of Chromium that ended, a notification
 * that the system does not show. None of it ends anything, and the tunnel least. Caller: app.ts.
 */
import type { Log } from '../app/ports/log.ts';
import { faultLine } from './fault-line.ts';
import type { NotePort } from './note-port.ts';
import type { ElectronPort } from './ports.ts';

const TOLD_MOST = 20;

/** `tell`: a person, that a fault of ours may have left something behind; once. */
export function reportFaults(electron: Pick<ElectronPort, 'onFault' | 'onHelperGone'>, notes: Pick<NotePort, 'onFailed'>, log: Log, tell: () => void): void {
  let faults = 0;
  electron.onFault((error) => {
    faults += 1;
    // The same fault at each tick would push out of the log what led to it.
    if (faults <= TOLD_MOST || faults % TOLD_MOST === 0) log.write('error', 'app', `fault ${faults} of its own, which nobody caught; the tunnel goes on: ${faultLine(error)}`);
    if (faults === 1) tell();
  });
  electron.onHelperGone((what) => log.write('warn', 'app', `a process of Chromium ended (${what}); the tunnel is not affected`));
  let said: string | undefined;
  notes.onFailed((why) => {
    if (why !== said) log.write('warn', 'notes', `the system shows no notification: ${why}`);
    said = why;
  });
}
