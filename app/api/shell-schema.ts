/**
 * Of the contract (schema.ts), what surrounds the engine: settings, updates, links, and how keys lie on disk. Imported through
 * schema.ts by everybody.
 */
import * as v from 'valibot';
import { LANGUAGES } from '../language/languages.ts';

const Text = v.pipe(v.string(), v.maxLength(2_000));
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(255));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const WallMs = v.number();

/** Why keys are not sealed. no-vault: this process has no key store of a desktop. basic-text: the desktop has none. unavailable,
 *  denied: it is there and is closed, or refuses. late: it has not answered yet. not-kept: what it sealed could not be written. */
const UnsealedWhy = v.picklist(['no-vault', 'basic-text', 'unavailable', 'denied', 'late', 'not-kept']);
/** other-key: the key store that sealed it is not this one. broken: the record is not as it was sealed. */
export const LockedWhy = v.picklist([...UnsealedWhy.options, 'other-key', 'broken']);
/** How keys lie on disk: sealed by the system's key store, or in files that only this user can read, and why no better. */
export const KeysView = v.variant('kind', [
  v.object({ kind: v.literal('sealed'), by: v.picklist(['keychain', 'dpapi', 'libsecret', 'kwallet']) }),
  v.object({ kind: v.literal('open'), why: UnsealedWhy }),
]);

/** What a person chose, kept by whatever surrounds the engine (host/shell). */
export const Settings = v.object({
  language: v.picklist(['system', ...LANGUAGES]),
  theme: v.picklist(['system', 'light', 'dark', 'contrast', 'contrast-dark']),
  startAtLogin: v.boolean(),
  /** problems: what cuts this computer off, and what a person must do. all: also that it is over. */
  notify: v.picklist(['all', 'problems', 'none']),
  /** How a copied report shows names and addresses of the internet: by stand-ins, or as they are. */
  report: v.picklist(['stand-ins', 'open']),
  /** ask: looks for updates and asks. off: only when a person asks. */
  updates: v.picklist(['ask', 'off']),
});

/** Whether this program starts when the person logs in, as the system says. requires-approval: it is registered and waits for the person.
 *  disabled: the system or the desktop has switched it off. elsewhere: another copy starts, or this one in another way. foreign: what
 *  stands in its place was not made by Bowline. */
export const LoginItemState = v.picklist(['on', 'off', 'requires-approval', 'disabled', 'elsewhere', 'foreign']);

/** Where an update stands. */
export const UpdateView = v.variant('kind', [
  /** This build gets none. no-feed, no-key: nobody has said where from, or who signs. unsigned: the system does not know its maker.
   *  misplaced: it runs from a place that cannot be replaced, such as a disk image. */
  v.object({ kind: v.literal('off'), why: v.picklist(['no-feed', 'no-key', 'not-packaged', 'unsigned', 'misplaced', 'by-the-system']) }),
  /** `waiting`: a newer version is handed out step by step, and this computer is not among the first. */
  v.object({ kind: v.literal('none'), checkedAt: v.nullable(WallMs), waiting: v.nullable(Name) }),
  v.object({ kind: v.literal('checking') }),
  v.object({ kind: v.literal('available'), version: Name, notes: Text, bytes: v.nullable(Count) }),
  v.object({ kind: v.literal('downloading'), version: Name, percent: v.number() }),
  v.object({ kind: v.literal('verifying'), version: Name }),
  v.object({ kind: v.literal('ready'), version: Name, notes: Text }),
  v.object({ kind: v.literal('installing'), version: Name }),
  v.object({
    kind: v.literal('failed'),
    version: v.nullable(Name),
    /** unreachable, answered: of the server. signature to too-old: why what it says is not followed. cut, tampered, stalled, disk: of the
     *  download. not-launched, not-installed: of the installation. */
    cause: v.picklist(['unreachable', 'answered', 'signature', 'broken', 'other-system', 'expired', 'replayed', 'older', 'too-large', 'too-old', 'cut', 'tampered', 'stalled', 'disk', 'not-launched', 'not-installed']),
    /** A code or a status; null: the cause says all. */
    detail: v.nullable(Text),
    /** The next step. */
    retry: v.picklist(['check', 'download', 'install']),
    checkedAt: WallMs,
  }),
]);

/** What may be opened in the system's browser. Each is an https address of a table in host/shell; `sign-in`: the one that the engine shows now. */
export const LinkId = v.picklist(['sign-in', 'website', 'source', 'issues', 'licences', 'release-notes']);

/** What surrounds the engine, and what it can do on this computer. */
export const ShellView = v.object({
  /** tray: Electron. headless: the page is in a browser, which copies and saves by itself. */
  kind: v.picklist(['tray', 'headless']),
  system: v.picklist(['macos', 'windows', 'linux', 'other']),
  settings: Settings,
  /** What of the settings can be had here; the others are shown with why not. */
  can: v.object({ startAtLogin: v.boolean(), notify: v.boolean(), updates: v.boolean() }),
  update: UpdateView,
  /** Null: cannot be had here. `settings.startAtLogin` is whether it is on. */
  loginItem: v.nullable(LoginItemState),
  /** Null: no account is kept here. */
  keys: v.nullable(KeysView),
  /** Those that lead somewhere in this build. */
  links: v.array(LinkId),
  /** What a link asked for, until a person has answered. Nothing was sent there. */
  invitation: v.optional(v.object({ server: v.pipe(v.string(), v.maxLength(300), v.startsWith('https://')) })),
});

export type Settings = v.InferOutput<typeof Settings>;
export type ShellView = v.InferOutput<typeof ShellView>;
export type LockedWhy = v.InferOutput<typeof LockedWhy>;
export type KeysView = v.InferOutput<typeof KeysView>;
export type UpdateView = v.InferOutput<typeof UpdateView>;
export type LoginItemState = v.InferOutput<typeof LoginItemState>;
export type LinkId = v.InferOutput<typeof LinkId>;
