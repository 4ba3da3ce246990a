/** What surrounds the engine, by name: the tray, what it cannot do, and each state of an update. Pure. Only for tests. */
import type { ShellView, Snapshot, UpdateView } from '../../app/api/schema.ts';
import { scene, WALL } from './fake-scenes.ts';
import { fakeShell, fakeTray } from './fake-shell.ts';

const around = (shell: ShellView | null): Snapshot => scene({ sandbox: null, shell });
const updating = (update: UpdateView): Snapshot => around({ ...fakeTray, update });
const NOTES = 'Relay connections are replaced at once when the router changes its address.\nRoutes that another program removed come back in 0.4 s.\nThe peer list keeps its place while it updates.';


export const shellScenes = {
  tray: () => around(fakeTray),
  'tray-limited': () => around({ ...fakeTray, system: 'linux', can: { startAtLogin: false, notify: false, updates: false }, update: { kind: 'off', why: 'not-packaged' } }),
  'tray-waits-for-approval': () => around({ ...fakeTray, loginItem: 'requires-approval' }),
  'link-join': () => around({ ...fakeTray, invitation: { server: 'https://hs.other.example' } }),
  'no-shell': () => around(null),
  'headless-dark': () => around({ ...fakeShell, settings: { ...fakeShell.settings, theme: 'dark' } }),
  'update-never': () => updating({ kind: 'none', checkedAt: null, waiting: null }),
  'update-off': () => updating({ kind: 'off', why: 'no-feed' }),
  'update-checking': () => updating({ kind: 'checking' }),
  'update-available': () => updating({ kind: 'available', version: '0.2.0', notes: NOTES, bytes: 28_400_000 }),
  'update-downloading': () => updating({ kind: 'downloading', version: '0.2.0', percent: 41.6 }),
  'update-waiting': () => updating({ kind: 'none', checkedAt: WALL - 240_000, waiting: '0.2.0' }),
  'update-verifying': () => updating({ kind: 'verifying', version: '0.2.0' }),
  'update-installing': () => updating({ kind: 'installing', version: '0.2.0' }),
  'update-ready': () => updating({ kind: 'ready', version: '0.2.0', notes: NOTES }),
  'update-failed': () => updating({ kind: 'failed', version: '0.2.0', cause: 'tampered', detail: null, retry: 'download', checkedAt: WALL - 240_000 }),
} as const satisfies Record<string, () => Snapshot>;
