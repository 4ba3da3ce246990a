/** Chooses the means of the system that this process runs on. The only place that does. Callers: who opens or clears a tunnel. */
import type { Lack } from '../../../native-bindings/linux/capabilities.ts';
import { translator } from '../../language/texts.ts';
import { createDarwinMeans } from './darwin-means.ts';
import { LINUX_MEANS } from './linux-means.ts';
import type { TunnelMeans } from './means.ts';
import { WINDOWS_MEANS } from './windows-means.ts';

const { text } = translator('en');
let darwin: TunnelMeans | undefined;

export type MeansHere = { readonly ok: true; readonly means: TunnelMeans } | { readonly ok: false; readonly lack: Lack };

/** The means of this process, or what it lacks for them. */
export function meansHere(means: TunnelMeans | undefined = systemFor()): MeansHere {
  if (means === undefined) return { ok: false, lack: { lack: 'system', sentence: text('problem.no-means', { system: process.platform }) } };
  const lack = means.lack();
  return lack === undefined ? { ok: true, means } : { ok: false, lack };
}

/** undefined: no tunnel of ours runs on this system. */
export function systemFor(platform: NodeJS.Platform = process.platform): TunnelMeans | undefined {
  switch (platform) {
    case 'linux':
      return LINUX_MEANS;
    case 'darwin':
      return (darwin ??= createDarwinMeans());
    case 'win32':
      return WINDOWS_MEANS;
    default:
      return undefined;
  }
}
