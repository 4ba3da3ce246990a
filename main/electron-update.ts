/** Updates on Electron: what this build is, the system's way to fetch, and electron-updater for this system. Without a decision of its own. After ready. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { app, session } from 'electron';
import electronUpdater from 'electron-updater';
import type { UpdaterInit } from '../app/host/update/updater.ts';
import { createCarrier } from './update-carrier.ts';
import { whyNoUpdates, type Build } from './update-standing.ts';

type FromElectron = 'platform' | 'arch' | 'fetch' | 'off' | 'carrier' | 'restart';

/** Asks the system who made this build. Never rejects. */
export async function lookAtBuild(feed: string | undefined, keys: readonly string[]): Promise<Build> {
  const config = await readFile(path.join(process.resourcesPath, 'app-update.yml'), 'utf8').catch(() => undefined);
  const isMac = process.platform === 'darwin';
  // A program is started for it: not where there is nothing to look for.
  const signature = isMac && app.isPackaged && feed !== undefined ? await signatureOf(path.resolve(process.execPath, '../../..')) : '';
  return { platform: process.platform, isPackaged: app.isPackaged, isAppImage: process.env['APPIMAGE'] !== undefined, feed, keys, config, signature, isInPlace: !isMac || app.isInApplicationsFolder() };
}

export function updaterParts(build: Build, log: UpdaterInit['log']): Pick<UpdaterInit, FromElectron> {
  // The session of the page lets nothing out.
  const outside = session.fromPartition('updates', { cache: false });
  const off = whyNoUpdates(build);
  return {
    platform: process.platform,
    arch: process.arch,
    fetch: (url, init) => outside.fetch(url, init),
    off,
    carrier: off === undefined && build.feed !== undefined ? createCarrier({ updater: electronUpdater.autoUpdater, feed: build.feed, log }) : NONE,
    restart() {
      app.relaunch();
      app.quit();
    },
  };
}

/** For a build that gets no updates: its machine never asks. */
const NONE: UpdaterInit['carrier'] = {
  download: () => Promise.resolve({ ok: false, failure: { cause: 'unreachable', detail: null } }),
  install: () => Promise.resolve({ cause: 'not-launched', detail: null }),
};

/** What `codesign` says of the bundle that this program is in. */
function signatureOf(bundle: string): Promise<string> {
  return new Promise((resolve) => execFile('/usr/bin/codesign', ['-dv', bundle], { timeout: 10_000 }, (_error, out, err) => resolve(`${out}${err}`)));
}
