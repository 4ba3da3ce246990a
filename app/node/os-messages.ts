/**
 * What is said about this computer's own system: what stands, what is put back, and who undoes it. `items`: what is not there,
 * at least one. A member of Message (messages.ts); its words are in language/en/engine-truths.ts.
 */

/** One thing on the system. `name`: as the system writes it (`10.10.10.0/24`, `32765`); '' where the kind says it all. */
export interface OsItem {
  readonly kind: 'device' | 'address' | 'route' | 'throw' | 'rule' | 'setting' | 'names';
  readonly name: string;
}

/** program: its name. mark: the name that routes of its kind carry. Both null: nobody knows. */
export interface Opponent {
  readonly program: string | null;
  readonly mark: string | null;
}

export type OsMessage =
  | { readonly key: 'truth.os-checking'; readonly device: string }
  | { readonly key: 'truth.os-repairing'; readonly items: readonly OsItem[]; readonly missing: number; readonly attempts: number }
  | { readonly key: 'truth.os-fought-over'; readonly items: readonly OsItem[]; readonly by: Opponent; readonly undone: number; readonly standing: boolean }
  | { readonly key: 'truth.os-says-no'; readonly items: readonly OsItem[]; readonly why: string }
  | { readonly key: 'truth.os-misled'; readonly to: string; readonly through: string | null }
  | { readonly key: 'history.cause.os-undone'; readonly items: readonly OsItem[]; readonly missing: number; readonly by: Opponent }
  | { readonly key: 'history.cause.os-fought-over'; readonly items: readonly OsItem[]; readonly by: Opponent; readonly undone: number }
  | { readonly key: 'history.action.os-put-back'; readonly attempts: number }
  | { readonly key: 'history.result.os-stands' }
  | { readonly key: 'history.result.os-other-wish' }
  | { readonly key: 'history.result.os-device-gone'; readonly device: string };
