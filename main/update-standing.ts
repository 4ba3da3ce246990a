/** Whether this build may be updated, and why not. Pure. Caller: electron-update.ts. */
import type { OffWhy } from '../app/host/update/states.ts';

export interface Build {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  /** Linux: run from an AppImage, which is one file that can be replaced. A deb is its package manager's. */
  readonly isAppImage: boolean;
  readonly feed: string | undefined;
  readonly keys: readonly string[];
  /** electron-builder's app-update.yml, which also names the publisher on Windows; undefined: it is not there. */
  readonly config: string | undefined;
  /** What `codesign -dv` says; macOS only. */
  readonly signature: string;
  /** macOS: not from a disk image, nor from where the system puts what was not moved yet (translocation). */
  readonly isInPlace: boolean;
}

/** Undefined: it is updated. */
export function whyNoUpdates({ platform, isPackaged, isAppImage, feed, keys, config, signature, isInPlace }: Build): OffWhy | undefined {
  if (!isPackaged) return 'not-packaged';
  if (platform !== 'darwin' && platform !== 'win32' && !isAppImage) return 'by-the-system';
  if (feed === undefined || config === undefined) return 'no-feed';
  if (keys.length < 2) return 'no-key';
  // Without a publisher's name electron-updater skips the check of Authenticode; a bundle without a team cannot prove that it is the same.
  if (platform === 'win32' && !/^publisherName:/m.test(config)) return 'unsigned';
  if (platform === 'darwin' && !/^TeamIdentifier=(?!not set)\S/m.test(signature)) return 'unsigned';
  return platform === 'darwin' && !isInPlace ? 'misplaced' : undefined;
}
