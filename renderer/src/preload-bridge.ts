/**
 * Transport 2: `window.bowline`, put there by Electron's preload script. What comes through is checked like anything
 * foreign. Absent in a browser: see websocket-bridge.ts.
 */
import { check, Patch, ReplyFrame, type PageCommand } from '../../app/api/schema.ts';
import { CLOSED, checkResult, Listeners, type Bridge, type Connection } from './bridge.ts';

/** What the preload script exposes. `request` resolves to a ReplyFrame. */
export type PreloadApi = {
  readonly request: (command: PageCommand, params: unknown) => Promise<unknown>;
  readonly onPatch: (listener: (data: unknown) => void) => () => void;
  readonly onConnection: (listener: (open: boolean) => void) => () => void;
};

declare global {
  interface Window {
    readonly bowline?: PreloadApi;
  }
}

export function preloadBridge(preload: PreloadApi): Bridge {
  const patches = new Listeners<Patch>();
  preload.onPatch((data) => {
    const patch = check(Patch, data, 'patch');
    if (patch.ok) patches.tell(patch.value);
  });
  return {
    async request(command, params) {
      try {
        const reply = check(ReplyFrame, await preload.request(command, params), 'reply');
        if (!reply.ok) return reply;
        return reply.value.ok ? checkResult(command, reply.value.result) : reply.value;
      } catch {
        return CLOSED;
      }
    },
    onPatch: (listener) => patches.add(listener),
    onConnection: (listener) => {
      listener('connecting');
      return preload.onConnection((open) => listener((open ? 'open' : 'closed') satisfies Connection));
    },
  };
}
