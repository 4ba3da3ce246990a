/**
 * What Bowline uses of a tray: types only. Entries have ids that stay, so that a menu is changed in place: labels, marks and
 * what is shown are set on the entries that are there, and the menu itself is put up anew only when entries came or went.
 */
import type { FaceState } from '../app/api/face.ts';

export type TrayIcon = 'connected' | 'idle' | 'connecting' | 'attention' | 'offline' | 'paused';

/** `dot`: something waits for a person that has nothing to do with the connection. */
export interface TrayImage {
  readonly icon: TrayIcon;
  readonly dot: boolean;
}

export const ICON_OF: Readonly<Record<FaceState, TrayIcon>> = {
  connected: 'connected',
  idle: 'idle',
  checking: 'connecting',
  attention: 'attention',
  offline: 'offline',
  stopped: 'paused',
  starting: 'connecting',
  lost: 'offline',
};

export type MenuEntry =
  | { readonly kind: 'line'; readonly id: string; readonly visible: boolean }
  | { readonly kind: 'text'; readonly id: string; readonly visible: boolean; readonly label: string }
  | { readonly kind: 'action'; readonly id: string; readonly visible: boolean; readonly label: string; readonly enabled: boolean }
  /** One of a group; `checked`: it is the one. */
  | { readonly kind: 'choice'; readonly id: string; readonly visible: boolean; readonly label: string; readonly enabled: boolean; readonly checked: boolean }
  | { readonly kind: 'group'; readonly id: string; readonly visible: boolean; readonly label: string; readonly entries: readonly MenuEntry[] };

/** What to set on an entry that is there; absent: as it is. */
export interface EntryChange {
  readonly id: string;
  readonly label?: string;
  readonly visible?: boolean;
  readonly enabled?: boolean;
  readonly checked?: boolean;
}

export interface TrayPort {
  /** Whether an entry may be changed while somebody looks at it. False where each change puts up the whole menu (Linux). */
  readonly changesWhileOpen: boolean;
  setImage(image: TrayImage): void;
  setTooltip(text: string): void;
  setMenu(entries: readonly MenuEntry[]): void;
  changeEntries(changes: readonly EntryChange[]): void;
  /** An entry was chosen. */
  onChoose(callback: (id: string) => void): void;
  /** The icon itself was clicked, where a click does not open the menu. */
  onClick(callback: () => void): void;
  onMenuOpen(callback: (open: boolean) => void): void;
  destroy(): void;
}
