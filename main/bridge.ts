/**
 * The channel between Electron main and its page: names, and the shape of `window.bowline`. Shared by ipc.ts and
 * preload.ts, so it imports nothing that a sandboxed preload script cannot have.
 */
import type { PageCommand, Patch, ReplyFrame } from '../app/api/schema.ts';

/** Every channel there is. A request names its command inside, so that one handler checks all. */
export const CHANNELS = { request: 'bowline:request', patch: 'bowline:patch', connection: 'bowline:connection' } as const;

export const SCHEME = 'app';
export const PAGE_URL = `${SCHEME}://bowline/index.html`;

export interface PreloadApi {
  /** Never rejects for an engine's error: that is a reply too. */
  readonly request: (command: PageCommand, params: unknown) => Promise<ReplyFrame>;
  /** Returns how to stop. */
  readonly onPatch: (listener: (patch: Patch) => void) => () => void;
  /** Whether the engine can be reached: told at once, then at each change. */
  readonly onConnection: (listener: (open: boolean) => void) => () => void;
}
