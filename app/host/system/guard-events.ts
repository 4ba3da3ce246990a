/**
 * Tells the guard what happens on this computer's system where nobody else does: every message of the kernel, and changes of
 * /etc/resolv.conf. A source that ends is opened anew. No timer and no wake-up in between. Event thread of Linux.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { OsEvent, OsNetworkSource } from '../../ports/os-network.ts';
import type { GuardTold } from '../../ports/os-state.ts';

/** ms. */
const AGAIN_FIRST = 250;
const AGAIN_MOST = 30_000;
/** ms: writing a file is several steps. */
const SETTLES_WITHIN = 50;

export interface GuardEventsInit {
  readonly open: () => OsNetworkSource;
  readonly tell: (told: GuardTold) => void;
  /** Every message, too. */
  readonly heard: (event: OsEvent) => void;
  /** Runs `work` after `ms`; returns the way to call it off. */
  readonly later: (work: () => void, ms: number) => () => void;
  readonly resolvConf: string;
}

export function startGuardEvents(init: GuardEventsInit): { close(): void } {
  let cancel = (): void => {};
  let source: OsNetworkSource | undefined;
  let wait = AGAIN_FIRST;
  let closed = false;
  const open = (): void => {
    source = init.open();
    source.start((event) => {
      if (closed) return;
      init.tell({ kind: 'event', event });
      init.heard(event);
      if (event.kind !== 'source-failed') return;
      source?.close();
      cancel = init.later(open, wait);
      wait = Math.min(2 * wait, AGAIN_MOST);
    });
  };
  open();
  const names = watchFile(init.resolvConf, () => init.tell({ kind: 'look' }), init.later);
  return {
    close() {
      closed = true;
      cancel();
      source?.close();
      names();
    },
  };
}

/** The folder, because programs replace the file; and the file, because some write into it. Returns the end of it. */
function watchFile(file: string, changed: () => void, later: GuardEventsInit['later']): () => void {
  let settling: (() => void) | undefined;
  const happened = (): void => {
    settling ??= later(() => {
      settling = undefined;
      within();
      within = watch(file, happened);
      changed();
    }, SETTLES_WITHIN);
  };
  const around = watch(path.dirname(file), (name) => (name === path.basename(file) ? happened() : undefined));
  let within = watch(file, happened);
  return () => {
    settling?.();
    around();
    within();
  };
}

/** Where it cannot be watched, it is read back at the pace of verification. */
function watch(what: string, happened: (name: string | null) => void): () => void {
  try {
    const watcher = fs.watch(what, { persistent: false }, (_, name) => happened(name));
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
