/** What a shell needs of its surroundings, as types. Electron main and the headless host bring them; tests bring fakes. */
import type { LoginItemState, ShellView, UpdateView } from '../../api/schema.ts';

/** Where a file went that a person placed. */
export type Placed = { readonly kind: 'placed'; readonly where: string } | { readonly kind: 'cancelled' } | { readonly kind: 'failed'; readonly why: string };

export interface LoginItem {
  /** As the system says now. */
  state(): LoginItemState;
  /** Undefined: asked for; what came of it is the state. Else why not, in words of the system. */
  set(on: boolean): string | undefined;
}

export interface Updates {
  view(): UpdateView;
  /** False: this step does not fit the state. */
  begin(step: 'check' | 'download' | 'install', by?: 'person' | 'itself'): boolean;
  /** Called when the view is another one. */
  onChange(callback: () => void): void;
}

/** Of the tray app: what a page may not do by itself. */
export interface Hands {
  copy(text: string): void;
  /** Asks the person for a place, and writes there. `name`: proposed. */
  place(name: string, text: string): Promise<Placed>;
  open(url: string): void;
  /** Undefined: cannot be had on this system. */
  readonly loginItem: LoginItem | undefined;
  readonly notifies: boolean;
  readonly updates: Updates;
}

/** What a link asked for, until a person has answered. */
export interface Invitations {
  readonly server: string | undefined;
  drop(): void;
  onChange(callback: () => void): void;
}

export interface Surroundings {
  readonly system: ShellView['system'];
  /** Absent: a browser shows the page, and copies, saves and opens by itself. */
  readonly hands?: Hands;
  /** Absent: no link leads here. */
  readonly invitations?: Invitations;
}
