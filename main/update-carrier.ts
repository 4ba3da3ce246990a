/**
 * The carrier of updates on electron-updater. Its own index of versions (`latest.yml`, unsigned) is never asked for: it is given
 * one version, made of a manifest that was believed. It downloads when it is told to, installs when it is told to, and never
 * when the app quits. No Electron import: `updater` is electron-updater's for this system.
 */
import { CancellationToken, Provider, type AppUpdater, type ResolvedUpdateFileInfo, type UpdateInfo } from 'electron-updater';
import type { ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider.js';
import { knownCode } from '../app/host/error-code.ts';
import type { Manifest } from '../app/host/update/manifest.ts';
import type { Failure } from '../app/host/update/states.ts';
import type { UpdateCarrier } from '../app/host/update/updater.ts';
import type { Log } from '../app/ports/log.ts';

/** ms without a byte after which a download is given up. */
const STALLED = 60_000;
/** ms in which the app must have ended for an installer. Squirrel unpacks before it does. */
const LAUNCH_WITHIN = 180_000;

export interface CarrierInit {
  readonly updater: AppUpdater;
  /** Ends with a slash. */
  readonly feed: string;
  readonly log: Log;
  readonly stalledMs?: number;
  readonly launchWithinMs?: number;
}

export function createCarrier({ updater, feed, log, stalledMs = STALLED, launchWithinMs = LAUNCH_WITHIN }: CarrierInit): UpdateCarrier {
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = false;
  updater.autoRunAppAfterInstall = true;
  updater.allowDowngrade = false;
  updater.disableWebInstaller = true;
  // A part of a file is put together from an old one by an index that nobody signed.
  updater.disableDifferentialDownload = true;
  updater.logger = { info: () => {}, warn: (text) => log.write('debug', 'update', String(text)), error: (text) => log.write('debug', 'update', String(text)) };
  /** What the last download came to: the one file that may be installed. */
  let brought: string | undefined;

  return {
    async download(manifest, told) {
      brought = undefined;
      updater.setFeedURL({ provider: 'custom', updateProvider: oneVersion(manifest, feed) });
      const token = new CancellationToken();
      let ended: Failure | undefined;
      const end = (failure: Failure): void => {
        ended ??= failure;
        token.cancel();
      };
      let alarm: NodeJS.Timeout | undefined;
      const arm = (): void => {
        clearTimeout(alarm);
        alarm = setTimeout(end, stalledMs, { cause: 'stalled', detail: null });
      };
      arm();
      const onProgress = ({ transferred, total }: { transferred: number; total: number }): void => {
        arm();
        // Who sends more than was signed does not get to fill the disk.
        if (transferred > manifest.size || total > manifest.size) end({ cause: 'cut', detail: `${Math.max(transferred, total)} bytes` });
        else told(transferred);
      };
      updater.on('download-progress', onProgress);
      try {
        const found = await updater.checkForUpdates();
        if (found?.isUpdateAvailable !== true) return { ok: false, failure: { cause: 'older', detail: null } };
        const [path] = await updater.downloadUpdate(token);
        if (path === undefined) return { ok: false, failure: { cause: 'disk', detail: null } };
        brought = path;
        return { ok: true, path };
      } catch (error) {
        return { ok: false, failure: ended ?? failureOf(error) };
      } finally {
        clearTimeout(alarm);
        updater.off('download-progress', onProgress);
      }
    },

    install(path) {
      return new Promise((resolve) => {
        const fail = (detail: string | null): void => {
          clearTimeout(late);
          resolve({ cause: 'not-launched', detail });
        };
        const late = setTimeout(fail, launchWithinMs, null);
        if (path !== brought) return fail(null);
        updater.once('error', (error) => fail(knownCode(error)));
        try {
          // Not silent, so that an installer that fails is seen; the app is started again after it.
          updater.quitAndInstall(false, true);
        } catch (error) {
          fail(knownCode(error));
        }
      });
    },
  };
}

/** A source of versions that has one, as it was signed. */
function oneVersion({ version, file, size, sha512 }: Manifest, feed: string) {
  return class extends Provider<UpdateInfo> {
    // The library makes it, with what it has to fetch with.
    constructor(_options: unknown, _updater: unknown, runtime: ProviderRuntimeOptions) {
      super(runtime);
    }

    getLatestVersion(): Promise<UpdateInfo> {
      return Promise.resolve({ version, files: [{ url: file, size, sha512 }], path: file, sha512, releaseDate: '' });
    }

    resolveFiles({ files }: UpdateInfo): ResolvedUpdateFileInfo[] {
      return files.map((info) => ({ url: new URL(info.url, feed), info }));
    }
  };
}

const DISK: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'EIO']);
const BROKEN_OFF: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

function failureOf(error: unknown): Failure {
  const code = knownCode(error);
  if (code === 'ERR_CHECKSUM_MISMATCH' || code === 'ERR_UPDATER_INVALID_SIGNATURE') return { cause: 'tampered', detail: null };
  // Of a download the library tells the status in words alone.
  const status = error instanceof Error ? /, status (\d{3}):/.exec(error.message)?.[1] : undefined;
  if (status !== undefined) return { cause: 'answered', detail: `HTTP ${status}` };
  if (code !== null && DISK.has(code)) return { cause: 'disk', detail: code };
  if ((code !== null && BROKEN_OFF.has(code)) || (error instanceof Error && error.message.includes('aborted'))) return { cause: 'cut', detail: code };
  return { cause: 'unreachable', detail: code };
}
